/**
 * The leader's look at the queues it scales: claims each for its epoch, and reads what a plan needs.
 *
 * One small script looks at up to twenty-five queues, so Redis is never held up for long; all scripts of a round, the beats
 * of the processes and the index of pools go out in one pipeline. Claiming comes first: of a queue that a newer leader
 * has claimed nothing is read, and nothing is ever written but the claim. A queue that cannot be read spoils no other.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Keys, queueOfLabel } from '../keys.ts';
import { type IndexEntry, MOST_POOLS } from './choose-pools.ts';

const QUEUES_PER_SCRIPT = 25;
/** How long a queue stays claimed without a renewal. */
const CLAIM_MS = 10_000;
/** Longer than any leader can sleep and still believe that it leads. */
const EPOCH_MS = 7 * 86_400_000;

/**
 * KEYS per queue: its scaling lock, the epoch beside it, its pool, its pin · ARGV 1 now (epoch ms, used where TIME is
 * denied), 2 token and 3 epoch of the leader, 4 length of a claim and 5 lifetime of its epoch in ms, 6 … per queue: BullMQ's
 * key prefix, how far ahead delayed jobs count in ms, whether the claim is renewed and the pool is read (1, 0).
 * Returns now as text, then per queue { 0, epoch that is stored } when a newer leader has it, { -1, why } when it cannot be
 * read, else { 1, waiting, active, delayed, due soon, paused (0, 1), global concurrency, limit, its duration, pin }, and
 * where the pool is read { settings, epoch, rev, target, recommended } behind it. One step: between the comparison and
 * the claim nobody may come in, and the signals of a queue are of one moment.
 */
const LOOK_LUA = /* lua */ `
local time = redis.pcall('TIME')
local now = time.err and tonumber(ARGV[1]) or time[1] * 1000 + math.floor(time[2] / 1000)
local token, epoch = ARGV[2], tonumber(ARGV[3])
local call = redis.call
local function look(i)
  local k = i * 4
  local held = call('MGET', KEYS[k - 3], KEYS[k - 2], KEYS[k])
  local stored = tonumber(held[2]) or 0
  if stored > epoch or (stored == epoch and held[1] and held[1] ~= token) then
    return { 0, string.format('%.0f', stored) }
  end
  local p, aheadMs, isWhole = ARGV[i * 3 + 3], tonumber(ARGV[i * 3 + 4]), ARGV[i * 3 + 5] == '1'
  if stored < epoch or held[1] ~= token or isWhole then
    call('SET', KEYS[k - 2], ARGV[3], 'PX', ARGV[5])
    call('SET', KEYS[k - 3], token, 'PX', ARGV[4])
  end
  local delayed = call('ZCARD', p .. 'delayed')
  local due = 0
  if delayed > 0 then due = call('ZCOUNT', p .. 'delayed', '-inf', (now + aheadMs) * 4096 + 4095) end
  local meta = call('HMGET', p .. 'meta', 'paused', 'concurrency', 'max', 'duration')
  local waiting = call('LLEN', p .. 'wait') + call('ZCARD', p .. 'prioritized')
  if meta[1] then waiting = waiting + call('LLEN', p .. 'paused') end
  local row = {
    1, waiting, call('LLEN', p .. 'active'), delayed, due, meta[1] and 1 or 0,
    meta[2] or '', meta[3] or '', meta[4] or '', held[3] or ''
  }
  if isWhole then
    local pool = call('HMGET', KEYS[k - 1], 'settings', 'epoch', 'rev', 'targetWorkers', 'recommended')
    for f = 1, 5 do row[10 + f] = pool[f] or '' end
  end
  return row
end
local out = { string.format('%.0f', now) }
for i = 1, #KEYS / 4 do
  local isRead, row = pcall(look, i)
  if not isRead then row = { -1, type(row) == 'table' and row.err or tostring(row) } end
  out[i + 1] = row
end
return out`;

/** Which queue, and how far ahead its delayed jobs count. */
export interface LookTarget {
  readonly queue: string;
  readonly aheadMs: number;
  /** Whether the claim is renewed and the pool itself is read, too. Needed every few seconds. */
  readonly isWhole: boolean;
}

/** A pool as it stands in Redis. */
export interface StoredPool {
  /** As text; empty when there are none. */
  readonly settings: string;
  /** What was published last; 0 when nothing was. */
  readonly epoch: number;
  readonly rev: number;
  /** Null when there is none. */
  readonly target: number | null;
  readonly recommended: number | null;
}

/** Who looks. */
export interface Claimant {
  readonly token: string;
  readonly epoch: number;
}

