/**
 * The keys that payloads are encrypted with: new ones with the current key, old ones with the key they name.
 *
 * Rotation: add the new key everywhere, then make it current, and take the old one away when no payload names it.
 * Whatever prints a ring, or turns it into JSON, sees ids and no key.
 */
import { CoordinatorError } from '../errors.ts';

/** Keys by id. */
export interface KeyRing {
  /** Id of the key that new payloads are encrypted with; undefined encrypts none and still reads. */
  readonly current: string | undefined;
  /** 32 bytes; undefined when the ring does not hold it. */
  key(id: string): Buffer | undefined;
}

/** What a ring is made of. */
export interface KeyRingOptions {
  /** Id of the key for new payloads. Undefined, said on purpose: none is encrypted, and old ones are still read. */
  readonly current: string | undefined;
  /** Id → 32 bytes, as base64 or as they are. Ids: 1 to 32 letters, digits, `-`, `_` and `.`. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>;
}

const KEY_BYTES = 32;
const ID = /^[\w.-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const MAKE_ONE = 'make one with `node -p "crypto.randomBytes(32).toString(\'base64\')"`';

/** Makes a ring of keys that your secret store holds. Throws CONFIG_INVALID. */
export function keyRing(options: KeyRingOptions): KeyRing {
  const { current, keys } = options;
  if (typeof keys !== 'object' || keys === null)
    throw invalid('`keys` is missing: give an object of key ids and keys');
  const held = new Map<string, Buffer>();
  for (const [id, key] of Object.entries(keys)) {
    if (!ID.test(id))
      throw invalid(
        `the id ${JSON.stringify(id)} cannot be used: give 1 to 32 letters, digits, "-", "_" or "."`,
      );
    held.set(id, bytesOf(id, key));
  }
  if (current !== undefined && !held.has(current))
    throw invalid(
      `the current key ${JSON.stringify(current)} is not among its keys (${listOf(held)}): add it, or make another one current`,
    );
  return new HeldKeys(current, held);
}

/** Whether a value can be used as a ring. */
export function isKeyRing(value: unknown): value is KeyRing {
  return typeof (value as Partial<KeyRing> | undefined)?.key === 'function';
}

class HeldKeys implements KeyRing {
  readonly current: string | undefined;
  readonly #keys: ReadonlyMap<string, Buffer>;

  constructor(current: string | undefined, keys: ReadonlyMap<string, Buffer>) {
    this.current = current;
    this.#keys = keys;
  }

  key(id: string): Buffer | undefined {
    return this.#keys.get(id);
  }

  toJSON(): { current: string | undefined; ids: string[] } {
    return { current: this.current, ids: [...this.#keys.keys()] };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `KeyRing { current: ${this.current ?? 'none'}, ids: ${listOf(this.#keys)} }`;
  }
}

/** A copy: what the caller does with its own bytes later changes nothing. */
function bytesOf(id: string, key: unknown): Buffer {
  let bytes: Buffer;
  if (typeof key === 'string') {
    if (!BASE64.test(key.trim())) throw invalid(`the key "${id}" is no base64: ${MAKE_ONE}`);
    bytes = Buffer.from(key.trim(), 'base64');
  } else if (ArrayBuffer.isView(key)) {
    bytes = Buffer.from(Buffer.from(key.buffer, key.byteOffset, key.byteLength));
  } else {
    throw invalid(`the key "${id}" is ${key === null ? 'null' : typeof key}: give base64 or bytes`);
  }
  if (bytes.length !== KEY_BYTES)
    throw invalid(`the key "${id}" has ${bytes.length} bytes instead of ${KEY_BYTES}: ${MAKE_ONE}`);
  if (bytes.every((byte) => byte === bytes[0]))
    throw invalid(`the key "${id}" is the same byte again and again: ${MAKE_ONE}`);
  return bytes;
}

function listOf(keys: ReadonlyMap<string, Buffer>): string {
  return [...keys.keys()].join(', ') || 'none';
}

function invalid(message: string): CoordinatorError {
  return new CoordinatorError('CONFIG_INVALID', `A key ring cannot be used: ${message}`);
}
