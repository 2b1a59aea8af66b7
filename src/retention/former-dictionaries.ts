/**
 * Dictionaries that are current no longer: they are kept for as long as a payload may name them.
 *
 * The current one of a kind is never deleted, which is looked at in the same step. An id that is named keeps the
 * dictionaries of all queues that have it: ids are made of what they name.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { PayloadKind } from '../payloads/payload-codec.ts';
import type { Lease } from '../redis/lease.ts';

/** A dictionary of a queue. */
export interface Dictionary {
  readonly queue: string;
  readonly id: string;
}

const KINDS: readonly PayloadKind[] = ['data', 'result', 'progress'];
const DICTIONARY_ID = /^[0-9a-f]{4,}$/;

/**
 * KEYS 1 dictionaries of a queue, 2 epoch of the lease · ARGV 1 id, 2 our epoch, then the kinds. Returns 1 when it was
 * deleted. One step: it may become current at any moment, and another process may lead.
 */
const DELETE_LUA = /* lua */ `
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
for i = 3, #ARGV do if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then return 0 end end
return redis.call('HDEL', KEYS[1], ARGV[1])`;

/** Those of a round. */
export class FormerDictionaries {
  readonly #byId = new Map<string, Dictionary[]>();

  /** Finds all that are not current. */
  async read(redis: Redis, keys: Keys, queues: readonly string[]): Promise<void> {
    for (const queue of queues) {
      const fields = await redis.hkeys(keys.dictionaries(queue));
      const ids = fields.filter((field) => DICTIONARY_ID.test(field));
      if (ids.length === 0) continue;
      const current = new Set(await redis.hmget(keys.dictionaries(queue), ...KINDS));
      for (const id of ids) if (!current.has(id)) this.#add({ queue, id });
    }
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  values(): Iterable<Dictionary> {
    return [...this.#byId.values()].flat();
  }

  /** Something names it. */
  release(id: string): void {
    this.#byId.delete(id);
  }

  /** Anything may be named. */
  releaseAll(): void {
    this.#byId.clear();
  }

  /** Deletes one, unless it is current or another process leads. */
  async delete(
    { queue, id }: Dictionary,
    by: { redis: Redis; keys: Keys; lease: Pick<Lease, 'name'>; epoch: number },
  ): Promise<boolean> {
    const at = [by.keys.dictionaries(queue), by.keys.leaseEpoch(by.lease.name)];
    return (await by.redis.eval(DELETE_LUA, 2, ...at, id, by.epoch, ...KINDS)) === 1;
  }

  #add(dictionary: Dictionary): void {
    const same = this.#byId.get(dictionary.id) ?? [];
    this.#byId.set(dictionary.id, [...same, dictionary]);
  }
}
