/**
 * Scales the pools of several processes at random while jobs are added, and looks whether any job noticed.
 *
 * Times are drawn by a seed; what runs is real. Each processor counts its starts, so that a job that was started
 * twice, stopped or lost is seen.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Coordinator, LocalPool } from 'drover';
import { createRandom, type Random } from '../chaos/harness/random-numbers.ts';
import { takePool } from './take-pool.ts';
import { until } from './until.ts';

/** What is scaled, and how often. */
export interface RandomScalings {
  /** Started already, without a processor of this queue; all on one Redis. */
  readonly coordinators: readonly Coordinator[];
  readonly queue: string;
  readonly scalings: number;
  readonly seed: number;
  /** Most slots in each process. @default 8 */
  readonly mostSlots?: number;
  /** Longest job, milliseconds. @default 15 */
  readonly longestMs?: number;
}

/** What was seen. */
export interface ScalingsSeen {
  readonly added: number;
  readonly completed: number;
  /** Jobs that were started more than once. */
  readonly repeated: readonly string[];
  readonly stalled: number;
  readonly failed: number;
  /** Highest `attemptsMade` of a completed job. */
  readonly mostAttempts: number;
  /** How often a job began in a process although it had neither a slot nor been fetched before slots were closed. */
  readonly exceeded: number;
}

/** One process. */
interface Side {
  readonly coordinator: Coordinator;
  readonly pool: LocalPool;
  /** How many jobs may run although there are no slots for them: those of the moment when slots were closed. */
  left: number;
}

/** Runs until all that was added is completed. */
export async function scaleAtRandom(options: RandomScalings): Promise<ScalingsSeen> {
  const { coordinators, queue, scalings, seed, mostSlots = 8, longestMs = 15 } = options;
  const random = createRandom(seed);
  const starts = new Map<string, number>();
  const seen = { stalled: 0, failed: 0, exceeded: 0 };
  const sides = coordinators.map((coordinator): Side => {
    coordinator.on('job.stalled', () => (seen.stalled += 1));
    coordinator.on('job.failed', () => (seen.failed += 1));
    coordinator.process(
      queue,
      async (job) => {
        const { ms } = job.data as { ms: number };
        starts.set(job.id!, (starts.get(job.id!) ?? 0) + 1);
        if (side.pool.active > Math.max(side.left, side.pool.slots)) seen.exceeded += 1;
        await sleep(ms);
      },
      { pool: { min: 0, max: mostSlots * coordinators.length, perHostMax: mostSlots } },
    );
    const pool = takePool(coordinator, queue);
    const side: Side = { coordinator, pool, left: 0 };
    return side;
  });
  const producer = coordinators[0]!.queue(queue);
  let added = 0;
  for (let scaling = 0; scaling < scalings; scaling += 1) {
    scale(random.pick(sides), random.between(0, mostSlots));
    const jobs = jobsOf(random, longestMs);
    added += jobs.length;
    if (jobs.length > 0) await producer.addBulk(jobs);
    if (random.chance(0.5)) await sleep(random.between(0, 8));
  }
  for (const side of sides) scale(side, mostSlots);
  await until(async () => (await producer.getJobCountByTypes('completed', 'failed')) === added, {
    ...{ timeoutMs: 60_000, intervalMs: 100 },
    what: `all ${added} jobs are completed`,
  });
  const done = await producer.getCompleted(0, added);
  return {
    ...seen,
    added,
    completed: done.length,
    repeated: [...starts].flatMap(([id, count]) => (count > 1 ? [id] : [])),
    mostAttempts: Math.max(...done.map(({ attemptsMade }) => attemptsMade)),
  };
}

function scale(side: Side, slots: number): void {
  const [worker] = side.coordinator.workers.get(side.pool.queue);
  // An acknowledgement on its way brings the next job, and one fetch may be on its way beside them.
  side.left = (worker!.getBackend() as unknown as { held: number }).held + 1;
  side.pool.setSlots(slots);
}

function jobsOf(random: Random, longestMs: number): { name: string; data: { ms: number } }[] {
  return Array.from({ length: random.chance(0.7) ? random.between(0, 6) : 0 }, () => ({
    name: 'job',
    data: { ms: random.between(0, longestMs) },
    opts: { removeOnComplete: false },
  }));
}
