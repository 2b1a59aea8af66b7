/**
 * Asks Redis how many bytes keys take, in small pipelines, so that nobody waits long behind them.
 *
 * MEMORY USAGE looks at a bounded number of elements of a large key. A user who may not ask it gets lengths instead,
 * and is told so.
 */
import type { Redis } from 'ioredis';
import { refusalOf } from '../redis/connection-lost.ts';

/** Commands sent at once: well below a millisecond of Redis. */
const AT_ONCE = 100;
/** Elements of a large list, set or stream that Redis takes as a sample. */
export const ELEMENTS = 50;
/** Nodes of an events stream: old and new ones differ, so all of BullMQ's usual 10,000 events; some 1 ms. */
export const STREAM_NODES = 10_000;
/** Jobs and records have fewer fields: all of them are looked at. */
export const ALL_FIELDS = 100;

/** One command of a pipeline. */
export type Command = readonly [name: string, ...args: (string | number)[]];

/** Answers of one queue's look. */
export class Measure {
  readonly #redis: Redis;
  #isRefused = false;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Whether Redis does not tell what keys take. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Bytes of each key; null when it is not there. All are null once Redis has refused to tell. */
  async bytesOf(keys: readonly string[], elements: number): Promise<(number | null)[]> {
    if (this.#isRefused) return keys.map(() => null);
    const commands = keys.map((key): Command => ['memory', 'USAGE', key, 'SAMPLES', elements]);
    try {
      return (await this.ask(commands)) as (number | null)[];
    } catch (error) {
      if (refusalOf(error) !== 'NOPERM' && !isUnknownCommand(error)) throw error;
      this.#isRefused = true;
      return keys.map(() => null);
    }
  }

  /** The replies; null where a key is of another type than expected. Throws whatever else Redis says. */
  async ask(commands: readonly Command[]): Promise<unknown[]> {
    const replies: unknown[] = [];
    for (let start = 0; start < commands.length; start += AT_ONCE) {
      const pipeline = this.#redis.pipeline(
        commands.slice(start, start + AT_ONCE).map((command) => [...command]),
      );
      for (const [error, reply] of (await pipeline.exec()) ?? []) {
        if (error && !error.message.startsWith('WRONGTYPE')) throw error;
        replies.push(error ? null : reply);
      }
    }
    return replies;
  }
}

/** Some managed servers rename or drop it. */
function isUnknownCommand(error: unknown): boolean {
  return error instanceof Error && /^ERR unknown (sub)?command/i.test(error.message);
}
