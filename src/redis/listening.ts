/**
 * Listening to the event streams of many queues on one socket.
 *
 * One `XREAD BLOCK` reads all streams that somebody here listens to, and a poke stream of our own that
 * wakes it when a stream is added. A reader that is behind the tip does not read there: it pages through
 * its stream with `XRANGE` on the bulk socket, in its own time, and joins when it has caught up. Reads are
 * bounded by bytes: without COUNT, 40 streams holding 120 MB never answered at all under a usual
 * output-buffer limit (measured).
 *
 * Invariants: `$` is resolved to an id once, so that nothing is missed between two reads; after a broken
 * connection every reader pages from its last id; a reader that was trimmed past is told (`events.lost`).
 */
import { ConnectionClosedError } from 'bullmq';
import type { Redis } from 'ioredis';
import { backoffDelay } from '../base/backoff.ts';
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Announce } from '../events.ts';
import type { Connection } from './connection.ts';
import { toConnectionLost } from './connection-lost.ts';

/** One stream entry: id and flat fields, as `XREAD` gives them. */
export type StreamEntry = [id: string, fields: string[]];
/** What BullMQ's QueueEvents expects of a read; null on the deadline. */
export type StreamRead = [key: string, entries: StreamEntry[]][] | null;

/** One listener of one stream, with its position. */
export interface EventReader {
  readonly key: string;
  /** Where `$` was when it was first asked for. */
  tip?: string;
  /** True while it has to page before it may join the others at the tip. */
  behind: boolean;
  /** Replies in a row that were cut off by COUNT. */
  fullReplies?: number;
}

interface PendingRead {
  readonly reader: EventReader;
  readonly id: string;
  settle(entries: StreamEntry[] | null): void;
  fail(error: Error): void;
}

/** What listening needs of the hub. */
export interface ListeningOptions {
  readonly events: Connection;
  readonly command: Connection;
  /** Runs on the bulk socket, which is opened for it. */
  readonly onBulk: <T>(run: (redis: Redis) => Promise<T>) => Promise<T>;
  readonly pokeKey: string;
  readonly announce: Announce;
  /** Told of errors other than a lost connection; listening goes on after a pause. */
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock;
}

const BLOCK_MS = 10_000;
/** One reply should stay well below any output-buffer limit. */
const REPLY_BUDGET_BYTES = 4 * 1024 * 1024;
/** Before anything was seen, an entry is taken to be this large: a first page must fit whatever is in it. */
const FIRST_GUESS_BYTES = 128 * 1024;
const MOST_ENTRIES = 1_000;
/** So many full replies in a row mean that a reader does not keep up at the tip. */
const BEHIND_AFTER = 3;
/** An `XREAD` over 1,000 streams costs half a millisecond: gather for a moment between two. */
const REARM_MS = 5;
const POKE_TTL_MS = 60_000;
const FAILED_BACKOFF = { minDelayMs: 100, maxDelayMs: 5_000 };

