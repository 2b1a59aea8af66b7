/**
 * How many bytes of Redis a queue takes, estimated from a few of its jobs at bounded cost.
 *
 * From each state a handful of jobs, evenly spread, is measured with what hangs on them (logs, children's results), and
 * multiplied by the number of jobs. The set or list itself and the events stream are measured as Redis does it, from
 * samples too. Bodies of offloaded payloads, dead letters and metrics are not the queue's own keys and not counted.
 */
import type { ChainableCommander, Redis } from 'ioredis';

/** Where BullMQ keeps ids of jobs, and how. */
const PLACES = {
  completed: 'set',
  failed: 'set',
  delayed: 'set',
  prioritized: 'set',
  'waiting-children': 'set',
  wait: 'list',
  active: 'list',
} as const;
type Place = keyof typeof PLACES;
/** What a job has beside its hash. */
const PARTS = ['', ':logs', ':processed', ':dependencies'] as const;
const JOBS_PER_PLACE = 10;
/** Of a stream, whose nodes differ: old entries may be small and new ones large. */
export const EVENT_SAMPLES = 500;

/** Bytes of the whole queue, and of one job of each place; 0 where there is none. */
export interface QueueBytes {
  readonly usedBytes: number;
  readonly jobBytes: Readonly<Record<Place, number>>;
}

/** Estimates it, in three round trips. */
export async function sampleBytes(redis: Redis, prefix: string): Promise<QueueBytes> {
  const places = Object.keys(PLACES) as Place[];
  const sizes = await sent<number>(redis, (pipeline) => {
    for (const place of places) {
      if (PLACES[place] === 'set') pipeline.zcard(prefix + place);
      else pipeline.llen(prefix + place);
    }
  });
  const positions = sizes.map(spread);
  const found = await sent<string[] | string | null>(redis, (pipeline) => {
    for (const [i, place] of places.entries())
      for (const at of positions[i]!) {
        if (PLACES[place] === 'set') pipeline.zrange(prefix + place, `${at}`, `${at}`);
        else pipeline.lindex(prefix + place, at);
      }
  });
  const ids = found.map((each) => (Array.isArray(each) ? each[0] : (each ?? undefined)));
  const asked = positions.map((some) => ids.splice(0, some.length));
  const own = places.map((place) => prefix + place);
  const bytes = await sent<number | null>(redis, (pipeline) => {
    for (const key of own) pipeline.memory('USAGE', key);
    pipeline.memory('USAGE', `${prefix}events`, 'SAMPLES', EVENT_SAMPLES);
    addJobs(pipeline, prefix, asked.flat());
  });
  const ofKeys = bytes.splice(0, own.length + 1).map((each) => each ?? 0);
  const jobBytes = Object.fromEntries(
    places.map((place, i) => [place, meanOf(bytes.splice(0, asked[i]!.length * PARTS.length))]),
  ) as Record<Place, number>;
  const ofJobs = places.map((place, i) => sizes[i]! * jobBytes[place]);
  return { usedBytes: Math.round(sum(ofKeys) + sum(ofJobs)), jobBytes };
}

/** Bytes of one of these jobs, on average. */
export async function meanJobBytes(
  redis: Redis,
  prefix: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  return meanOf(await sent<number | null>(redis, (pipeline) => addJobs(pipeline, prefix, ids)));
}

function addJobs(
  pipeline: ChainableCommander,
  prefix: string,
  ids: readonly (string | undefined)[],
): void {
  for (const id of ids)
    for (const part of PARTS) {
      const key = `${prefix}${id}${part}`;
      // A job has few fields of very different size: all are measured.
      if (part === '') pipeline.memory('USAGE', key, 'SAMPLES', 0);
      else pipeline.memory('USAGE', key);
    }
}

/** Of whole jobs: as many entries as parts for each. */
function meanOf(bytes: readonly (number | null)[]): number {
  const jobs = bytes.length / PARTS.length;
  return jobs === 0 ? 0 : sum(bytes.map((each) => each ?? 0)) / jobs;
}

/** A few positions of so many. */
function spread(size: number): number[] {
  const taken = Math.min(size, JOBS_PER_PLACE);
  return Array.from({ length: taken }, (_, i) => Math.floor(((i + 0.5) * size) / taken));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function sent<T>(redis: Redis, add: (pipeline: ChainableCommander) => void): Promise<T[]> {
  const pipeline = redis.pipeline();
  add(pipeline);
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return replies.map(([, reply]) => reply as T);
}
