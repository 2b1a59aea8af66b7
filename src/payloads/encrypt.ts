/**
 * Encrypts payloads, so that who reads Redis does not read them, and who writes there cannot swap them.
 *
 * AES-256-GCM under a key derived (HKDF-SHA-256) for one queue and one kind of payload, with 12 random bytes as
 * nonce: chance meetings of nonces are counted per queue and kind, not for all that a key of the ring ever did, and
 * their usual limit of 2^32 payloads is one of queue, kind and key. What is authenticated beside the bytes: queue,
 * kind and the header of the envelope, which names version, length, dictionary and key. So a payload moved to another
 * queue, taken for another kind, or changed, does not open.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { CoordinatorError } from '../errors.ts';
import { type Envelope, encodeHeader, type Packing } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SUBKEY_BYTES = 32;
/** Subkeys that are kept for one key; each queue needs three or four. */
const MOST_SUBKEYS = 4_096;

/** What encrypted bytes belong to. */
export interface Purpose {
  readonly queue: string;
  /** A kind of payload, or what else is encrypted for a queue. */
  readonly kind: string;
}

/** Encrypts with the current keys of queues, and decrypts with any key that some ring holds. */
export class Encryption {
  readonly #rings = new Map<string, KeyRing>();
  /** Key → purpose → subkey. */
  readonly #subkeys = new WeakMap<Buffer, Map<string, KeyObject>>();

  define(queue: string, ring: KeyRing | undefined): void {
    if (ring) this.#rings.set(queue, ring);
    else this.#rings.delete(queue);
  }

  /** Id of the key that the payloads of a queue are encrypted with; undefined when they are not. */
  currentKey(queue: string): string | undefined {
    return this.#rings.get(queue)?.current;
  }

  /** The bytes under their header, encrypted when the queue has a current key. Throws PAYLOAD_KEY_UNKNOWN. */
  seal(purpose: Purpose, packing: Omit<Packing, 'key'>, bytes: Buffer): Omit<Envelope, 'packing'> {
    const id = this.currentKey(purpose.queue);
    const header = encodeHeader({ ...packing, key: id });
    if (id === undefined) return { header, bytes };
    const key = this.#rings.get(purpose.queue)!.key(id);
    if (!key)
      throw new CoordinatorError(
        'PAYLOAD_KEY_UNKNOWN',
        `The ${purpose.kind} of queue "${purpose.queue}" is to be encrypted with the key "${id}", which its ring does not hold: add that key, or make another one current`,
      );
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#subkey(key, purpose), nonce);
    cipher.setAAD(authenticated(purpose, header));
    const encrypted = cipher.update(bytes);
    cipher.final();
    return { header, bytes: Buffer.concat([nonce, cipher.getAuthTag(), encrypted]) };
  }

  /** The bytes that were sealed. Throws PAYLOAD_KEY_UNKNOWN and PAYLOAD_UNREADABLE. */
  open(purpose: Purpose, { packing, header, bytes }: Envelope): Buffer {
    const { key: id } = packing;
    if (id === undefined) return bytes;
    const keys = this.#keysOf(purpose.queue, id);
    if (keys.length === 0) throw unknownKey(id);
    for (const key of keys) {
      const plain = decrypted(this.#subkey(key, purpose), authenticated(purpose, header), bytes);
      if (plain) return plain;
    }
    throw new CoordinatorError(
      'PAYLOAD_UNREADABLE',
      `it does not open with the key "${id}": it was changed, belongs to another queue or kind, or the key is not the one that it was encrypted with`,
    );
  }

  /** That of the queue's own ring, or those of other rings: a process may read queues that it has no policy for. */
  #keysOf(queue: string, id: string): Buffer[] {
    const own = this.#rings.get(queue)?.key(id);
    if (own) return [own];
    const others = [...new Set(this.#rings.values())].map((ring) => ring.key(id));
    return others.filter((key) => key !== undefined);
  }

  #subkey(key: Buffer, { queue, kind }: Purpose): KeyObject {
    const subkeys = this.#subkeys.get(key) ?? new Map<string, KeyObject>();
    this.#subkeys.set(key, subkeys);
    const info = `drover payload\0${kind}\0${queue}`;
    const known = subkeys.get(info);
    if (known) return known;
    const derived = hkdfSync('sha256', key, '', info, SUBKEY_BYTES);
    const subkey = createSecretKey(Buffer.from(derived));
    if (subkeys.size >= MOST_SUBKEYS) subkeys.clear();
    subkeys.set(info, subkey);
    return subkey;
  }
}

/** Undefined when it was not encrypted with this key for this purpose. */
function decrypted(key: KeyObject, data: Buffer, bytes: Buffer): Buffer | undefined {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(data);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

function authenticated({ queue, kind }: Purpose, header: string): Buffer {
  return Buffer.from(`drover\0${kind}\0${header}\0${queue}`);
}

function unknownKey(id: string): CoordinatorError {
  return new CoordinatorError(
    'PAYLOAD_KEY_UNKNOWN',
    `it is encrypted with the key "${id}", which the ring of this process does not hold: put that key back`,
  );
}
