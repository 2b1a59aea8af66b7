/**
 * The schedulers of all queues in one list, the next to run first: hundreds of queues in a round trip. It only reads.
 *
 * Of each queue as many places are asked for as rows are wanted, and only the rows that are shown are read: the first ones
 * are the first of all.
 */
import type { ChainableCommander } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { isUnreadable } from '../../queues/queues-among.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { AllSchedulers } from './queue-views.ts';
import { type StoredScheduler, toTime } from './stored-schedulers.ts';
import { SHOWN_FIELDS, type ShownField, toRow } from './template-shower.ts';

/** What is asked. */
export interface AllSchedulersWishes {
  /** From 1 to 1,000. @default 500 */
  readonly limit?: number;
}

interface Place {
  readonly queue: string;
  readonly id: string;
  readonly score: string;
}

const USUAL_ROWS = 500;
/** Queues asked in one round trip. */
const QUEUES_AT_ONCE = 250;
/** After that nothing further is begun. */
const MOST_MS = 5_000;

/** Lists them. */
export class AllSchedulersList {
  readonly #sources: OperatorSources;
  readonly #clock: Clock;

  constructor(sources: OperatorSources, clock: Clock = systemClock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** Those of the queues that are known by now and may be seen. Rejects with QUEUE_UNAVAILABLE. */
  async list(
    { limit = USUAL_ROWS }: AllSchedulersWishes,
    mayRead: (queue: string) => boolean,
  ): Promise<AllSchedulers> {
    const { directory } = this.#sources;
    const until = this.#clock.monotonic() + MOST_MS;
    await directory.look();
    const labels = directory.labels().filter(mayRead);
    let places: Place[] = [];
    let [looked, total, unreadable] = [0, 0, 0];
    while (looked < labels.length && this.#clock.monotonic() < until) {
      const asked = labels.slice(looked, looked + QUEUES_AT_ONCE);
      const found = await this.#places(asked, limit);
      looked += asked.length;
      total += found.total;
      unreadable += found.unreadable;
      places = [...places, ...found.places].sort(byTime).slice(0, limit);
    }
    const isComplete = directory.isComplete && looked === labels.length && unreadable === 0;
    return { rows: await this.#rows(places), total, looked, isComplete };
  }

  async #places(
    labels: readonly string[],
    limit: number,
  ): Promise<{
    readonly places: readonly Place[];
    readonly total: number;
    readonly unreadable: number;
  }> {
    const replies = await this.#ask((redis) => {
      for (const label of labels) {
        const key = `${this.#sources.directory.keyPrefix(label)}repeat`;
        redis.zcard(key).zrange(key, 0, String(limit - 1), 'WITHSCORES');
      }
    });
    let [total, unreadable] = [0, 0];
    const places = labels.flatMap((queue, i) => {
      const [count, flat] = [replies[2 * i], replies[2 * i + 1]] as [number?, string[]?];
      if (count === undefined || flat === undefined) {
        unreadable += 1;
        return [];
      }
      total += count;
      return Array.from({ length: flat.length / 2 }, (_, at) => ({
        ...{ queue, id: flat[2 * at]!, score: flat[2 * at + 1]! },
      }));
    });
    return { places, total, unreadable };
  }

  async #rows(places: readonly Place[]): Promise<AllSchedulers['rows']> {
    if (places.length === 0) return [];
    const replies = await this.#ask((redis) => {
      for (const { queue, id } of places) {
        const key = `${this.#sources.directory.keyPrefix(queue)}repeat:${id}`;
        redis.hmget(key, ...SHOWN_FIELDS).hstrlen(key, 'data');
      }
    });
    return places.flatMap(({ queue, id, score }, i) => {
      const [values, bytes] = [replies[2 * i], replies[2 * i + 1]];
      if (values === undefined || bytes === undefined) return [];
      const fields = toFields(values as (string | null)[]);
      return toRow(queue, { id, nextAt: toTime(score), fields }, bytes as number);
    });
  }

  /** The replies; undefined where something else lies, or this user of Redis may not read. */
  #ask(fill: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    const { hub, gate } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () => {
      const pipeline = (await hub.command.raw()).pipeline();
      fill(pipeline);
      const replies = (await pipeline.exec()) ?? [];
      return replies.map(([error, reply]) => {
        if (error && !isUnreadable(error)) throw error;
        return error ? undefined : reply;
      });
    });
  }
}

function byTime(a: Place, b: Place): number {
  return Number(a.score) - Number(b.score) || (a.queue < b.queue ? -1 : 1);
}

function toFields(values: readonly (string | null)[]): StoredScheduler['fields'] {
  const named = SHOWN_FIELDS.map((field, i): [ShownField, string | null] => [field, values[i]!]);
  return Object.fromEntries(
    named.filter(([, value]) => value !== null),
  ) as StoredScheduler['fields'];
}