/** Shares one blocking socket among all listeners of a process. */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #clock: Clock;
  readonly #reads = new Set<PendingRead>();
  readonly #readers = new Set<EventReader>();
  #armed: ReadonlySet<string> = new Set();
  #pokeId = '0-0';
  #entryBytes: number | undefined;
  #paging: Promise<unknown> = Promise.resolve();
  #blocked = false;
  #poked = false;
  #running = false;
  #failures = 0;
  #closed = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Entries after `id` (`$`: after now), or null when `timeoutMs` has passed without any. */
  async read(reader: EventReader, id: string, timeoutMs: number): Promise<StreamRead> {
    if (this.#closed) throw new ConnectionClosedError();
    this.#readers.add(reader);
    if (id === '$') await this.join(reader);
    const from = id === '$' ? reader.tip! : id;
    const entries = reader.behind ? await this.#page(reader, from) : [];
    if (!entries) return null; // The connection broke: the caller asks again, from the same id.
    if (entries.length > 0) return [[reader.key, entries]];
    const fresh = await this.#wait(reader, from, timeoutMs);
    return fresh ? [[reader.key, fresh]] : null;
  }

  /** Fixes where `$` is: from then on the reader misses nothing. */
  async join(reader: EventReader): Promise<void> {
    reader.tip ??= await this.#tipOf(reader.key);
  }

  /** Ends the read in flight of one listener, as closing it must. */
  interrupt(reader: EventReader): void {
    this.#readers.delete(reader);
    for (const read of [...this.#reads])
      if (read.reader === reader) read.fail(new ConnectionClosedError());
  }

  close(): void {
    this.#closed = true;
    for (const read of [...this.#reads]) read.fail(new ConnectionClosedError());
  }

  #wait(reader: EventReader, id: string, timeoutMs: number): Promise<StreamEntry[] | null> {
    if (this.#closed || !this.#readers.has(reader))
      return Promise.reject(new ConnectionClosedError());
    return new Promise((resolve, reject) => {
      let cancel: CancelTimer = () => {};
      const finish = (): void => {
        cancel();
        this.#reads.delete(read);
      };
      const read: PendingRead = {
        reader,
        id,
        settle: (entries) => {
          finish();
          resolve(entries);
        },
        fail: (error) => {
          finish();
          reject(error);
        },
      };
      if (timeoutMs > 0) cancel = this.#clock.after(timeoutMs, () => read.settle(null));
      this.#reads.add(read);
      if (!this.#running) void this.#run();
      else if (this.#blocked && !this.#armed.has(reader.key)) this.#poke();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (!this.#closed && this.#reads.size > 0) {
        await this.#round();
        await sleep(REARM_MS, { clock: this.#clock });
      }
    } finally {
      this.#running = false;
    }
  }

  async #round(): Promise<void> {
    let redis: Redis;
    try {
      redis = await this.#options.events.raw();
    } catch {
      this.close();
      return;
    }
    const positions = this.#positions();
    const keys = [...positions.keys()];
    const count = this.#entriesPerStream(keys.length);
    try {
      this.#armed = new Set(keys);
      this.#blocked = true;
      this.#poked = false;
      const streams = [...keys, this.#options.pokeKey, ...positions.values(), this.#pokeId];
      // ioredis's overloads cannot express two lists of one length.
      const xread = redis.xread.bind(redis) as (...args: unknown[]) => Promise<StreamRead>;
      const reply = await xread('COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams);
      this.#blocked = false;
      this.#failures = 0;
      for (const [key, entries] of reply ?? []) this.#deliver(key, entries, count);
    } catch (error) {
      this.#blocked = false;
      for (const reader of this.#readers) reader.behind = true;
      if (toConnectionLost(error)) this.#suspectLargeEntries();
      // Readers at the tip find out by paging what came while nobody listened.
      for (const read of [...this.#reads]) read.settle(null);
      if (!toConnectionLost(error)) await this.#pauseAfter(error);
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#options.onError(error);
    await sleep(backoffDelay(this.#failures, FAILED_BACKOFF), { clock: this.#clock });
  }

  /** Stream → the oldest id that a waiting reader of it has. */
  #positions(): Map<string, string> {
    const positions = new Map<string, string>();
    for (const { reader, id } of this.#reads) {
      const known = positions.get(reader.key);
      if (known === undefined || compareIds(id, known) < 0) positions.set(reader.key, id);
    }
    return positions;
  }

  #deliver(key: string, entries: StreamEntry[], count: number): void {
    if (key === this.#options.pokeKey) {
      this.#pokeId = entries.at(-1)?.[0] ?? this.#pokeId;
      return;
    }
    this.#learnSize(entries);
    for (const read of [...this.#reads]) {
      if (read.reader.key !== key) continue;
      const fresh = entries.filter(([id]) => compareIds(id, read.id) > 0);
      const { reader } = read;
      reader.fullReplies = entries.length >= count ? (reader.fullReplies ?? 0) + 1 : 0;
      if (reader.fullReplies >= BEHIND_AFTER) reader.behind = true;
      if (fresh.length > 0 || reader.behind) read.settle(fresh.length > 0 ? fresh : null);
    }
  }

  /** One page after `from`, or null when the connection broke. One at a time, or the budget would not hold. */
  async #page(reader: EventReader, from: string): Promise<StreamEntry[] | null> {
    const page = this.#paging.then(() => this.#readPage(reader, from));
    this.#paging = page.catch(() => {});
    try {
      return await page;
    } catch (error) {
      if (!toConnectionLost(error)) throw error;
      this.#suspectLargeEntries();
      await this.#options.command.client;
      return null;
    }
  }

  /** A short page means that the reader has caught up. */
  async #readPage(reader: EventReader, from: string): Promise<StreamEntry[]> {
    const count = this.#entriesPerStream(1);
    const [first, entries] = await this.#options.onBulk((redis) =>
      readPage(redis, reader.key, from, count),
    );
    if (first && from !== '0-0' && from !== '0' && compareIds(first[0], from) > 0)
      this.#options.announce('events.lost', { stream: reader.key, from, to: first[0] });
    this.#learnSize(entries);
    if (entries.length < count) {
      reader.behind = false;
      reader.fullReplies = 0;
    }
    return entries;
  }

  async #tipOf(key: string): Promise<string> {
    const redis = await this.#options.command.raw();
    const newest = (await redis.xrevrange(key, '+', '-', 'COUNT', 1)) as StreamEntry[];
    return newest[0]?.[0] ?? '0-0';
  }

  #entriesPerStream(streams: number): number {
    const entryBytes = this.#entryBytes ?? FIRST_GUESS_BYTES;
    const fitting = Math.floor(REPLY_BUDGET_BYTES / (entryBytes * Math.max(1, streams)));
    return Math.min(Math.max(fitting, 1), MOST_ENTRIES);
  }

  /** Follows growth at once and shrinking slowly: the next reply must fit even if entries stay large. */
  #learnSize(entries: StreamEntry[]): void {
    if (entries.length === 0) return;
    let bytes = 0;
    for (const [, fields] of entries) for (const field of fields) bytes += field.length + 8;
    const mean = bytes / entries.length;
    const known = this.#entryBytes ?? mean;
    this.#entryBytes = mean > known ? mean : known * 0.8 + mean * 0.2;
  }

  /** A reply that was too large for the server's output buffer looks like a lost connection. */
  #suspectLargeEntries(): void {
    this.#entryBytes = Math.min((this.#entryBytes ?? FIRST_GUESS_BYTES) * 4, REPLY_BUDGET_BYTES);
  }

  #poke(): void {
    if (this.#poked) return;
    this.#poked = true;
    const key = this.#options.pokeKey;
    this.#options.command
      .raw()
      .then((redis) =>
        redis.pipeline().xadd(key, 'MAXLEN', 1, '*', 'p', '1').pexpire(key, POKE_TTL_MS).exec(),
      )
      .then((replies) => {
        if (replies?.[0]?.[0]) this.#poked = false; // Refused: who comes next tries again.
      })
      .catch(() => {
        this.#poked = false;
      });
  }
}

/** The first entry of the stream, to see whether it was trimmed past `from`, and a page after `from`. */
async function readPage(
  redis: Redis,
  key: string,
  from: string,
  count: number,
): Promise<readonly [StreamEntry | undefined, StreamEntry[]]> {
  const pipeline = redis.pipeline();
  pipeline.xrange(key, '-', '+', 'COUNT', 1);
  pipeline.xrange(key, `(${from}`, '+', 'COUNT', count);
  const results = (await pipeline.exec()) as [Error | null, StreamEntry[]][];
  for (const [error] of results) if (error) throw error;
  return [results[0]![1][0], results[1]![1]];
}

/** Orders stream ids (`<ms>-<sequence>`). */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}
