/**
 * Writes and reads bodies in the stores of this process, each call within a deadline.
 *
 * What a store throws becomes BODY_STORE_UNAVAILABLE, which is worth another try, whatever it is: a job is not given
 * up because a package could not be loaded here. That a body is not there becomes BODY_MISSING, which is not. Nothing
 * is cached: most bodies are read once, by the worker that runs their job. Whether a store works is told when it
 * changes.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { abortable } from '../base/wait.ts';
import type { BodyKey, BodyStore } from '../config/body-store.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import { type Announce, Repetition } from '../events.ts';
import { createBodyId, isBodyId } from './body-id.ts';
import type { PayloadPlaces } from './payload-places.ts';

/** Longest time of a call with a small body. */
const USUAL_TIMEOUT_MS = 5_000;
/** A large one may take longer: a slow store moves so much. */
const BYTES_PER_MS = 2_000;
/** The same for every call: what repeats is told seldom. */
const LATE = 'it did not answer in time';

/** What bodies need. */
export interface BodiesOptions {
  /** The first is written to. Names are unique. */
  readonly stores: readonly BodyStore[];
  readonly places: Pick<PayloadPlaces, 'note'>;
  readonly announce: Announce;
  /** @default 5 s */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

interface Trouble {
  readonly since: number;
  readonly messages: Repetition;
}

/** The stores of a process, as the codec uses them. */
export class Bodies {
  readonly stores: readonly BodyStore[];
  readonly #options: BodiesOptions;
  readonly #clock: Clock;
  readonly #troubles = new Map<string, Trouble>();

  constructor(options: BodiesOptions) {
    this.stores = options.stores;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Throws CONFIG_INVALID when no store has this name. For when a queue is defined. */
  check(storeName: string): void {
    if (!this.#find(storeName))
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `${this.#unknown(storeName)}: add it to bodies.stores`,
      );
  }

  /**
   * Writes a body under a new id. Rejects with BODY_STORE_UNAVAILABLE: then it may be there all the same, and is swept.
   *
   * @param storeName undefined is the first store
   */
  async put(
    queue: string,
    storeName: string | undefined,
    body: Buffer,
  ): Promise<{ store: string; id: string }> {
    const store = storeName === undefined ? this.stores[0]! : this.#find(storeName);
    if (!store) throw this.#unavailable(this.#unknown(storeName!));
    const id = createBodyId();
    await this.#call(store, { queue, id }, body.length, async (signal) => {
      // In this order: what is in no index of places must not be referred to.
      await this.#options.places.note(queue);
      await store.put({ queue, id }, body, signal);
    });
    return { store: store.name, id };
  }

  /**
   * The whole body, as it was stored; whoever knows its checksum compares. Rejects with BODY_MISSING and
   * BODY_STORE_UNAVAILABLE.
   *
   * @param bytes how large it should be: large ones may take longer
   */
  async get(queue: string, storeName: string, id: string, bytes = 0): Promise<Buffer> {
    if (!isBodyId(id))
      throw new CoordinatorError(
        'BODY_MISSING',
        `the pointer names the body "${id}", which is no id`,
      );
    const store = this.#find(storeName);
    // Another process may have it: no reason to give the job up.
    if (!store) throw this.#unavailable(this.#unknown(storeName));
    const body = await this.#call(store, { queue, id }, bytes, (signal) =>
      store.get({ queue, id }, signal),
    );
    if (body) return body;
    throw new CoordinatorError(
      'BODY_MISSING',
      `the store "${storeName}" has no body ${id} of queue "${queue}": restore it there`,
    );
  }

  /** Closes the stores; the coordinator owns those it was given. */
  async close(): Promise<void> {
    await Promise.allSettled(this.stores.map((store) => store.close?.()));
  }

  async #call<T>(
    store: BodyStore,
    { queue, id }: BodyKey,
    bytes: number,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = (this.#options.timeoutMs ?? USUAL_TIMEOUT_MS) + bytes / BYTES_PER_MS;
    const deadline = new AbortController();
    const cancel = this.#clock.after(timeoutMs, () => deadline.abort(new Error(LATE)));
    try {
      const answer = await abortable(run(deadline.signal), deadline.signal);
      this.#noteSuccess(store);
      return answer;
    } catch (cause) {
      if (isOfThisBody(cause)) throw cause;
      this.#noteTrouble(store, cause);
      throw this.#unavailable(
        `the store "${store.name}" failed with body ${id} of queue "${queue}": ${messageOf(cause)}`,
        cause,
      );
    } finally {
      cancel();
    }
  }

  #noteTrouble({ name }: BodyStore, error: unknown): void {
    const trouble = this.#troubles.get(name) ?? {
      since: this.#clock.monotonic(),
      messages: new Repetition(),
    };
    this.#troubles.set(name, trouble);
    const message = messageOf(error);
    const repeated = trouble.messages.count(message);
    this.#options.announce('bodies.unavailable', { store: name, message, repeated });
  }

  #noteSuccess({ name }: BodyStore): void {
    const trouble = this.#troubles.get(name);
    if (!trouble) return;
    this.#troubles.delete(name);
    const afterMs = this.#clock.monotonic() - trouble.since;
    this.#options.announce('bodies.available', { store: name, afterMs });
  }

  #find(storeName: string): BodyStore | undefined {
    return this.stores.find(({ name }) => name === storeName);
  }

  #unknown(storeName: string): string {
    const names = this.stores.map(({ name }) => `"${name}"`).join(', ');
    return `no store named "${storeName}" is configured here, only ${names}`;
  }

  #unavailable(message: string, cause?: unknown): CoordinatorError {
    return new CoordinatorError('BODY_STORE_UNAVAILABLE', message, { cause });
  }
}

/** Whether it would fail everywhere, and again. */
function isOfThisBody(error: unknown): boolean {
  if (!(error instanceof CoordinatorError) || error.retryable) return false;
  return /^(?:BODY|PAYLOAD)_/.test(error.code);
}
