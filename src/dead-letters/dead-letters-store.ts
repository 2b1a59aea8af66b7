/**
 * Reads groups of dead letters and single ones, and sets the state of groups. Every answer is bounded. Lists of
 * dead letters are read by a `Walk`.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts';
import {
  type FailureGroup,
  type GroupPart,
  type GroupState,
  mergeGroups,
  parseGroupPart,
} from './failure-group.ts';
import { MOST_GROUPS } from './trim.ts';

const USUAL_PAGE = 50;
const MOST_LISTED_GROUPS = 500;
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

/** Which queues somebody may see: what others have of a group is not even counted. */
export type Sees = (queue: string) => boolean;

/** Dead letters of one queue: those that were replayed are among them, until they are let go by their age. */
export interface DeadLetterCount {
  readonly queue: string;
  readonly kept: number;
  /** When the newest one failed, epoch ms. */
  readonly lastAt: number;
}

const everyQueue: Sees = () => true;

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
    sees: Sees = everyQueue,
  ): Promise<FailureGroup[]> {
    const limit = clamp(filter.limit ?? USUAL_PAGE, MOST_LISTED_GROUPS);
    const queues = await this.#queues(sees);
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

  /** One group over all queues that are seen. */
  async group(fingerprint: string, sees: Sees = everyQueue): Promise<FailureGroup | undefined> {
    const queues = await this.#queues(sees);
    const parts = await this.#parts(queues.map((queue) => ({ queue, fingerprint })));
    return mergeGroups(parts, this.#clock.now())[0];
  }

  /** Sets the state in every queue that has a part of the group. Returns how many have one. */
  async setGroupState(
    fingerprint: string,
    state: Exclude<GroupState, 'regressed'>,
    by: string,
    sees: Sees = everyQueue,
  ): Promise<number> {
    const { keys } = this.#options;
    const queues = await this.#queues(sees);
    const now = this.#clock.now();
    const replies = await this.#piped(queues, (pipeline, queue) =>
      pipeline.eval(SET_STATE_LUA, 1, keys.group(queue, fingerprint), state, now, by),
    );
    return replies.filter((isThere) => isThere === 1).length;
  }

  /** How many dead letters are kept of each queue, most first; queues without any are left out. */
  async counts(sees: Sees = everyQueue): Promise<DeadLetterCount[]> {
    const { keys } = this.#options;
    const queues = await this.#queues(sees);
    const sizes = (await this.#piped(queues, (pipeline, queue) =>
      pipeline.zcard(keys.deadLetters(queue)),
    )) as number[];
    const newest = (await this.#piped(queues, (pipeline, queue) =>
      pipeline.zrevrange(keys.deadLetters(queue), 0, 0, 'WITHSCORES'),
    )) as string[][];
    return queues
      .map((queue, i) => ({ queue, kept: sizes[i]!, lastAt: Number(newest[i]![1] ?? 0) }))
      .filter(({ kept }) => kept > 0)
      .sort((a, b) => b.kept - a.kept || (a.queue < b.queue ? -1 : 1));
  }

  /** One dead letter, whole. */
  async get(queue: string, jobId: string): Promise<DeadLetter | undefined> {
    const { keys, onBulk } = this.#options;
    const hash = await onBulk((redis) => redis.hgetall(keys.deadLetter(queue, jobId)));
    return parseDeadLetter(queue, jobId, hash);
  }

  async #queues(sees: Sees): Promise<readonly string[]> {
    return (await this.#options.queues()).filter(sees);
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

function clamp(limit: number, most: number): number {
  return Number.isFinite(limit) ? Math.min(most, Math.max(1, Math.floor(limit))) : most;
}
