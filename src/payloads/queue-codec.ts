/**
 * The codec of one queue: the steps of its policy, in order, and back.
 *
 *   pack      too large? → deflate, when that pays → encrypt → envelope
 *   offload   envelope or JSON → body in a store → pointer
 *   unpack    pointer → body → decrypt → inflate → JSON
 *
 * Each step answers at once unless something is large or must be fetched. A queue without a policy costs one look at
 * the beginning of a text: it reads envelopes, and wraps what would be taken for one. `'{}'` is never packed, since
 * BullMQ's scripts compare with it.
 */
import { createHash } from 'node:crypto';
import { after } from '../base/perhaps.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import { deflateLarge, deflateSmall, inflate, MOST_PLAIN_BYTES, SMALL_BYTES } from './compress.ts';
import type { Dictionaries } from './dictionaries.ts';
import type { Dictionary } from './dictionary-store.ts';
import type { Encryption } from './encrypt.ts';
import {
  decodeBody,
  decodeEnvelope,
  decodePointer,
  dictionaryIdOf,
  type Envelope,
  encodeBody,
  encodeEnvelope,
  encodeHeader,
  encodePointer,
  isEnvelope,
  isPointer,
  readPointer,
} from './envelope.ts';
import type { KindDictionary } from './kind-dictionary.ts';
import type { PayloadCodec, PayloadKind, Perhaps } from './payload-codec.ts';
import type { PayloadObserver } from './payload-observer.ts';
import type { PayloadPolicy } from './payload-policy.ts';
import type { SizeLimit } from './size-limit.ts';

/** Where bodies are written to and read from. */
export interface BodyAccess {
  /** @param storeName undefined is the first store. Rejects with BODY_STORE_UNAVAILABLE. */
  put(
    queue: string,
    storeName: string | undefined,
    body: Buffer,
  ): Promise<{ readonly store: string; readonly id: string }>;
  /** Rejects with BODY_MISSING or BODY_STORE_UNAVAILABLE. */
  get(queue: string, store: string, id: string, bytes: number): Promise<Buffer>;
}

/** What codecs share. */
export interface CodecParts {
  readonly encryption: Encryption;
  readonly dictionaries: Dictionaries;
  readonly bodies: BodyAccess;
  readonly observer: PayloadObserver | undefined;
}

/** A payload's deflated bytes, and what they were deflated with. */
interface Deflation {
  readonly deflated: Buffer;
  readonly dictionary?: Dictionary | undefined;
}

const EMPTY = '{}';
/** Characters of the checksum of a body: 128 bits. */
const CHECKSUM_CHARACTERS = 22;
/** Base64 and an envelope around it must fit into a string. */
const MOST_SEALED_BYTES = Math.floor((MOST_PLAIN_BYTES - 1_024) * 0.75);
/** UTF-8 takes at most so many bytes for a character of a string. */
const MOST_BYTES_EACH = 3;
/** Redis closes the connection of whoever sends more (`proto-max-bulk-len`), and with it what others have sent. */
const MOST_STORED_BYTES = 512 * 1024 * 1024;
const SURELY_STORABLE = Math.floor(MOST_STORED_BYTES / MOST_BYTES_EACH);

/** Packs and unpacks the payloads of a queue. */
export class QueueCodec implements PayloadCodec {
  readonly #queue: string;
  readonly #parts: CodecParts;
  readonly #dictionaries = new Map<PayloadKind, KindDictionary>();
  #policy: PayloadPolicy | undefined;
  #limit: SizeLimit | undefined;

  constructor(queue: string, parts: CodecParts) {
    this.#queue = queue;
    this.#parts = parts;
  }

  /** Whoever has asked for this codec already packs by the policy from now on. */
  define(policy: PayloadPolicy, limit: SizeLimit | undefined): void {
    this.#policy = policy;
    this.#limit = limit;
  }

  get isPlain(): boolean {
    return this.#policy === undefined;
  }

