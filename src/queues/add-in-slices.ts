/**
 * Adds a large batch in slices, so that it holds up nobody: BullMQ makes all jobs of a batch in one turn of the
 * event loop, and workers of the same process would wait for their jobs meanwhile.
 */
import type { Job, Queue } from 'bullmq';
import { LARGE_BATCH, slicesOf } from '../backend/large-adds.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Hub } from '../redis/hub.ts';

/**
 * Jobs of a slice where workers or listeners share the process. Measured with 50,000 jobs over 100 Mbit/s
 * (`npm run bench -- pickup`): with 6 the 99th percentile of pickup is about twice the quiet one (1.6 to 2.2),
 * with 25 about three times; 6 make the batch take half as long again.
 */
const SMALL_SLICE = 6;
/** Of a process that only adds. Below a large batch: all slices share a socket, which keeps their order. */
const SLICE = 50;
/** A slice that is answered sooner than this is awaited before the next; longer means a distant Redis. */
const NEAR_MS = 3;
const MOST_UNDERWAY = 16;

/** Makes `queue` add in slices, each bounded like any add. Smaller batches are left alone. */
export function addInSlices(queue: Queue, hub: Hub): void {
  const addBulk = queue.addBulk.bind(queue);
  queue.addBulk = (jobs) => {
    if (jobs.length < LARGE_BATCH) return addBulk(jobs);
    const size = hub.hasMembers ? SMALL_SLICE : SLICE;
    return inSlices(jobs, size, addBulk as Add<(typeof jobs)[number], Job>);
  };
}

type Add<T, R> = (slice: T[]) => Promise<R[]>;

/**
 * Adds one slice after the other; where Redis is distant several are under way, more the longer the quickest
 * answer has taken. Resolves in the order of the batch. Rejects with the first failure once nothing is under
 * way any more; what was added before stays.
 */
export async function inSlices<T, R>(
  batch: readonly T[],
  size: number,
  add: Add<T, R>,
  clock: Clock = systemClock,
): Promise<R[]> {
  const added: R[] = [];
  const underway: Promise<R[]>[] = [];
  let quickestMs = 0;
  const addTimed = async (slice: T[]): Promise<R[]> => {
    const startedAt = clock.monotonic();
    const results = await add(slice);
    const tookMs = clock.monotonic() - startedAt;
    quickestMs = quickestMs === 0 ? tookMs : Math.min(quickestMs, tookMs);
    return results;
  };
  try {
    for (const slice of slicesOf(batch, size)) {
      const adding = addTimed(slice);
      adding.catch(() => {}); // It is awaited in its turn.
      underway.push(adding);
      const most = Math.min(MOST_UNDERWAY, quickestMs / NEAR_MS);
      while (underway.length > 0 && underway.length >= most)
        added.push(...(await underway.shift()!));
    }
    for (const results of underway.splice(0)) added.push(...(await results));
    return added;
  } finally {
    await Promise.allSettled(underway); // After a failure: nothing is added behind the caller's back.
  }
}
