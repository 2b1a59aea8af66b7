/**
 * What the finished jobs that are still kept tell of a minute: for queues whose workers do not run Drover.
 *
 * Reads BullMQ's sets of finished jobs, which are in order of their end, and at most two hundred jobs of a minute.
 * Writes nothing.
 */
import type { Redis } from 'ioredis';
import { keyPrefixOf } from '../queues/key-prefix.ts';
import { Sketch } from './sketch.ts';
import type { Seen } from './source.ts';

/** Jobs of a minute whose times are read, at most. */
export const MOST_SAMPLES = 200;
const MINUTE_MS = 60_000;

/**
 * KEYS 1 completed, 2 failed · ARGV 1 start and 2 end of the span, epoch ms, 3 prefix of the jobs' keys. Returns
 * [completed in it, completed kept, 1 if one of them is older, failed in it, failed kept, options of the newest
 * completed job]. Reads only; one step, so that the counts are of one moment.
 */
const SEEN_LUA = /* lua */ `
local till = '(' .. ARGV[2]
local newest = redis.call('ZRANGE', KEYS[1], -1, -1)[1]
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return {
  redis.call('ZCOUNT', KEYS[1], ARGV[1], till),
  redis.call('ZCARD', KEYS[1]),
  oldest and tonumber(oldest) < tonumber(ARGV[1]) and 1 or 0,
  redis.call('ZCOUNT', KEYS[2], ARGV[1], till),
  redis.call('ZCARD', KEYS[2]),
  newest and redis.call('HGET', ARGV[3] .. newest, 'opts') or '',
}`;

/**
 * KEYS 1 completed · ARGV 1 start and 2 end of the span, epoch ms, 3 how many jobs, 4 prefix of the jobs' keys. Returns
 * for each job, spread over the span, [timestamp, delay it asked for, processedOn, finishedOn, attempts started].
 * Reads only; one step, since jobs are removed while others finish.
 */
const SAMPLE_LUA = /* lua */ `
local first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[1])
local count = redis.call('ZCOUNT', KEYS[1], ARGV[1], '(' .. ARGV[2])
local wanted = math.min(count, tonumber(ARGV[3]))
local out = {}
for i = 0, wanted - 1 do
  local rank = first + math.floor(i * count / wanted)
  local id = redis.call('ZRANGE', KEYS[1], rank, rank)[1]
  local job = id and redis.call('HMGET', ARGV[4] .. id, 'timestamp', 'opts', 'processedOn', 'finishedOn', 'ats', 'atm')
  if job and job[1] and job[3] and job[4] then
    local isRead, opts = pcall(cjson.decode, job[2] or '{}')
    local delay = isRead and type(opts) == 'table' and tonumber(opts['delay']) or 0
    out[#out + 1] = { job[1], tostring(delay), job[3], job[4], job[5] or job[6] or '1' }
  end
end
return out`;

/** What the sets of each queue show of a minute. One round trip. */
export async function readSeen(
  redis: Redis,
  labels: readonly string[],
  minute: number,
): Promise<Map<string, Seen>> {
  const pipeline = redis.pipeline();
  for (const label of labels) {
    const prefix = keyPrefixOf(label);
    pipeline.eval(
      SEEN_LUA,
      ...[2, `${prefix}completed`, `${prefix}failed`],
      ...[minute * MINUTE_MS, (minute + 1) * MINUTE_MS, prefix],
    );
  }
  const replies = (await pipeline.exec()) ?? [];
  const seen = new Map<string, Seen>();
  for (const [i, [error, reply]] of replies.entries())
    if (!error) seen.set(labels[i]!, toSeen(reply as SeenReply));
  return seen;
}

/** Wait and run times of at most `MOST_SAMPLES` jobs of the minute that completed. */
export async function readSamples(
  redis: Redis,
  label: string,
  minute: number,
): Promise<{ waits: number[]; runs: number[] }> {
  const prefix = keyPrefixOf(label);
  const rows = (await redis.eval(
    SAMPLE_LUA,
    ...([1, `${prefix}completed`] as const),
    ...[minute * MINUTE_MS, (minute + 1) * MINUTE_MS, MOST_SAMPLES, prefix],
  )) as string[][];
  const jobs = rows.map((row) => row.map(Number) as [number, number, number, number, number]);
  const runs = jobs.map(([, , processedOn, finishedOn]) => Math.max(0, finishedOn - processedOn));
  const waits = jobs
    .filter(([, , , , attempts]) => attempts <= 1)
    .map(([timestamp, delay, processedOn]) => Math.max(0, processedOn - timestamp - delay));
  return { waits, runs };
}

/** A sketch of `values` that stands for `jobs` jobs. */
export function weighted(values: readonly number[], jobs: number): Sketch {
  const sketch = new Sketch();
  const weight = Math.max(1, Math.round(jobs / Math.max(1, values.length)));
  for (const value of values) sketch.add(value, weight);
  return sketch;
}

type SeenReply = [...numbers: number[], opts: string];

function toSeen(reply: SeenReply): Seen {
  const [completedIn, completedKept, reachesBack, failedIn, failedKept] = reply as number[];
  return {
    completedIn: Number(completedIn),
    completedKept: Number(completedKept),
    reachesBack: Number(reachesBack) === 1,
    failedIn: Number(failedIn),
    failedKept: Number(failedKept),
    removesFailed: removesFailed(String(reply[5] ?? '')),
  };
}

/** `true`, 0 and `{ count: 0 }` keep none. */
function removesFailed(opts: string): boolean {
  try {
    const { removeOnFail } = JSON.parse(opts) as { removeOnFail?: unknown };
    const count = (removeOnFail as { count?: unknown } | null | undefined)?.count;
    return removeOnFail === true || removeOnFail === 0 || count === 0;
  } catch {
    return false;
  }
}
