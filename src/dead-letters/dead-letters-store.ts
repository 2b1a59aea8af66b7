/**
 * Reads dead letters and their groups, and sets the state of groups. Every answer is bounded: lists come in
 * pages without what may be large, and one record comes whole.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import { type DeadLetter, type DeadLetterState, parseDeadLetter } from './dead-letter.ts';
import {
  type FailureGroup,
  type GroupPart,
  type GroupState,
  mergeGroups,
  parseGroupPart,
} from './failure-group.ts';
import { MOST_GROUPS } from './trim.ts';

/** A dead letter without what may be large. */
export type DeadLetterSummary = Omit<DeadLetter, 'originalJob' | 'stack' | 'history'>;

/** Which dead letters, and from where on. */
export interface ListOptions {
  readonly queue: string;
  readonly fingerprint?: string;
  readonly state?: DeadLetterState;
  /** `next` of the page before. */
  readonly cursor?: string;
  /** At most 100; @default 50 */
  readonly limit?: number;
}

/** Some dead letters, newest first. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetterSummary[];
  /** Goes on from here; undefined at the end. A page may be short, or empty, before the end. */
  readonly next: string | undefined;
}

const LARGEST_PAGE = 100;
const USUAL_PAGE = 50;
/** Records looked at for one page: a rare group in a long index must not hold Redis up. */
const LOOKED_AT = 1_000;
const MOST_LISTED_GROUPS = 500;
const SUMMARY_FIELDS = [
  ...['failureReason', 'failedAt', 'attemptsMade', 'jobName', 'type', 'message', 'fingerprint'],
  ...['host', 'version', 'state', 'deaths', 'via', 'replayedAt', 'replayedBy'],
];

/**
 * KEYS 1 the index · ARGV 1 prefix of the record keys, 2 score and 3 id after which the page begins ('' for the
 * start), 4 most records returned, 5 most looked at, 6 fingerprint and 7 state wanted ('' for any). Returns
 * [score, id] of the last one looked at, '' at the end of the index, then the ids. Reads only; one script instead
 * of a read for each record.
 */
const LIST_LUA = /* lua */ `
local start = 0
if ARGV[2] ~= '' then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[3])
  if score and tonumber(score) == tonumber(ARGV[2]) then
    start = redis.call('ZREVRANK', KEYS[1], ARGV[3]) + 1
  else
    -- It has gone or died again: what failed at the same time may come twice, nothing is left out.
    start = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[2], '+inf')
  end
end
local most = tonumber(ARGV[5])
local page = redis.call('ZREVRANGE', KEYS[1], start, start + most - 1, 'WITHSCORES')
local out, looked = {'', ''}, 0
for i = 1, #page, 2 do
  looked = looked + 1
  local found = redis.call('HMGET', ARGV[1] .. page[i], 'fingerprint', 'state')
  if found[1] and (ARGV[6] == '' or found[1] == ARGV[6]) and (ARGV[7] == '' or found[2] == ARGV[7]) then
    out[#out + 1] = page[i]
  end
  if #out - 2 == tonumber(ARGV[4]) or looked == most then
    out[1], out[2] = page[i + 1], page[i]
    break
  end
end
return out`;

/**
 * KEYS 1 a queue's part of a group · ARGV 1 state, 2 since, 3 by whom. Returns whether there is one. One step: a
 * group that has just been trimmed must not come back as a hash of three fields.
 */
const SET_STATE_LUA = /* lua */ `
if redis.call('HEXISTS', KEYS[1], 'count') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[1], 'stateSince', ARGV[2], 'stateBy', ARGV[3])
return 1`;

/** What a store needs. */
export interface DeadLettersStoreOptions {
  readonly keys: Keys;
  /** Runs something where no worker waits for it. */
  readonly onBulk: <T>(run: (redis: Redis) => Promise<T>) => Promise<T>;
  /** Labels of all queues that are known. */
  readonly queues: () => Promise<readonly string[]>;
  readonly clock?: Clock;
}

/** The dead letters of all queues. */
export class DeadLettersStore {
  readonly #options: DeadLettersStoreOptions;
  readonly #clock: Clock;

