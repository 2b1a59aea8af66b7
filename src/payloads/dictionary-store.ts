/**
 * The dictionaries of a queue in Redis: one hash with the dictionaries by their ids, and the id of the current one
 * for each kind of payload.
 *
 * An id is made of the content, so two processes that learn the same write the same, and what is read can be
 * checked. A dictionary is written before, or in the same step as, anything names it. It is encrypted as the payloads
 * that name it are, and in the clear when they are: whoever reads them needs no other key.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { CoordinatorError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import type { Encryption } from './encrypt.ts';
import { decodeBody, encodeBody } from './envelope.ts';
import type { PayloadKind } from './payload-codec.ts';

/** What payloads are deflated with. */
export interface Dictionary {
  /** 8 hex digits of its SHA-256. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** A dictionary that is to be kept in Redis. */
export interface Offer {
  readonly dictionary: Dictionary;
  /** Payloads name it already: it must be there, whether or not it is the current one. */
  readonly isInUse: boolean;
  /** Id of the one in whose place it is to be the current one, when that still is. */
  readonly replaces: string | undefined;
}

/** In encrypted data, what tells a dictionary from a payload. */
const PURPOSE = 'dictionary';
/** Deflate uses no more of one, and what is learned is far smaller: nobody makes others remember more. */
const MOST_STORED_BYTES = 32 * 1024;

/**
 * KEYS 1 dictionaries of the queue · ARGV 1 kind, 2 id, 3 dictionary, 4 its header, 5 "1" when it is in use,
 * 6 id that it replaces. Without an id it only looks.
 * Returns the id of the current one, empty when there is none, and its bytes unless it is the one that was offered.
 * One step: the current one of a kind must be there whenever somebody reads its id, and the first to offer wins. One
 * that is in use is written again when it is gone, or when new payloads are encrypted with another key, or with none.
 */
const KEEP_LUA = /* lua */ `
local kind, id, bytes, header, isInUse, replaces = unpack(ARGV)
local current = redis.call('HGET', KEYS[1], kind)
if current and redis.call('HEXISTS', KEYS[1], current) == 0 and current ~= id then current = false end
if id ~= '' then
  local becomes = not current or current == replaces or current == id
  if becomes or isInUse == '1' then
    local stored = redis.call('HGET', KEYS[1], id)
    if not stored or string.sub(stored, 1, #header) ~= header then
      redis.call('HSET', KEYS[1], id, bytes)
    end
  end
  if becomes then
    if current ~= id then redis.call('HSET', KEYS[1], kind, id) end
    return {id, ''}
  end
end
if not current then return {'', ''} end
return {current, redis.call('HGET', KEYS[1], current)}`;

/** The id of a dictionary. */
export function dictionaryId(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}

/** Keeps and reads dictionaries. Every method rejects when Redis does not answer. */
export class DictionaryStore {
  readonly #keys: Keys;
  readonly #encryption: Encryption;

  constructor(keys: Keys, encryption: Encryption) {
    this.#keys = keys;
    this.#encryption = encryption;
  }

  /**
   * The current dictionary of a kind, after it was told of one. When this resolves, and an offered one is in use or
   * current, it is in Redis. An offered one takes the place of one that cannot be read here. Without an offer that
   * rejects with PAYLOAD_UNREADABLE or PAYLOAD_KEY_UNKNOWN.
   */
  async keep(
    redis: Redis,
    queue: string,
    kind: PayloadKind,
    offer: Offer | undefined,
  ): Promise<Dictionary | undefined> {
    const { header, body } = offer ? this.#pack(queue, offer.dictionary.bytes) : NOTHING;
    const [current, bytes] = (await redis.callBuffer(
      ...(['EVAL', KEEP_LUA, '1', this.#keys.dictionaries(queue), kind] as const),
      ...[offer?.dictionary.id ?? '', body, header],
      ...[offer?.isInUse ? '1' : '0', offer?.replaces ?? ''],
    )) as [Buffer, Buffer];
    const id = current.toString('latin1');
    if (id === '') return undefined;
    if (id === offer?.dictionary.id) return offer.dictionary;
    let found: Dictionary;
    try {
      found = this.#unpack(queue, id, bytes);
    } catch (error) {
      if (!offer) throw error;
      return await this.keep(redis, queue, kind, { ...offer, replaces: id });
    }
    if (decodeBody(bytes).packing.key === this.#encryption.currentKey(queue)) return found;
    // Payloads are about to name it, and not all who read them may have its key.
    const asPayloads = { dictionary: found, isInUse: true, replaces: undefined };
    return await this.keep(redis, queue, kind, asPayloads);
  }

  /** Undefined when it is not there. Rejects as `keep` does. */
  async read(redis: Redis, queue: string, id: string): Promise<Dictionary | undefined> {
    const stored = await redis.hgetBuffer(this.#keys.dictionaries(queue), id);
    return stored ? this.#unpack(queue, id, stored) : undefined;
  }

  #pack(queue: string, bytes: Buffer): { readonly header: string; readonly body: Buffer } {
    const packing = { isDeflated: false, plainBytes: bytes.length, dictionary: undefined };
    const sealed = this.#encryption.seal({ queue, kind: PURPOSE }, packing, bytes);
    return { header: sealed.header, body: encodeBody(sealed) };
  }

  #unpack(queue: string, id: string, stored: Buffer): Dictionary {
    if (stored.length > MOST_STORED_BYTES)
      throw new CoordinatorError(
        'PAYLOAD_UNREADABLE',
        `the dictionary "${id}" in ${this.#keys.dictionaries(queue)} has ${stored.length} bytes, more than any that was learned: restore it`,
      );
    const bytes = this.#encryption.open({ queue, kind: PURPOSE }, decodeBody(stored));
    if (dictionaryId(bytes) !== id)
      throw new CoordinatorError(
        'PAYLOAD_UNREADABLE',
        `the dictionary "${id}" in ${this.#keys.dictionaries(queue)} is damaged: restore it`,
      );
    return { id, bytes };
  }
}

const NOTHING = { header: '', body: Buffer.alloc(0) } as const;
