/**
 * Finds the jobs that failed without a record: those of workers that do not run Drover, and those of the time
 * before it. Run by one process of the fleet, over and over.
 *
 * BullMQ's failed set holds only jobs that will not be tried again, by the time of their failure. Each round
 * goes on where the last one ended, a little earlier, since hosts do not agree on the time; what belongs there
 * is decided by `record.ts` in one step with writing it, so two rounds at once do no harm. The first round takes
 * what is there already, newest first and bounded. A job that such a worker removed when it failed
 * (`removeOnFail: true`) has left nothing that could be found.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { isStoreDown } from '../backend/payload-failures.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Keys, queueOfLabel } from '../keys.ts';
import { HIDDEN } from '../payloads/redact.ts';
import { type MissedFailure, recordMissed, whatIsKept } from './record.ts';

/** How much earlier than the last round's end a round begins: clocks of hosts that are kept by NTP. */
const OVERLAP_MS = 60_000;
/** Failed jobs looked at in one script: about a millisecond of Redis. */
const PAGE = 500;
/** Looked at in one round of a queue, and recorded in it. */
const MOST_LOOKED_AT = 100_000;
const MOST_RECORDED = 5_000;
/** Recorded in one script, whose jobs are read first: they may be large. */
const BATCH = 20;
/** So long a record waits for the store that has the secrets of its job; then its texts are hidden as a whole. */
const STORE_AWAITED_MS = 60 * 60_000;

/**
 * KEYS 1 failed set, 2 index of records · ARGV 1 and 2 bounds of the page, 3 how many to skip, 4 how many to take,
 * 5 prefix of the record keys, 6 most records, 7 `up` or `down`. Returns [looked at, score of the last, how many at
 * its end have that score, then id and score of each without a record]. Reads only; one script instead of as many
 * reads as jobs. What is older than the oldest of a full index is left: it would be trimmed again.
 */
const FIND_MISSED_LUA = /* lua */ `
local command = ARGV[7] == 'up' and 'ZRANGEBYSCORE' or 'ZREVRANGEBYSCORE'
local page = redis.call(command, KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES', 'LIMIT', ARGV[3], ARGV[4])
local oldest = -1
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then
  oldest = tonumber(redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2])
end
local out, same, last = {#page / 2, '', 0}, 0, nil
for i = 1, #page, 2 do
  local id, score = page[i], page[i + 1]
  same = score == last and same + 1 or 1
  last = score
  local at = tonumber(score)
  if at > oldest and tonumber(redis.call('HGET', ARGV[5] .. id, 'failedAt') or -1) < at then
    out[#out + 1] = id
    out[#out + 1] = score
  end
end
out[2], out[3] = last or '', same
return out`;

/** How far a queue is: failures up to `until` are looked at, and, while there is a backlog, those after `downTo`. */
interface Progress {
  readonly until: number;
  /** Where the first run's way into the past has come, and how many more it may look at. */
  readonly backlog: { readonly downTo: number; readonly left: number } | undefined;
}

interface Found {
  readonly lookedAt: number;
  readonly last: number;
  readonly sameAtEnd: number;
  readonly missed: readonly { readonly jobId: string; readonly failedAt: number }[];
}

/** What a reconciler needs. */
export interface ReconcilerOptions {
  readonly keys: Keys;
  /** For what is short. */
  readonly command: () => Promise<Redis>;
  /** Runs something large or slow where no worker waits for it. */
  readonly onBulk: <T>(run: (redis: Redis) => Promise<T>) => Promise<T>;
  /** Labels of all queues that are known. */
  readonly queues: () => Promise<readonly string[]>;
  readonly keepMs: number;
  readonly keepCount: number;
  /** What hides the secret values of a job in what is recorded of its failure, by its queue and its stored data. */
  readonly hider?: (queue: string, redis: Redis) => Promise<Hider | undefined>;
  readonly clock?: Clock;
}

/** Made of the stored data of a job; hides its secret values in texts. Rejects with BODY_STORE_UNAVAILABLE. */
export type Hider = (stored: string) => Promise<(text: string) => string>;

