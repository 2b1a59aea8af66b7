/**
 * Notices that Redis no longer has the data that it had: it came back empty, another one answers at its address, or
 * a replica was promoted that had not received everything.
 *
 * BullMQ goes on with what it finds, and nobody learns that jobs are gone. A key without a lifetime names the data;
 * the replication offset, noted every few seconds, tells how far a promoted replica had come. Both are lower
 * bounds: what was written since the last look is not known.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from './connection.ts';

/** What INFO says about the line of data that a server follows. */
export interface Lineage {
  readonly id: string;
  readonly offset: number;
  /** The line that this server followed before its promotion, and how far it had come; null without one. */
  readonly before: { readonly id: string; readonly offset: number } | null;
}

/** Reads the lineage from `INFO replication`; undefined when the server does not tell. */
export function parseLineage(info: string): Lineage | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:(.+?)\\r?$`, 'm').exec(info)?.[1];
  const id = field('master_replid');
  const offset = Number(field('master_repl_offset'));
  if (id === undefined || Number.isNaN(offset)) return undefined;
  const beforeId = field('master_replid2');
  const beforeOffset = Number(field('second_repl_offset') ?? -1);
  const before = beforeId && beforeOffset > 0 ? { id: beforeId, offset: beforeOffset - 1 } : null;
  return { id, offset, before };
}

/** Bytes of `known` that are missing in `now`, at least; undefined when `now` was not promoted since. */
export function missingBytes(known: Lineage, now: Lineage): number | undefined {
  if (now.id === known.id || now.before?.id !== known.id) return undefined;
  return Math.max(0, known.offset - now.before.offset);
}

/** Remembers what Redis had. */
export class DataWatch {
  readonly #command: Connection;
  readonly #keys: Keys;
  readonly #announce: Announce;
  #name: string | undefined;
  #lineage: Lineage | undefined;

  constructor(command: Connection, keys: Keys, announce: Announce) {
    this.#command = command;
    this.#keys = keys;
    this.#announce = announce;
  }

  /** Looks once, in one round trip unless the data has no name yet. Does nothing while Redis is away. */
  async look(): Promise<void> {
    if (!this.#command.isReady) return;
    const redis = await this.#command.raw();
    const key = this.#keys.data();
    const answers = await redis.pipeline().get(key).info('replication').exec();
    const [[, found], [, info]] = answers as [[unknown, unknown], [unknown, unknown]];
    const name = found === null ? await this.#nameData(redis, key) : found;
    if (typeof info === 'string') this.#compareLineage(parseLineage(info));
    if (typeof name !== 'string') return; // Refused: nothing is known.
    if (this.#name !== undefined && this.#name !== name) this.#announce('redis.emptied', {});
    this.#name = name;
  }

  /** One that another process gave in the meantime holds. */
  async #nameData(redis: Redis, key: string): Promise<unknown> {
    const answers = await redis.pipeline().set(key, randomUUID(), 'NX').get(key).exec();
    return answers?.[1]?.[1];
  }

  #compareLineage(now: Lineage | undefined): void {
    const lostBytes = this.#lineage && now && missingBytes(this.#lineage, now);
    if (lostBytes !== undefined) this.#announce('redis.failed-over', { lostBytes });
    this.#lineage = now;
  }
}