  pack(kind: PayloadKind, json: string): Perhaps<string> {
    if (json.length > SURELY_STORABLE) this.#checkStorable(kind, json);
    if (isEnvelope(json)) this.#checkOwn(kind, json);
    else if (this.#policy === undefined) return json;
    if (json === EMPTY) return json;
    const { compressAboveBytes = Number.POSITIVE_INFINITY } = this.#policy ?? {};
    this.#limit?.check(kind, json);
    const isEncrypted = this.#parts.encryption.currentKey(this.#queue) !== undefined;
    const mayDeflate = json.length * MOST_BYTES_EACH > compressAboveBytes;
    if (!isEncrypted && !mayDeflate && !isEnvelope(json)) {
      this.#observe(kind, json, json);
      return json;
    }
    const bytes = Buffer.from(json);
    if (bytes.length <= compressAboveBytes) return this.#seal(kind, json, bytes);
    if (bytes.length > SMALL_BYTES)
      return deflateLarge(bytes).then((deflated) => this.#seal(kind, json, bytes, { deflated }));
    const learned = this.#dictionaryOf(kind);
    const dictionary = learned.usable;
    const deflated = deflateSmall(bytes, dictionary?.bytes);
    learned.note(bytes, deflated.length);
    return this.#seal(kind, json, bytes, { deflated, dictionary });
  }

  offload(kind: PayloadKind, packed: string): Perhaps<string> {
    const { offloadAboveBytes } = this.#policy ?? {};
    if (offloadAboveBytes === undefined || packed.length * MOST_BYTES_EACH <= offloadAboveBytes)
      return packed;
    if (isPointer(packed) || packed === EMPTY) return packed;
    if (Buffer.byteLength(packed) <= offloadAboveBytes) return packed;
    return this.#offload(kind, packed);
  }

  selfContained(kind: PayloadKind, packed: string): Perhaps<string> {
    if (dictionaryIdOf(packed) === undefined || isPointer(packed)) return packed;
    return after(this.unpack(kind, packed), (json) => {
      const bytes = Buffer.from(json);
      return this.#enclose(kind, json, bytes, { deflated: deflateSmall(bytes, undefined) });
    });
  }

  unpack(kind: PayloadKind, stored: string): Perhaps<string> {
    if (!isEnvelope(stored)) return stored;
    let plain: Perhaps<string>;
    try {
      plain = isPointer(stored)
        ? this.#fetch(kind, stored)
        : this.#open(kind, decodeEnvelope(stored));
    } catch (error) {
      throw this.#inWords(kind, error);
    }
    if (typeof plain === 'string') return plain;
    return plain.catch((error: unknown) => {
      throw this.#inWords(kind, error);
    });
  }

  #seal(kind: PayloadKind, json: string, bytes: Buffer, deflation?: Deflation): string {
    const stored = this.#enclose(kind, json, bytes, deflation);
    this.#observe(kind, json, stored, bytes.length);
    return stored;
  }

  /** The smaller of JSON and its deflated bytes, in an envelope when it needs one. */
  #enclose(kind: PayloadKind, json: string, bytes: Buffer, deflation?: Deflation): string {
    const { encryption } = this.#parts;
    const isEncrypted = encryption.currentKey(this.#queue) !== undefined;
    const isDeflated = deflation !== undefined && deflation.deflated.length < bytes.length;
    const content = isDeflated ? deflation.deflated : bytes;
    const dictionary = isDeflated ? deflation.dictionary?.id : undefined;
    const packing = { isDeflated, plainBytes: bytes.length, dictionary };
    if (content.length > MOST_SEALED_BYTES) throw this.#tooLong(kind, bytes.length);
    const { header, bytes: sealed } = encryption.seal(
      { queue: this.#queue, kind },
      packing,
      content,
    );
    const envelope = encodeEnvelope(header, sealed);
    const isNeeded = isEncrypted || isEnvelope(json);
    return isNeeded || envelope.length < bytes.length ? envelope : json;
  }

  async #offload(kind: PayloadKind, packed: string): Promise<string> {
    const envelope = isEnvelope(packed) ? decodeEnvelope(packed) : asItIs(packed);
    const body = encodeBody(envelope);
    const { bodies, observer } = this.#parts;
    const { store, id } = await bodies.put(this.#queue, this.#policy?.offloadTo, body);
    observer?.offloaded(this.#queue, kind, body.length);
    const checksum = checksumOf(body);
    return encodePointer(envelope.packing, { store, id, bytes: body.length, checksum });
  }

  async #fetch(kind: PayloadKind, stored: string): Promise<string> {
    const pointer = decodePointer(stored);
    const { store, id, bytes } = pointer;
    const body = await this.#parts.bodies.get(this.#queue, store, id, bytes);
    if (body.length !== pointer.bytes || checksumOf(body) !== pointer.checksum)
      throw new CoordinatorError(
        'BODY_MISSING',
        `its body "${id}" in the store "${store}" is damaged: it has ${body.length} bytes instead of ${pointer.bytes}, or others than were written. Restore it there`,
      );
    return this.#open(kind, decodeBody(body));
  }

  #open(kind: PayloadKind, envelope: Envelope): Perhaps<string> {
    const { isDeflated, plainBytes, dictionary } = envelope.packing;
    const bytes = this.#parts.encryption.open({ queue: this.#queue, kind }, envelope);
    if (!isDeflated) {
      if (bytes.length !== plainBytes) throw damaged(bytes.length, plainBytes);
      return bytes.toString();
    }
    this.#limit?.checkInflated(kind, plainBytes);
    const inflated = (with_: Buffer | undefined): Perhaps<string> => {
      const plain = inflate(bytes, plainBytes, with_);
      return Buffer.isBuffer(plain) ? plain.toString() : plain.then(String);
    };
    if (dictionary === undefined) return inflated(undefined);
    const found = this.#parts.dictionaries.get(this.#queue, dictionary);
    return Buffer.isBuffer(found) ? inflated(found) : found.then(inflated);
  }

  /** Made for the first payload: most queues never pack progress. */
  #dictionaryOf(kind: PayloadKind): KindDictionary {
    const known = this.#dictionaries.get(kind);
    if (known) return known;
    const made = this.#parts.dictionaries.of(this.#queue, kind);
    this.#dictionaries.set(kind, made);
    return made;
  }