/** Until when all failures of a queue are recorded, epoch ms; null while that is not known, or older ones still wait. */
export async function recordedUntil(
  redis: Redis,
  keys: Keys,
  queue: string,
): Promise<number | null> {
  const progress = parseProgress(await redis.get(keys.reconciled(queue)));
  return progress && !progress.backlog ? progress.until : null;
}

/** Records what others left. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #clock: Clock;
  /** Queues whose last round did not come to the end: the next one does not go back. */
  readonly #behind = new Set<string>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** One round over all queues. Returns how many records were written. Throws what Redis throws, in the end. */
  async round(): Promise<number> {
    const queues = await this.#options.queues();
    const redis = await this.#options.command();
    let written = 0;
    const problems: unknown[] = [];
    for (const queue of queues) {
      try {
        const round = new QueueRound(this.#options, this.#clock, redis, queue);
        written += await round.run(this.#behind);
      } catch (error) {
        problems.push(error); // One queue that cannot be read keeps no other from being looked at.
      }
    }
    if (problems.length > 0) throw problems[0];
    return written;
  }
}

/** One round of one queue. */
class QueueRound {
  readonly #options: ReconcilerOptions;
  readonly #redis: Redis;
  readonly #queue: string;
  readonly #toKey: (type: string) => string;
  readonly #now: number;
  #written = 0;
  #lookedAt = 0;

  constructor(options: ReconcilerOptions, clock: Clock, redis: Redis, queue: string) {
    const { prefix, name } = queueOfLabel(queue);
    const queueKeys = new QueueKeys(prefix);
    this.#options = options;
    this.#redis = redis;
    this.#queue = queue;
    this.#toKey = (type) => queueKeys.toKey(name, type);
    this.#now = clock.now();
  }

  async run(behind: Set<string>): Promise<number> {
    const progress = parseProgress(await this.#redis.get(this.#key));
    if (!progress) await this.#begin();
    else {
      const until = await this.#forwards(progress, behind);
      if (progress.backlog) await this.#backwards(until, progress.backlog);
    }
    return this.#written;
  }

  /** The first time: everything up to now is the past, and is taken from its new end. */
  async #begin(): Promise<void> {
    const [, newest] = await this.#redis.zrevrange(this.#toKey('failed'), 0, 0, 'WITHSCORES');
    const until = newest === undefined ? this.#now : Number(newest);
    await this.#backwards(until, { downTo: until + 1, left: this.#options.keepCount });
  }

  async #forwards({ until, backlog }: Progress, behind: Set<string>): Promise<number> {
    // A first run begins at the newest failure: nothing before it has been left out.
    const isSteady = !behind.has(this.#queue) && !backlog;
    let from = isSteady ? Math.max(0, until - OVERLAP_MS) : until;
    let skip = 0;
    for (;;) {
      const found = await this.#find('up', from, '+inf', skip);
      await this.#record(found);
      if (found.lookedAt > 0) [from, skip] = next(found, from, skip);
      const isAtEnd = found.lookedAt < PAGE;
      if (isAtEnd || this.#isTired) {
        if (isAtEnd) behind.delete(this.#queue);
        else behind.add(this.#queue);
        // Of the last millisecond of a tired round there may be more.
        const reached = Math.max(until, isAtEnd ? from : from - 1);
        await this.#save({ until: reached, backlog });
        return reached;
      }
    }
  }

  async #backwards(until: number, backlog: NonNullable<Progress['backlog']>): Promise<void> {
    let { downTo, left } = backlog;
    let skip = 0;
    const oldest = this.#now - this.#options.keepMs;
    for (;;) {
      const found = await this.#find('down', downTo, oldest, skip, Math.min(PAGE, left));
      await this.#record(found);
      left -= found.lookedAt;
      if (found.lookedAt > 0) [downTo, skip] = next(found, downTo, skip);
      const isDone = found.lookedAt < PAGE || left <= 0;
      await this.#save({ until, backlog: isDone ? undefined : { downTo, left } });
      if (isDone || this.#isTired) return;
    }
  }

  get #isTired(): boolean {
    return this.#lookedAt >= MOST_LOOKED_AT || this.#written >= MOST_RECORDED;
  }

  async #find(
    direction: 'up' | 'down',
    from: number,
    to: number | '+inf',
    skip: number,
    take: number = PAGE,
  ): Promise<Found> {
    const { keys, keepCount } = this.#options;
    const reply = (await this.#redis.eval(
      FIND_MISSED_LUA,
      2,
      ...[this.#toKey('failed'), keys.deadLetters(this.#queue)],
      ...[from, to, skip, take, keys.deadLetter(this.#queue, ''), keepCount, direction],
    )) as [number, string, number, ...string[]];
    const [lookedAt, last, sameAtEnd, ...missed] = reply;
    this.#lookedAt += lookedAt;
    const pairs = Array.from({ length: missed.length / 2 }, (_, i) => ({
      jobId: missed[2 * i]!,
      failedAt: Number(missed[2 * i + 1]),
    }));
    return { lookedAt, last: Number(last), sameAtEnd, missed: pairs };
  }

  /** What is read of a failed job may be large. */
  async #record({ missed }: Found): Promise<void> {
    if (missed.length === 0) return;
    await this.#options.onBulk((bulk) => this.#recordOn(bulk, missed));
  }

  async #recordOn(bulk: Redis, missed: Found['missed']): Promise<void> {
    const { keys, keepMs } = this.#options;
    const at = { queue: this.#queue, failedKey: this.#toKey('failed') };
    const hider = await this.#options.hider?.(this.#queue, bulk);
    for (let start = 0; start < missed.length; start += BATCH) {
      const failures: MissedFailure[] = [];
      // One after the other: each may be large, and only a little of it is kept.
      for (const { jobId, failedAt } of missed.slice(start, start + BATCH)) {
        const jobKey = this.#toKey(jobId);
        const [reason, stacks] = await bulk.hmget(jobKey, 'failedReason', 'stacktrace');
        const ttlMs = Math.max(1, failedAt + keepMs - this.#now);
        const stack = newestOf(stacks);
        const hide = hider
          ? await this.#hide(hider, (await bulk.hget(jobKey, 'data')) ?? '', failedAt)
          : asItIs;
        const told = whatIsKept(hide(reason ?? ''), stack && hide(stack));
        failures.push({ jobId, jobKey, failedAt, ttlMs, told });
      }
      this.#written += await recordMissed(bulk, keys, at, failures);
    }
  }

  /** A store that is away may tell later; one that this process does not know never does. */
  async #hide(hider: Hider, stored: string, failedAt: number): Promise<(text: string) => string> {
    try {
      return await hider(stored);
    } catch (error) {
      if (!isStoreDown(error) || this.#now - failedAt < STORE_AWAITED_MS) throw error;
      return (text) => (text === '' ? text : HIDDEN);
    }
  }

  get #key(): string {
    return this.#options.keys.reconciled(this.#queue);
  }

  /** A failure of a host whose clock is ahead must not hide those that come until then. */
  async #save({ until, backlog }: Progress): Promise<void> {
    const at = Math.min(until, this.#now);
    const text = backlog ? `${at},${backlog.downTo},${backlog.left}` : String(at);
    await this.#redis.set(this.#key, text);
  }
}

function asItIs(text: string): string {
  return text;
}

/** Where the next page begins: many jobs may have failed in one millisecond. */
function next({ last, sameAtEnd }: Found, from: number, skip: number): [number, number] {
  return [last, last === from ? skip + sameAtEnd : sameAtEnd];
}

function parseProgress(text: string | null): Progress | undefined {
  const numbers = (text ?? '').split(',').map(Number);
  const [until, downTo, left] = numbers;
  if (!text || until === undefined || !numbers.every(Number.isFinite)) return undefined;
  return {
    until,
    backlog: downTo === undefined || left === undefined ? undefined : { downTo, left },
  };
}

/** The newest of the stacks that BullMQ keeps as a JSON array. */
function newestOf(stacks: string | null | undefined): string | undefined {
  try {
    const parsed: unknown = JSON.parse(stacks ?? '[]');
    const newest: unknown = Array.isArray(parsed) ? parsed.at(-1) : undefined;
    return typeof newest === 'string' ? newest : undefined;
  } catch {
    return undefined;
  }
}
