/**
 * The dictionaries of all queues in this process: those that it packs with, and those that it has read with.
 *
 * An id that a payload names and this process does not know is fetched from Redis once, whoever waits for it. When
 * Redis is away that ends with an error that is worth another try. So it does at first when Redis does not hold it:
 * whoever packed with it writes it again within a minute when Redis has lost it.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Keys } from '../keys.ts';
import { DictionaryStore } from './dictionary-store.ts';
import type { Encryption } from './encrypt.ts';
import { type DictionaryRedis, KindDictionary } from './kind-dictionary.ts';
import type { PayloadKind, Perhaps } from './payload-codec.ts';

/** What they need. */
export interface DictionariesOptions {
  readonly redis: DictionaryRedis;
  readonly keys: Keys;
  readonly encryption: Encryption;
  readonly clock?: Clock;
}

const FETCH_MS = 5_000;
/** How long a missing one is waited for: three rounds of those who would write it again. */
const MISSING_MS = 180_000;
/** Dictionaries that are remembered for reading, of 6 KB each. */
const MOST_READ = 512;
/** Samples are gathered for so many kinds at a time, below 1 MB each. */
const MOST_GATHERING = 32;

/** Hands out dictionaries for packing and for reading. */
export class Dictionaries {
  readonly #options: DictionariesOptions;
  readonly #clock: Clock;
  readonly #store: DictionaryStore;
  readonly #stopping = new AbortController();
  /** Queue → its kinds. */
  readonly #packing = new Map<string, Map<PayloadKind, KindDictionary>>();
  /** Queue and id → dictionary, the last read last. */
  readonly #read = new Map<string, Buffer>();
  readonly #fetching = new Map<string, Promise<Buffer>>();
  /** Queue and id → since when Redis is known not to hold it. */
  readonly #missing = new Map<string, number>();
  readonly #gathering = new Set<KindDictionary>();

  constructor(options: DictionariesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = new DictionaryStore(options.keys, options.encryption);
  }

  /** For packing the payloads of a kind. */
  of(queue: string, kind: PayloadKind): KindDictionary {
    const kinds = this.#packing.get(queue) ?? new Map<PayloadKind, KindDictionary>();
    this.#packing.set(queue, kinds);
    const known = kinds.get(kind);
    if (known) return known;
    const one = new KindDictionary({
      ...{ redis: this.#options.redis, store: this.#store, queue, kind, clock: this.#clock },
      signal: this.#stopping.signal,
      onGather: (each) => this.#makeRoomFor(each),
    });
    kinds.set(kind, one);
    return one;
  }

  /**
   * For reading a payload that names it. Throws, or rejects with, BODY_STORE_UNAVAILABLE, which is worth another try,
   * PAYLOAD_UNREADABLE and PAYLOAD_KEY_UNKNOWN.
   */
  get(queue: string, id: string): Perhaps<Buffer> {
    for (const kind of this.#packing.get(queue)?.values() ?? [])
      if (kind.known?.id === id) return kind.known.bytes;
    const name = `${queue} ${id}`;
    const read = this.#read.get(name);
    if (read) return read;
    const fetching = this.#fetching.get(name) ?? this.#fetch(queue, id, name);
    this.#fetching.set(name, fetching);
    return fetching;
  }

  /** Once a minute, and when Redis has been emptied: what is packed with must be there. */
  async look(): Promise<void> {
    if (!this.#options.redis.isReady) return;
    const kinds = [...this.#packing.values()].flatMap((each) => [...each.values()]);
    const looks = await Promise.allSettled(kinds.map((kind) => kind.look()));
    const failed = looks.find((look) => look.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Ends learning. */
  close(): void {
    this.#stopping.abort();
  }

  async #fetch(queue: string, id: string, name: string): Promise<Buffer> {
    try {
      const bytes = await this.#fetched(queue, id);
      if (!bytes) throw this.#missingError(queue, id, name);
      this.#missing.delete(name);
      if (this.#read.size >= MOST_READ) this.#read.delete(this.#read.keys().next().value!);
      this.#read.set(name, bytes);
      return bytes;
    } finally {
      this.#fetching.delete(name);
    }
  }

  async #fetched(queue: string, id: string): Promise<Buffer | undefined> {
    const reading = this.#options.redis
      .raw()
      .then((redis) => this.#store.read(redis, queue, id))
      .catch((error: unknown) => {
        if (error instanceof CoordinatorError && !error.retryable) throw error;
        throw unavailable(id, messageOf(error), error);
      });
    const outcome = await withDeadline(reading, FETCH_MS, this.#clock);
    if (!outcome.settled) throw unavailable(id, 'Redis did not answer in time');
    return outcome.value?.bytes;
  }

  #missingError(queue: string, id: string, name: string): CoordinatorError {
    const since = this.#missing.get(name) ?? this.#clock.monotonic();
    if (this.#missing.size >= MOST_READ) this.#missing.clear();
    this.#missing.set(name, since);
    const key = this.#options.keys.dictionaries(queue);
    if (this.#clock.monotonic() - since < MISSING_MS)
      return unavailable(id, `${key} does not hold it, whoever packed with it may write it again`);
    return new CoordinatorError(
      'PAYLOAD_UNREADABLE',
      `it is compressed with the dictionary "${id}", which is not in ${key}: restore it there`,
    );
  }

  #makeRoomFor(one: KindDictionary): void {
    this.#gathering.delete(one);
    this.#gathering.add(one);
    const [oldest] = this.#gathering;
    if (this.#gathering.size <= MOST_GATHERING || !oldest) return;
    this.#gathering.delete(oldest);
    oldest.dropSamples();
  }
}

function unavailable(id: string, why: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'BODY_STORE_UNAVAILABLE',
    `the dictionary "${id}" that it is compressed with could not be read: ${why}`,
    { cause },
  );
}
