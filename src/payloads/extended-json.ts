/**
 * Dates, bigints and bytes inside ordinary JSON, and back: what `payload.types: 'extended'` does. Pure.
 *
 * Such a value becomes an object with one key: `{ "$date": "2026-03-01T…Z" }`, `{ "$bigint": "12" }`,
 * `{ "$buffer": "<base64>" }`, `{ "$bytes": "<base64>" }` (a Uint8Array). An object of the user's that looks like
 * one gets a `$` more, and loses it when it is read: `{ $date: 1 }` is `{ "$$date": 1 }`. All else is as in JSON;
 * other tools see valid JSON. Values are copied where they change and never changed themselves.
 */
import { CoordinatorError } from '../errors.ts';

type Fields = Record<string, unknown>;

const TAG = /^\$(date|bigint|buffer|bytes)$/;
const ESCAPED = /^\$\$+(date|bigint|buffer|bytes)$/;
const DOLLAR = 36;

/**
 * What `JSON.stringify` can store: parts that need no change are handed on as they are.
 *
 * Throws DATA_INVALID for data that refers back to itself, or is nested too deeply to be walked.
 */
export function toExtended(value: unknown): unknown {
  try {
    return write(value, [], []);
  } catch (error) {
    throw isTooDeep(error) ? nestedTooDeeply('DATA_INVALID', error) : error;
  }
}

/**
 * What was given to `toExtended`, from what `JSON.parse` made of it. JSON that was stored without it stays as it is,
 * unless it looks exactly as if.
 */
export function fromExtended(value: unknown): unknown {
  try {
    return read(value);
  } catch (error) {
    throw isTooDeep(error) ? nestedTooDeeply('PAYLOAD_UNREADABLE', error) : error;
  }
}

/** @param path keys that lead to the value; as long as `above`, the objects that hold it */
function write(value: unknown, above: object[], path: (string | number)[]): unknown {
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date)
    return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (isBytes(value)) {
    const { buffer, byteOffset, byteLength } = value;
    const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    return Buffer.isBuffer(value) ? { $buffer: base64 } : { $bytes: base64 };
  }
  const known = above.indexOf(value);
  if (known >= 0)
    throw new CoordinatorError(
      'DATA_INVALID',
      `The value at ${inWords(path)} refers back to the one at ${inWords(path.slice(0, known))}: only what is no circle can be stored`,
    );
  above.push(value);
  const written = writeObject(value as Fields, above, path);
  above.pop();
  return written;
}

function writeObject(value: Fields, above: object[], path: (string | number)[]): unknown {
  const inside = (each: unknown, key: string | number): unknown => {
    path.push(key);
    const written = write(each, above, path);
    path.pop();
    return written;
  };
  if (Array.isArray(value)) return changed(value, inside);
  if (typeof value.toJSON !== 'function') return escaped(changed(value, inside));
  const plain: unknown = value.toJSON(String(path.at(-1) ?? ''));
  if (plain === value || !isObject(plain)) {
    const { toJSON: _, ...fields } = value;
    return isObject(plain) ? escaped(changed(fields, inside)) : write(plain, above, path);
  }
  // JSON.stringify calls it once: what came of it must not be asked again.
  if (isSpecial(plain) || Array.isArray(plain)) return write(plain, above, path);
  const { toJSON: _, ...fields } = plain as Fields;
  above.push(plain);
  const written = escaped(changed(fields, inside));
  above.pop();
  return written;
}

function read(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return changed(value, read);
  const fields = value as Fields;
  const key = onlyTagLike(fields);
  if (key === undefined) return changed(fields, read);
  if (ESCAPED.test(key)) return { [key.slice(1)]: read(fields[key]) };
  return revived(key, fields[key]) ?? changed(fields, read);
}

/** Undefined for what `toExtended` would not have written. */
function revived(tag: string, value: unknown): unknown {
  if (tag === '$date' && value === null) return new Date(Number.NaN);
  if (typeof value !== 'string') return undefined;
  if (tag === '$bigint') return /^-?\d+$/.test(value) ? BigInt(value) : undefined;
  if (tag === '$date') {
    const date = new Date(value);
    return !Number.isNaN(date.getTime()) && date.toISOString() === value ? date : undefined;
  }
  const bytes = Buffer.from(value, 'base64');
  return tag === '$buffer' ? bytes : new Uint8Array(bytes);
}

/** The fields or elements with what `change` makes of them; the same object when that is the same. */
function changed<T extends object>(value: T, change: (each: unknown, key: string) => unknown): T {
  let copy: Fields | undefined;
  for (const key of Object.keys(value)) {
    const before = (value as Fields)[key];
    const after = change(before, key);
    if (Object.is(after, before)) continue;
    // A spread has an own `__proto__`, where the value had one; assigning to it then is harmless.
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Fields;
    copy[key] = after;
  }
  return (copy ?? value) as T;
}

/** One `$` more for the user's own object that reads like one of ours. */
function escaped(fields: Fields): Fields {
  const key = onlyTagLike(fields);
  return key === undefined ? fields : { [`$${key}`]: fields[key] };
}

/** The key of an object that JSON shows with one key, when that is a tag with any number of `$`. */
function onlyTagLike(fields: Fields): string | undefined {
  let only: string | undefined;
  for (const key in fields) {
    if (!isStored(fields[key]) || !Object.hasOwn(fields, key)) continue;
    if (only !== undefined || key.charCodeAt(0) !== DOLLAR) return undefined;
    only = key;
  }
  return only !== undefined && (TAG.test(only) || ESCAPED.test(only)) ? only : undefined;
}

function isStored(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isSpecial(value: object): boolean {
  return value instanceof Date || isBytes(value);
}

/** Not `instanceof`: test runners give modules a global scope of their own. */
function isBytes(value: object): value is Uint8Array {
  return (
    ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
  );
}

function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}

function nestedTooDeeply(
  code: 'DATA_INVALID' | 'PAYLOAD_UNREADABLE',
  cause: unknown,
): CoordinatorError {
  return new CoordinatorError(code, 'The value is nested too deeply to be walked: flatten it', {
    cause,
  });
}

function inWords(path: readonly (string | number)[]): string {
  return path.length === 0 ? 'the root' : `"${path.join('.')}"`;
}
