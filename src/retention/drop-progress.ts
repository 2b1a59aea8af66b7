/**
 * Forgets the progress of jobs that ended a while ago, a batch at a time, from where the last batch ended.
 *
 * Where that was is kept as a place in the set: the end of the last job that was looked at, and how many jobs of that
 * very millisecond were. Of these some may be gone since. Jobs that come in behind that place, from a host whose clock is
 * late, keep their progress until they go themselves.
 */
import type { Redis } from 'ioredis';
import { timed } from './busy-time.ts';
import { FINISHED, type FinishedState } from './policy.ts';

/**
 * KEYS 1 set of finished jobs · ARGV 1 prefix of the jobs' keys, 2 score from which on, 3 how many of that score are
 * done, 4 score below which, 5 how many are looked at. Returns [looked at, dropped, last score, looked at of that
 * score]. One step: a job that is retried meanwhile is in no such set any more, and keeps its progress.
 */
const DROP_LUA = /* lua */ `
local done = math.min(tonumber(ARGV[3]), redis.call('ZCOUNT', KEYS[1], ARGV[2], ARGV[2]))
local page = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[2], '(' .. ARGV[4], 'WITHSCORES', 'LIMIT', done, ARGV[5])
local dropped, last, ofLast = 0, ARGV[2], done
for i = 1, #page, 2 do
  dropped = dropped + redis.call('HDEL', ARGV[1] .. page[i], 'progress')
  if tonumber(page[i + 1]) == tonumber(last) then
    ofLast = ofLast + 1
  else
    last, ofLast = page[i + 1], 1
  end
end
return {#page / 2, dropped, last, ofLast}`;

/** How far it got: `<score> <how many of that score>`. */
export type ProgressPlace = string;
/** Before all jobs. */
export const FIRST_PLACE: ProgressPlace = '0 0';
const PLACE = /^\d+(\.\d+)? \d+$/;

/** What came of a batch. */
export interface DroppedBatch {
  readonly looked: number;
  readonly dropped: number;
  readonly place: ProgressPlace;
  readonly busyMs: number;
}

/** Does one batch. */
export async function dropProgress(
  redis: Redis,
  { set, prefix }: { readonly set: string; readonly prefix: string },
  { place, before, size }: { place: ProgressPlace; before: number; size: number },
): Promise<DroppedBatch> {
  const { score, done } = parsePlace(place);
  const { reply, busyMs } = await timed<[number, number, string, number]>(redis, (pipeline) =>
    pipeline.eval(DROP_LUA, 1, set, prefix, score, done, before, size),
  );
  const [looked, dropped, last, ofLast] = reply;
  return { looked, dropped, place: `${last} ${ofLast}`, busyMs };
}

/** Whether there are jobs behind these places that ended before then. */
export async function hasJobsAfter(
  redis: Redis,
  prefix: string,
  places: Readonly<Record<FinishedState, ProgressPlace>>,
  before: number,
): Promise<boolean> {
  const counts = await Promise.all(
    FINISHED.map(async (state) => {
      const { score, done } = parsePlace(places[state]);
      const [since, ofScore] = await Promise.all([
        redis.zcount(prefix + state, score, `(${before}`),
        redis.zcount(prefix + state, score, score),
      ]);
      return since - Math.min(done, ofScore);
    }),
  );
  return counts.some((count) => count > 0);
}

/** One that cannot be read is the first. */
function parsePlace(place: ProgressPlace): { readonly score: string; readonly done: number } {
  const [score, done] = (PLACE.test(place) ? place : FIRST_PLACE).split(' ');
  return { score: score!, done: Number(done) };
}
