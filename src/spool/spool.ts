/**
 * Jobs accepted while Redis was away, on the local disk.
 *
 * An add is accepted when the sync that holds it has returned, so neither a kill nor a power cut loses it.
 * What lies there is handed to a sender lane by lane (see `lane.ts`); it goes when Redis has it. Bounded by
 * count and bytes. A folder may be shared by processes. What cannot be read stays on the disk and is
 * announced; nothing is dropped silently.
 */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import { type AcceptedAdd, parseAcceptedAdd } from './accepted-add.ts';
import { Journal } from './journal.ts';
import { Lane, type StoredAdd } from './lane.ts';
import { Segment } from './segment.ts';
import { beat, forget, leave, takeOver, type Writer } from './streams.ts';

/** Where and how much. */
export interface SpoolOptions {
  readonly folder: string;
  readonly maxJobs: number;
  readonly maxBytes: number;
  readonly writer: Writer;
  readonly announce: Announce;
}

/** What lies there, and what went through. */
export interface SpoolView {
  readonly jobs: number;
  readonly bytes: number;
  /** Jobs accepted here, sent to Redis, and refused by Redis for good, since the process started. */
  readonly accepted: number;
  readonly sent: number;
  readonly refused: number;
}

/** The spool of one coordinator. Touches the disk when it is first used. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #stream: string = randomUUID();
  /** This process's stream and those it has taken over → their lanes. */
  readonly #streams = new Map<string, Map<string, Lane>>();
  readonly #journal: Journal;
  readonly #segments = new Set<Segment>();
  #opening: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #jobs = 0;
  #bytes = 0;
  #counts = { accepted: 0, sent: 0, refused: 0 };
  #onWork: () => void = () => {};
  #isWanted = false;
  #isStarted = false;
  #isClosed = false;
  #isKnown = true;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#journal = new Journal(options.folder, this.#stream);
    this.#streams.set(this.#stream, new Map());
  }

  get view(): SpoolView {
    return { jobs: this.#jobs, bytes: this.#bytes, ...this.#counts };
  }

  /** Calls back whenever there may be something to send. */
  onWork(listener: () => void): void {
    this.#onWork = listener;
  }

  /** There may be something to send. */
  wake(): void {
    this.#onWork();
  }

  /** A queue of this process uses it: what earlier processes have left is sent once it is started. */
  want(): void {
    this.#isWanted = true;
    this.#openInBackground();
  }

  start(): void {
    this.#isStarted = true;
    this.#openInBackground();
  }

  /** This process's lane of a queue. @param queue as it is announced */
  lane(queue: string): Lane {
    const lanes = this.#streams.get(this.#stream)!;
    let lane = lanes.get(queue);
    if (!lane) {
      lane = new Lane(`${this.#stream}:${queue}`, queue);
      lanes.set(queue, lane);
    }
    return lane;
  }

  /** Lanes that have something to send; what earlier processes have left comes first. */
  get lanes(): Lane[] {
    return [...this.#streams.values()]
      .reverse()
      .flatMap((lanes) => [...lanes.values()].filter((lane) => lane.oldest(1).length > 0));
  }

  /** Whether nothing waits that was added to this queue before, by this process or by one that is gone. */
  isEmptyFor(queue: string): boolean {
    for (const lanes of this.#streams.values())
      if (lanes.get(queue)?.isEmpty === false) return false;
    return true;
  }

  /** Resolves when it is known what earlier processes have left, or that nobody can know. */
  async whenKnown(): Promise<void> {
    await this.#opening?.catch(() => {}); // Whoever stores hears of it.
  }

  /** Whether `whenKnown` may be skipped. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Makes the folder ready and takes over what other processes have left. Rejects with SPOOL_UNUSABLE. */
  open(): Promise<void> {
    if (this.#opening) return this.#opening;
    this.#isKnown = false;
    this.#opening = this.#open()
      .catch((error) => {
        this.#opening = undefined;
        throw this.#unusable(error);
      })
      .finally(() => {
        this.#isKnown = true;
      });
    return this.#opening;
  }

  /**
   * Accepts an add: resolves when it is on the disk.
   *
   * Rejects with SPOOL_FULL or SPOOL_UNUSABLE; then it has not been accepted.
   */
  async store(lane: Lane, add: Omit<AcceptedAdd, 'v' | 'lane'>): Promise<void> {
    if (this.#isClosed)
      throw new CoordinatorError('STOPPED', 'The coordinator has been stopped: make a new one');
    const text = JSON.stringify({ v: 1, lane: lane.queue, ...add } satisfies AcceptedAdd);
    this.#reserve(add.count, text.length);
    if (lane.isEmpty) this.#options.announce('spool.filled', { queue: lane.queue });
    try {
      const place = await lane.storing(async () => {
        await this.open();
        const written = await this.#journal.append(text);
        lane.add({ first: add.first, count: add.count, place: written });
        return written;
      });
      this.#segments.add(place.segment);
      this.#bytes += place.bytes - text.length;
    } catch (error) {
      this.#release(add.count, text.length);
      throw error instanceof CoordinatorError ? error : this.#unusable(error);
    }
    this.#counts.accepted += add.count;
    this.#onWork();
  }

  /** Reads an add back. */
  async read({ place }: StoredAdd): Promise<AcceptedAdd> {
    return parseAcceptedAdd(await place.segment.read(place.offset, place.bytes));
  }

  /** The oldest `count` adds of a lane are in Redis. */
  async settle(lane: Lane, count: number): Promise<void> {
    for (const { count: jobs, place } of lane.drop(count)) {
      this.#counts.sent += jobs;
      this.#release(jobs, place.bytes);
      await this.#journal.release(place);
      if (place.segment.wanted === 0) this.#segments.delete(place.segment);
    }
  }

  /** The oldest add of a lane can never be made: it is kept in a file for a person to look at. */
  async refuse(lane: Lane, reason: string): Promise<void> {
    const [stored] = lane.oldest(1);
    if (!stored) return;
    const add = await this.read(stored).catch(() => {
      const { segment, offset } = stored.place;
      segment.wanted += 1; // The file stays.
      return { file: segment.path, offset };
    });
    const path = join(this.#options.folder, 'refused.jsonl');
    const line = `${JSON.stringify({ reason, add })}\n`;
    await appendFile(path, line, { mode: 0o600, flush: true });
    this.#counts.refused += stored.count;
    this.#counts.sent -= stored.count;
    this.#options.announce('spool.refused', {
      queue: lane.queue,
      jobs: stored.count,
      message: reason,
      path,
    });
    await this.settle(lane, 1);
  }

  /** Says that this process lives, lets go of what is empty, and takes over what others have left. */
  look(): Promise<void> {
    this.#looking = this.#look();
    return this.#looking;
  }

  async #look(): Promise<void> {
    if (!this.#opening || this.#isClosed) return;
    await this.#opening;
    const { folder, writer } = this.#options;
    for (const [stream, lanes] of this.#streams) {
      const isEmpty = [...lanes.values()].every((lane) => lane.isEmpty);
      if (stream === this.#stream || !isEmpty) await beat(folder, stream, writer);
      else {
        this.#streams.delete(stream);
        await forget(folder, stream);
      }
    }
    if (!this.#isClosed) await this.#takeOver();
  }

  /** Closes the files. What is on the disk is sent by the next process, or by another one soon. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#opening) return;
    await Promise.allSettled([this.#opening, this.#looking]); // They may just write what is removed here.
    await this.#journal.close();
    for (const segment of this.#segments) await segment.close();
    for (const [stream, lanes] of this.#streams) {
      const isEmpty = [...lanes.values()].every((lane) => lane.isEmpty);
      await (isEmpty ? forget : leave)(this.#options.folder, stream).catch(() => {});
    }
  }

  #openInBackground(): void {
    if (!this.#isWanted || !this.#isStarted || this.#isClosed) return;
    this.open().catch((error) =>
      this.#options.announce('spool.failed', { message: messageOf(error), repeated: 1 }),
    );
  }

  async #open(): Promise<void> {
    const { folder, writer } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await beat(folder, this.#stream, writer);
    await this.#takeOver();
  }

  async #takeOver(): Promise<void> {
    const { folder, writer } = this.#options;
    const own = new Set([this.#stream, ...this.#streams.keys()]);
    for (const { stream, paths } of await takeOver(folder, own, writer)) {
      const lanes = new Map<string, Lane>();
      this.#streams.set(stream, lanes);
      for (const path of paths) await this.#adopt(stream, lanes, path);
    }
    if (this.lanes.length > 0) this.#onWork();
  }

  async #adopt(stream: string, lanes: Map<string, Lane>, path: string): Promise<void> {
    const { segment, records, strayBytes } = await Segment.adopt(path);
    segment.wanted = records.length;
    this.#segments.add(segment);
    let jobs = 0;
    let unreadBytes = strayBytes;
    for (const { offset, bytes, text } of records) {
      const add = tryParse(text);
      if (!add) {
        unreadBytes += bytes;
        continue;
      }
      const lane = lanes.get(add.lane) ?? new Lane(`${stream}:${add.lane}`, add.lane);
      lanes.set(add.lane, lane);
      lane.add({ first: add.first, count: add.count, place: { segment, offset, bytes } });
      this.#jobs += add.count;
      this.#bytes += bytes;
      jobs += add.count;
    }
    if (unreadBytes > 0) await this.#setAside(segment, unreadBytes, jobs);
    else if (records.length === 0) await segment.remove();
    if (jobs > 0) this.#options.announce('spool.taken-over', { jobs });
  }

  /** A damaged file stays for a person to look at, after what can be read of it has been sent. */
  async #setAside(segment: Segment, unreadBytes: number, jobs: number): Promise<void> {
    const path = segment.path.replace(/\.spool$/, '.damaged');
    await segment.rename(path);
    segment.wanted += 1; // So that it is never removed.
    this.#options.announce('spool.damaged', { path, unreadBytes, jobs });
  }

  #reserve(jobs: number, bytes: number): void {
    const { maxJobs, maxBytes, folder } = this.#options;
    if (this.#jobs + jobs > maxJobs || this.#bytes + bytes > maxBytes)
      throw new CoordinatorError(
        'SPOOL_FULL',
        `The spool ${folder} is full (${this.#jobs} of ${maxJobs} jobs, ${this.#bytes} of ${maxBytes} bytes): nothing was accepted. It empties when Redis is back; spool.maxJobs and spool.maxBytes can be raised`,
      );
    this.#jobs += jobs;
    this.#bytes += bytes;
  }

  #release(jobs: number, bytes: number): void {
    this.#jobs -= jobs;
    this.#bytes -= bytes;
  }

  #unusable(cause: unknown): CoordinatorError {
    return new CoordinatorError(
      'SPOOL_UNUSABLE',
      `The spool ${this.#options.folder} cannot be written (${messageOf(cause)}): nothing was accepted. Look at its rights and at the space on its disk`,
      { cause },
    );
  }
}

function tryParse(text: string): AcceptedAdd | undefined {
  try {
    return parseAcceptedAdd(text);
  } catch {
    return undefined;
  }
}
