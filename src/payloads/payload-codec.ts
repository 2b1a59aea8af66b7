/**
 * How the payloads of a queue look in Redis: the port between the backend and the steps of the codec.
 *
 * Texts are what BullMQ stores and reads: JSON. A packed text is JSON, too, an envelope, so that BullMQ's scripts
 * and other tools live with it. What is no envelope is handed back as it is: a policy can be switched on and off
 * with jobs in flight. Each step answers at once where it can, since it runs on every job's path; a promise means
 * that something must be fetched or is large.
 */

/** What a payload is to its job. Authenticated where it is encrypted. */
export type PayloadKind = 'data' | 'result' | 'progress';

/** A value, or the promise of one. */
export type Perhaps<T> = T | Promise<T>;

/** The payloads of one queue. */
export interface PayloadCodec {
  /**
   * True when `pack` changes only what looks like an envelope and `offload` nothing: then nobody makes JSON of a value
   * just to ask. @default false
   */
  readonly isPlain?: boolean;
  /**
   * Compresses and encrypts, as the queue's policy says. Throws PAYLOAD_TOO_LARGE, and DATA_INVALID for what is a stored
   * payload itself.
   *
   * @param json what BullMQ would store
   */
  pack(kind: PayloadKind, json: string): Perhaps<string>;
  /**
   * Puts a large text into the body store and returns a pointer in its place; returns any other as it is. Rejects
   * with BODY_STORE_UNAVAILABLE.
   *
   * @param packed what `pack` returned. Call it when Redis is known to be there, and once for each add: every call
   *   writes a body of its own, and a body that nothing refers to is swept in time
   */
  offload(kind: PayloadKind, packed: string): Perhaps<string>;
  /**
   * What `pack` returned, so that nothing of Redis is needed to read it: for what is kept outside of it. Rejects as
   * `unpack` does.
   */
  selfContained?(kind: PayloadKind, packed: string): Perhaps<string>;
  /**
   * What was packed. Throws PAYLOAD_UNREADABLE, PAYLOAD_KEY_UNKNOWN, BODY_MISSING, and BODY_STORE_UNAVAILABLE, which
   * alone is worth another try.
   *
   * @param stored what is in Redis: an envelope, a pointer or plain JSON
   */
  unpack(kind: PayloadKind, stored: string): Perhaps<string>;
}

/** The codecs of all queues. */
export interface PayloadCodecs {
  /**
   * There is one for every queue: without a policy it reads envelopes, and packs only what looks like one.
   *
   * @param queueLabel name of the queue inside Drover's keys
   */
  of(queueLabel: string): PayloadCodec;
}