  #observe(kind: PayloadKind, json: string, stored: string, bytes?: number): void {
    const { observer } = this.#parts;
    if (this.#policy === undefined || !observer) return;
    const plainBytes = bytes ?? Buffer.byteLength(json);
    const storedBytes = stored === json ? plainBytes : stored.length;
    observer.packed(this.#queue, kind, plainBytes, storedBytes);
  }

  #checkStorable(kind: PayloadKind, json: string): void {
    const bytes = Buffer.byteLength(json);
    if (bytes > MOST_STORED_BYTES) throw this.#tooLong(kind, bytes);
  }

  /** Wrapped once more, no sweep would see that it refers to a body or a dictionary: these would be deleted. */
  #checkOwn(kind: PayloadKind, json: string): void {
    if (!readPointer(json) && dictionaryIdOf(json) === undefined) return;
    throw new CoordinatorError(
      'DATA_INVALID',
      `The ${kind} of a job of queue "${this.#queue}" is what Drover has stored in place of a payload that could not be read: read the job again when it can be`,
    );
  }

  #inWords(kind: PayloadKind, error: unknown): CoordinatorError {
    const code = error instanceof CoordinatorError ? error.code : 'PAYLOAD_UNREADABLE';
    return new CoordinatorError(
      code,
      `The ${kind} of a job of queue "${this.#queue}" cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }

  #tooLong(kind: PayloadKind, bytes: number): CoordinatorError {
    return new CoordinatorError(
      'PAYLOAD_TOO_LARGE',
      `The ${kind} of a job of queue "${this.#queue}" has ${bytes} bytes, more than can be stored: keep it elsewhere and pass a reference`,
    );
  }
}

function asItIs(json: string): Envelope {
  const bytes = Buffer.from(json);
  const packing = {
    ...{ isDeflated: false, plainBytes: bytes.length },
    ...{ dictionary: undefined, key: undefined },
  };
  return { packing, header: encodeHeader(packing), bytes };
}

function checksumOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, CHECKSUM_CHARACTERS);
}

function damaged(bytes: number, plainBytes: number): CoordinatorError {
  return new CoordinatorError(
    'PAYLOAD_UNREADABLE',
    `it has ${bytes} bytes instead of ${plainBytes}: restore it`,
  );
}
