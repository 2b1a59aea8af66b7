/**
 * Reads the original jobs of dead letters, so many at a time that memory stays bounded.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { type OriginalJob, parseOriginalJob } from './dead-letter.ts';
import type { Found } from './walk.ts';

/** A dead letter and its job; undefined when it cannot be added again from what is stored. */
export interface FoundJob {
  readonly found: Found;
  readonly job: OriginalJob | undefined;
}

/** What is read at a time, unless a single job is larger. */
const MOST_BYTES = 4 * 1_024 * 1_024;

/**
 * KEYS records. Returns their original jobs. One step only to spare the cost of a command for each.
 */
const READ_LUA = /* lua */ `
local jobs = {}
for i, record in ipairs(KEYS) do jobs[i] = redis.call('HGET', record, 'originalJob') end
return jobs`;

/** Cuts a page so that the jobs of each part are at most so many bytes. */
export function* partsOf<Each extends { readonly bytes: number }>(
  found: readonly Each[],
  mostBytes: number = MOST_BYTES,
): Generator<Each[]> {
  let part: Each[] = [];
  let bytes = 0;
  for (const each of found) {
    if (part.length > 0 && bytes + each.bytes > mostBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(each);
    bytes += each.bytes;
  }
  if (part.length > 0) yield part;
}

/** Reads the jobs of one part. */
export async function readJobs(
  redis: Redis,
  keys: Keys,
  queue: string,
  part: readonly Found[],
): Promise<FoundJob[]> {
  if (part.length === 0) return [];
  const records = part.map(({ jobId }) => keys.deadLetter(queue, jobId));
  const texts = (await redis.eval(READ_LUA, records.length, ...records)) as (string | null)[];
  return part.map((found, i) => ({ found, job: parseOriginalJob(texts[i] ?? undefined) }));
}
