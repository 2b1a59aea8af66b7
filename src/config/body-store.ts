/**
 * Where the bodies of large payloads lie: the port that every store implements and the conformance suite tests.
 *
 * A body is written once under an id of its own, never changed, and may be shared by several jobs; so it has no
 * lifetime: the sweep deletes it when nothing has referred to it for a while. A store keeps bytes and knows nothing of
 * what they are.
 */

/** Names a body. */
export interface BodyKey {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  /** A ULID: sorts by the time it was made. */
  readonly id: string;
}

/** A body as a list tells of it. */
export interface StoredBody extends BodyKey {
  readonly bytes: number;
}

/** Keeps bodies. Every method rejects when its store cannot be reached or `signal` is aborted. */
export interface BodyStore {
  /** Kept in every pointer: never give a used name to another store. Letters, digits, `-`; at most 16. */
  readonly name: string;
  /** Resolves when the body would survive a crash as well as Redis itself does. */
  put(key: BodyKey, body: Buffer, signal: AbortSignal): Promise<void>;
  /** Undefined when there is none; never a part of a body. */
  get(key: BodyKey, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Deletes those that are there. */
  delete(keys: readonly BodyKey[], signal: AbortSignal): Promise<void>;
  /** All bodies, in pages of at most 1,000; what is written meanwhile may be missing. */
  list(signal: AbortSignal): AsyncIterable<readonly StoredBody[]>;
  /** Lets go of what it holds open. */
  close?(): Promise<void>;
}

/** Name of the store on the coordinator's own Redis, which is always there. */
export const OWN_STORE = 'redis';
