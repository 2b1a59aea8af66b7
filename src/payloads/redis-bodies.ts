/**
 * Bodies in a Redis: the coordinator's own, or another one that holds nothing but bodies.
 *
 * A body, its place in the index of its queue and the queue's place in the index of queues are written in one step.
 * The index is what is listed; a body without its place there would never be swept.
 */
import type { Redis } from 'ioredis';
import { systemClock } from '../base/clock.ts';
import { abortable } from '../base/wait.ts';
import { type BodyKey, type BodyStore, OWN_STORE, type StoredBody } from '../config/body-store.ts';
import { createKeys, type Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import { createStoreClient, type StoreAddress } from '../redis/store-client.ts';
import { isBodyId } from './body-id.ts';

/** Another Redis for bodies. One of `url`, `redis` and `connection`. */
export interface RedisBodiesOptions extends StoreAddress {
  /** Kept in every pointer. */
  readonly name: string;
  /** What its keys begin with. @default `coordinator` */
  readonly prefix?: string;
}

/** What is larger does not go over the socket that jobs use. */
const LARGE_BYTES = 256 * 1024;
const PAGE = 500;
const MOST_IN_A_PAGE = 1_000;

/**
 * KEYS 1 index of a queue, then bodies · ARGV their ids. Returns how many were there. One step, as they were written.
 * No transaction: a Redis that is full refuses whatever is put into one, and deleting is what it needs.
 */
const DELETE_LUA = /* lua */ `
redis.call('ZREM', KEYS[1], unpack(ARGV))
return redis.call('UNLINK', unpack(KEYS, 2))`;

/** Runs something on a client; `bytes` says how large it will be, when that is known. */
type Run = <T>(bytes: number | undefined, send: (redis: Redis) => Promise<T>) => Promise<T>;

/** Keeps bodies in another Redis. Throws CONFIG_INVALID. */
export function redisBodies({ name, prefix, ...address }: RedisBodiesOptions): BodyStore {
  const client = createStoreClient(address);
  return new RedisBodies(name, createKeys(prefix ?? 'coordinator'), {
    run: (_, send) => send(client),
    close: () => client.disconnect(),
  });
}

/** Keeps bodies in the coordinator's own Redis. */
export function ownBodies(hub: Hub, keys: Keys): BodyStore {
  return new RedisBodies(OWN_STORE, keys, {
    run: async (bytes = LARGE_BYTES, send) =>
      bytes < LARGE_BYTES
        ? send(await hub.command.raw())
        : hub.onBulk(async (bulk) => send(await bulk.raw())),
  });
}

/** Made by `redisBodies` and `ownBodies`. */
class RedisBodies implements BodyStore {
  readonly name: string;
  readonly #keys: Keys;
  readonly #run: Run;
  readonly #close: () => void;

  constructor(name: string, keys: Keys, { run, close = () => {} }: { run: Run; close?(): void }) {
    this.name = name;
    this.#keys = keys;
    this.#run = run;
    this.#close = close;
  }

  async put({ queue, id }: BodyKey, body: Buffer, signal: AbortSignal): Promise<void> {
    const key = this.#keyOf({ queue, id });
    const now = Math.round(systemClock.now());
    await this.#ask(signal, body.length, async (redis) => {
      const step = redis.multi().set(key, body).zadd(this.#keys.bodies(queue), body.length, id);
      throwFirst(await step.zadd(this.#keys.payloads(), now, queue).exec());
    });
  }

  async get(key: BodyKey, signal: AbortSignal): Promise<Buffer | undefined> {
    const redisKey = this.#keyOf(key);
    const body = await this.#ask(signal, undefined, (redis) => redis.getBuffer(redisKey));
    return body ?? undefined;
  }

  async delete(keys: readonly BodyKey[], signal: AbortSignal): Promise<void> {
    const bodies = keys.map((key) => ({ ...key, redisKey: this.#keyOf(key) }));
    for (const queue of new Set(keys.map((key) => key.queue))) {
      const own = bodies.filter((body) => body.queue === queue);
      for (let start = 0; start < own.length; start += PAGE) {
        const some = own.slice(start, start + PAGE);
        const at = [this.#keys.bodies(queue), ...some.map(({ redisKey }) => redisKey)];
        const ids = some.map(({ id }) => id);
        await this.#ask(signal, 0, (redis) => redis.eval(DELETE_LUA, at.length, ...at, ...ids));
      }
    }
  }

  async *list(signal: AbortSignal): AsyncIterable<readonly StoredBody[]> {
    const queues = await this.#ask(signal, 0, (redis) =>
      redis.zrange(this.#keys.payloads(), '0', '-1'),
    );
    for (const queue of queues) yield* this.#pagesOf(queue, signal);
  }

  async *#pagesOf(queue: string, signal: AbortSignal): AsyncIterable<readonly StoredBody[]> {
    let cursor = '0';
    do {
      const [next, found] = await this.#ask(signal, 0, (redis) =>
        redis.zscan(this.#keys.bodies(queue), cursor, 'COUNT', PAGE),
      );
      cursor = next;
      const page = Array.from({ length: found.length / 2 }, (_, i) => ({
        queue,
        id: found[2 * i]!,
        bytes: Number(found[2 * i + 1]),
      }));
      for (let start = 0; start < page.length; start += MOST_IN_A_PAGE)
        yield page.slice(start, start + MOST_IN_A_PAGE);
    } while (cursor !== '0');
  }

  async close(): Promise<void> {
    this.#close();
  }

  #keyOf({ queue, id }: BodyKey): string {
    if (!isBodyId(id)) throw new Error(`"${id}" is no id of a body`);
    return this.#keys.body(queue, id);
  }

  #ask<T>(
    signal: AbortSignal,
    bytes: number | undefined,
    send: (redis: Redis) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    return abortable(
      this.#run(bytes, (redis) => {
        signal.throwIfAborted(); // It may have waited for Redis for longer than anybody waits for it.
        return send(redis);
      }),
      signal,
    );
  }
}

/** A step that was refused as a whole, or in part. */
function throwFirst(replies: [error: Error | null, result: unknown][] | null): void {
  if (!replies) throw new Error('the transaction was not carried out');
  for (const [error] of replies) if (error) throw error;
}
