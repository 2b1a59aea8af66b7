/**
 * The dictionary of one kind of payload of one queue, as this process packs with it.
 *
 * It is used only while Redis is known to hold it: since this very connection was made, it has been confirmed or
 * written again. Packing meanwhile goes on without one. So an add that waits on the local disk needs no dictionary,
 * and a Redis that comes back empty gets this one before anything names it. When there is none that can be read, or
 * packing has become clearly worse, one is learned from what passes by, at most once an hour.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { Connection } from '../redis/connection.ts';
import { type Dictionary, type DictionaryStore, dictionaryId } from './dictionary-store.ts';
import { learn, Samples } from './learning.ts';
import type { PayloadKind } from './payload-codec.ts';

/** The part of the command socket that is needed. */
export type DictionaryRedis = Pick<Connection, 'isReady' | 'since' | 'raw'>;

/** What it needs. */
export interface KindDictionaryOptions {
  readonly redis: DictionaryRedis;
  readonly store: Pick<DictionaryStore, 'keep'>;
  readonly queue: string;
  readonly kind: PayloadKind;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** Called before samples are gathered: somebody else's may have to go. */
  readonly onGather?: (one: KindDictionary) => void;
  readonly clock?: Clock;
}

/** Packing is looked at after so many payloads. */
const WINDOW = 512;
/** Clearly worse: so many times the bytes of the first window. */
const WORSE = 1.25;
const REST_MS = 3_600_000;
/** Until Redis is asked again on a job's path, after it has refused. */
const AGAIN_MS = 5_000;

/** Hands out the dictionary of a kind, and learns it when there is none. */
export class KindDictionary {
  readonly #options: KindDictionaryOptions;
  readonly #clock: Clock;
  #current: Dictionary | undefined;
  /** Made here, and not yet offered to the others. */
  #learned: Dictionary | undefined;
  /** Since when the connection stands on which Redis was known to hold `current`, or to hold none. */
  #confirmedOn: number | undefined;
  #looking: Promise<void> | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;
  #samples: Samples | undefined;
  #isLearning = false;
  #restUntil = Number.NEGATIVE_INFINITY;
  #payloads = 0;
  #plainBytes = 0;
  #packedBytes = 0;
  #firstRatio: number | undefined;

  constructor(options: KindDictionaryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What may be packed with at this moment. */
  get usable(): Dictionary | undefined {
    const { redis } = this.#options;
    if (!redis.isReady) return undefined;
    if (redis.since === this.#confirmedOn) return this.#current;
    if (this.#clock.monotonic() >= this.#notBefore) this.look().catch(() => {}); // The loop tells.
    return undefined;
  }

  /** What this process has packed with last, whether or not Redis holds it. */
  get known(): Dictionary | undefined {
    return this.#current;
  }

  /** A payload was packed. */
  note(payload: Buffer, packedBytes: number): void {
    this.#payloads += 1;
    this.#plainBytes += payload.length;
    this.#packedBytes += packedBytes;
    if (this.#payloads >= WINDOW) this.#judge();
    if (!this.#samples) return;
    this.#samples.offer(payload);
    if (this.#samples.areEnough) void this.#learn(this.#samples.all);
    else if (this.#samples.areTooAlike) {
      this.#samples = undefined;
      this.#restUntil = this.#clock.monotonic() + REST_MS;
    }
  }

  /** Somebody else needs the memory. */
  dropSamples(): void {
    this.#samples = undefined;
  }

  /** Asks Redis what the current one is; has it keep ours. Rejects when it cannot. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        this.#notBefore = this.#clock.monotonic() + AGAIN_MS;
        throw error;
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { redis, store, queue, kind } = this.#options;
    if (!redis.isReady) return;
    const { since } = redis;
    const [current, learned] = [this.#current, this.#learned];
    const raw = await redis.raw();
    const keep = (dictionary: Dictionary, isInUse: boolean): Promise<Dictionary | undefined> =>
      store.keep(raw, queue, kind, { dictionary, isInUse, replaces: current?.id });
    let found: Dictionary | undefined;
    try {
      if (current) found = await keep(current, true);
      else if (!learned) found = await store.keep(raw, queue, kind, undefined);
      if (learned) found = await keep(learned, false);
    } catch (error) {
      // The others' cannot be read here, and there is none of ours: one that is learned will take its place.
      if (!(error instanceof CoordinatorError) || error.code === 'CONNECTION_LOST') throw error;
      this.#confirmedOn = since;
      if (!current) this.#gather();
      throw error;
    }
    this.#learned = undefined;
    this.#adopt(found);
    this.#confirmedOn = since;
  }

  #adopt(found: Dictionary | undefined): void {
    if (found && found.id !== this.#current?.id) {
      this.#current = found;
      this.#firstRatio = undefined;
      this.#beginWindow();
      this.#restUntil = this.#clock.monotonic() + REST_MS;
      this.#samples = undefined;
    }
    if (!found && !this.#samples) this.#gather();
  }

  #judge(): void {
    const ratio = this.#packedBytes / this.#plainBytes;
    this.#beginWindow();
    if (this.#confirmedOn === undefined) return;
    this.#firstRatio ??= ratio;
    if (!this.#current || ratio > this.#firstRatio * WORSE) this.#gather();
  }

  #beginWindow(): void {
    this.#payloads = 0;
    this.#plainBytes = 0;
    this.#packedBytes = 0;
  }

  #gather(): void {
    if (this.#samples || this.#isLearning || this.#learned) return;
    if (this.#clock.monotonic() < this.#restUntil) return;
    this.#options.onGather?.(this);
    this.#samples = new Samples();
  }

  async #learn(samples: readonly Buffer[]): Promise<void> {
    this.#samples = undefined;
    this.#isLearning = true;
    const bytes = await learn(samples, this.#current?.bytes, this.#options.signal);
    this.#isLearning = false;
    this.#restUntil = this.#clock.monotonic() + REST_MS;
    if (!bytes) return;
    this.#learned = { id: dictionaryId(bytes), bytes };
    await this.look().catch(() => {}); // The loop offers it again, and tells.
  }
}