  constructor(options: DeadLettersStoreOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Groups over all queues, or those that `queue` has a part in, last seen first; at most 500. */
  async groups(
    filter: { readonly queue?: string; readonly state?: GroupState; readonly limit?: number } = {},
  ): Promise<FailureGroup[]> {
    const limit = clamp(filter.limit ?? USUAL_PAGE, MOST_LISTED_GROUPS);
    const queues = await this.#options.queues();
    const seen = await this.#options.onBulk((redis) => this.#seen(redis, queues));
    const wanted = new Map<string, number>();
    for (const { queue, fingerprint, at } of seen)
      if (filter.queue === undefined || filter.queue === queue)
        wanted.set(fingerprint, Math.max(at, wanted.get(fingerprint) ?? 0));
    const newest = [...wanted].sort((a, b) => b[1] - a[1]).map(([fingerprint]) => fingerprint);
    const groups: FailureGroup[] = [];
    // A state is known only once it has been read: pages, until there are enough of it.
    for (let start = 0; start < newest.length && groups.length < limit; start += limit) {
      const page = new Set(newest.slice(start, start + limit));
      const parts = seen.filter(({ fingerprint }) => page.has(fingerprint));
      const merged = mergeGroups(await this.#parts(parts), this.#clock.now());
      groups.push(...merged.filter(({ state }) => (filter.state ?? state) === state));
    }
    return groups.slice(0, limit);
  }

  /** One group over all queues. */
  async group(fingerprint: string): Promise<FailureGroup | undefined> {
    const queues = await this.#options.queues();
    const parts = await this.#parts(queues.map((queue) => ({ queue, fingerprint })));
    return mergeGroups(parts, this.#clock.now())[0];
  }

  /** Sets the state in every queue that has a part of the group. Returns how many have one. */
  async setGroupState(
    fingerprint: string,
    state: Exclude<GroupState, 'regressed'>,
    by: string,
  ): Promise<number> {
    const { keys } = this.#options;
    const queues = await this.#options.queues();
    const now = this.#clock.now();
    const replies = await this.#piped(queues, (pipeline, queue) =>
      pipeline.eval(SET_STATE_LUA, 1, keys.group(queue, fingerprint), state, now, by),
    );
    return replies.filter((isThere) => isThere === 1).length;
  }

  /** A page of a queue's dead letters. */
  async list(options: ListOptions): Promise<DeadLetterPage> {
    const { queue, fingerprint = '', state = '', cursor } = options;
    const { keys } = this.#options;
    const [score, id] = parseCursor(cursor);
    const limit = clamp(options.limit ?? USUAL_PAGE, LARGEST_PAGE);
    const [lastScore, lastId, ...ids] = (await this.#options.onBulk((redis) =>
      redis.eval(
        LIST_LUA,
        1,
        keys.deadLetters(queue),
        ...[keys.deadLetter(queue, ''), score, id, limit, LOOKED_AT, fingerprint, state],
      ),
    )) as [string, string, ...string[]];
    const hashes = (await this.#piped(ids, (pipeline, jobId) =>
      pipeline.hmget(keys.deadLetter(queue, jobId), ...SUMMARY_FIELDS),
    )) as (string | null)[][];
    return {
      letters: ids.flatMap((jobId, i) => summaryOf(queue, jobId, hashes[i]!)),
      next: lastScore === '' ? undefined : `${lastScore}:${lastId}`,
    };
  }

  /** One dead letter, whole. */
  async get(queue: string, jobId: string): Promise<DeadLetter | undefined> {
    const { keys, onBulk } = this.#options;
    const hash = await onBulk((redis) => redis.hgetall(keys.deadLetter(queue, jobId)));
    return parseDeadLetter(queue, jobId, hash);
  }

  /** How many records each queue has. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const queues = await this.#options.queues();
    const counts = await this.#piped(queues, (pipeline, queue) =>
      pipeline.zcard(this.#options.keys.deadLetters(queue)),
    );
    return new Map(queues.map((queue, i) => [queue, Number(counts[i])]));
  }

  async #seen(redis: Redis, queues: readonly string[]): Promise<Seen[]> {
    const replies = (await pipe(redis, queues, (pipeline, queue) =>
      pipeline.zrevrange(this.#options.keys.groups(queue), 0, MOST_GROUPS - 1, 'WITHSCORES'),
    )) as string[][];
    return queues.flatMap((queue, i) => {
      const reply = replies[i]!;
      return Array.from({ length: reply.length / 2 }, (_, at) => ({
        queue,
        fingerprint: reply[2 * at]!,
        at: Number(reply[2 * at + 1]),
      }));
    });
  }

  async #parts(
    of: readonly { readonly queue: string; readonly fingerprint: string }[],
  ): Promise<GroupPart[]> {
    const { keys } = this.#options;
    const hashes = (await this.#piped(of, (pipeline, { queue, fingerprint }) =>
      pipeline.hgetall(keys.group(queue, fingerprint)),
    )) as Record<string, string>[];
    return of.flatMap(
      ({ queue, fingerprint }, i) => parseGroupPart(queue, fingerprint, hashes[i]!) ?? [],
    );
  }

  #piped<T>(of: readonly T[], command: (pipeline: Pipeline, each: T) => unknown) {
    return this.#options.onBulk((redis) => pipe(redis, of, command));
  }
}

interface Seen {
  readonly queue: string;
  readonly fingerprint: string;
  readonly at: number;
}

type Pipeline = ReturnType<Redis['pipeline']>;

async function pipe<T>(
  redis: Redis,
  of: readonly T[],
  command: (pipeline: Pipeline, each: T) => unknown,
): Promise<unknown[]> {
  if (of.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const each of of) command(pipeline, each);
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return replies.map(([, reply]) => reply);
}

function summaryOf(
  queue: string,
  jobId: string,
  values: readonly (string | null)[],
): DeadLetterSummary[] {
  const known = SUMMARY_FIELDS.flatMap((field, i) => {
    const value = values[i];
    return typeof value === 'string' ? [[field, value] as const] : [];
  });
  const letter = parseDeadLetter(queue, jobId, Object.fromEntries(known));
  if (!letter) return []; // It has run out between the two reads.
  const { originalJob: _, stack: __, history: ___, ...summary } = letter;
  return [summary];
}

/** Of a cursor that nobody here made, the start. */
function parseCursor(cursor = ''): readonly [score: string, id: string] {
  const [, score = '', id = ''] = /^(\d{1,16}):([\s\S]*)$/.exec(cursor) ?? [];
  return [score, id];
}

function clamp(limit: number, most: number): number {
  return Number.isFinite(limit) ? Math.min(most, Math.max(1, Math.floor(limit))) : most;
}