/** What was read of a queue that is claimed now. */
export interface SeenQueue {
  readonly queue: string;
  readonly state: 'claimed';
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly dueSoon: number;
  readonly isPaused: boolean;
  readonly globalConcurrency: number | null;
  readonly jobsPerSecond: number | null;
  /** As text; empty when there is none. */
  readonly pin: string;
  /** Null when it was not read. */
  readonly pool: StoredPool | null;
}

/** What came of the look at a queue. */
export type Look =
  | SeenQueue
  /** Somebody leads with a newer epoch. */
  | { readonly queue: string; readonly state: 'refused'; readonly epoch: number }
  | { readonly queue: string; readonly state: 'failed'; readonly reason: string };

/** Everything of one round. */
export interface FleetLook {
  /** Server time, epoch ms; undefined without queues. */
  readonly now: number | undefined;
  readonly looks: readonly Look[];
  /** Process → its beat, as text. */
  readonly beats: Readonly<Record<string, string>>;
  /** Pools in the order in which they were last heard of, newest first; one more than are scaled at most. */
  readonly index: readonly IndexEntry[];
}

/**
 * Claims `targets`, reads their signals, the beats and the index, in one round trip.
 *
 * Throws when anything but a single queue cannot be read. `now`: epoch ms, for servers that do not tell the time.
 */
export async function lookAtQueues(
  redis: Redis,
  keys: Keys,
  targets: readonly LookTarget[],
  { token, epoch }: Claimant,
  now: number,
): Promise<FleetLook> {
  const pipeline = redis.pipeline();
  pipeline.hgetall(keys.poolBeats());
  pipeline.zrevrange(keys.pools(), 0, MOST_POOLS, 'WITHSCORES');
  for (let start = 0; start < targets.length; start += QUEUES_PER_SCRIPT) {
    const slice = targets.slice(start, start + QUEUES_PER_SCRIPT);
    const names = slice.flatMap(({ queue }) => [
      keys.scalingLock(queue),
      keys.scalingEpoch(queue),
      keys.pool(queue),
      keys.pin(queue),
    ]);
    const places = slice.flatMap(({ queue, aheadMs, isWhole }) => [
      ...[bullPrefixOf(queue), aheadMs, isWhole ? 1 : 0],
    ]);
    pipeline.eval(
      LOOK_LUA,
      names.length,
      ...names,
      now,
      token,
      epoch,
      CLAIM_MS,
      EPOCH_MS,
      ...places,
    );
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const [beats, index, ...scripts] = replies.map(([, reply]) => reply);
  const answers = scripts as [now: string, ...rows: Row[]][];
  return {
    now: answers[0] && Number(answers[0][0]),
    looks: answers.flatMap(([, ...rows]) => rows).map((row, i) => toLook(targets[i]!.queue, row)),
    beats: beats as Record<string, string>,
    index: toIndex(index as string[]),
  };
}

/** The index of pools alone: what a leader begins with. */
export async function readIndex(redis: Redis, keys: Keys): Promise<IndexEntry[]> {
  return toIndex(await redis.zrevrange(keys.pools(), 0, MOST_POOLS, 'WITHSCORES'));
}

type Row = readonly [state: number, ...figures: (number | string)[]];

function bullPrefixOf(queue: string): string {
  const { prefix, name } = queueOfLabel(queue);
  return new QueueKeys(prefix).toKey(name, '');
}

function toLook(queue: string, [state, ...row]: Row): Look {
  if (state === 0) return { queue, state: 'refused', epoch: Number(row[0]) };
  if (state !== 1) return { queue, state: 'failed', reason: String(row[0]) };
  const [waiting, active, delayed, dueSoon, paused] = row as number[];
  const [concurrency, most, duration, pin, ...pool] = row.slice(5).map(String);
  const perMs = Number(most) / Number(duration);
  return {
    ...{ queue, state: 'claimed' },
    ...{ waiting: waiting!, active: active!, delayed: delayed!, dueSoon: dueSoon! },
    isPaused: paused === 1,
    globalConcurrency: countOf(concurrency!) || null,
    jobsPerSecond: most !== '' && perMs > 0 && Number.isFinite(perMs) ? perMs * 1_000 : null,
    pin: pin!,
    pool: pool.length > 0 ? toStoredPool(pool) : null,
  };
}

function toStoredPool(texts: readonly string[]): StoredPool {
  const [settings, epoch, rev, target, recommended] = texts as [string, ...string[]];
  return {
    settings,
    epoch: countOf(epoch!) ?? 0,
    rev: countOf(rev!) ?? 0,
    target: countOf(target!),
    recommended: countOf(recommended!),
  };
}

/** A whole number that may be there; null when it is not. */
function countOf(text: string): number | null {
  const count = Number(text);
  return text !== '' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function toIndex(flat: readonly string[]): IndexEntry[] {
  return flat.flatMap((queue, i) => (i % 2 === 0 ? [{ queue, heardAt: Number(flat[i + 1]) }] : []));
}
