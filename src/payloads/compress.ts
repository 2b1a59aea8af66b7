/**
 * Deflates payloads, and inflates them within bounds.
 *
 * Raw deflate, since it takes a dictionary and every Node has it. Small payloads are deflated at once: handing one
 * to a thread costs more than the some 30 µs that it takes. Larger ones go to a thread, so that no other job
 * waits for them. Inflating never makes more than the envelope says, and the envelope may not say more than deflated
 * bytes can hold: a small payload cannot fill the memory. A queue with a limit refuses much less before it comes here.
 */
import {
  deflateRaw,
  deflateRawSync,
  inflateRaw,
  inflateRawSync,
  type ZlibOptions,
} from 'node:zlib';
import { CoordinatorError } from '../errors.ts';
import type { Perhaps } from './payload-codec.ts';

/** Up to here dictionaries help, and deflating takes less time than a thread's help would. */
export const SMALL_BYTES: number = 32 * 1024;
/** Inflating is some four times as fast. */
const INFLATED_AT_ONCE_BYTES = 256 * 1024;
/** Longest string of V8: nothing longer can have been packed, or be handed out. */
export const MOST_PLAIN_BYTES: number = 2 ** 29 - 24;
/** A deflated byte holds at most so many. */
const MOST_RATIO = 1_032;
/** Room for the first bits, which the ratio knows nothing of. */
const FIRST_BYTES = 4 * 1024;

/**
 * Photo metadata of 4 and 6 KB with a dictionary, on one machine: level 3 takes 27 and 37 µs for 5.8 : 1 and 5.2 : 1;
 * level 6 takes 33 and 50 µs for 6.1 : 1 and 5.7 : 1; level 1 is no faster than 3.
 */
const LEVEL = 3;
/** A window of 16 KB holds a dictionary and the payload; a larger one costs time to set up. */
const SMALL: ZlibOptions = { level: LEVEL, windowBits: 14, memLevel: 7, chunkSize: 8 * 1024 };
const WIDE_ABOVE_BYTES = 10 * 1024;
const WIDE: ZlibOptions = { level: LEVEL, windowBits: 15, memLevel: 8 };
/** 62 KB of the same: level 1 takes 300 µs for 4.5 : 1, level 3 takes 380 µs for 4.8 : 1. */
const LARGE: ZlibOptions = { level: 1, windowBits: 15, memLevel: 8 };

/** For what is no larger than `SMALL_BYTES`. */
export function deflateSmall(bytes: Buffer, dictionary: Buffer | undefined): Buffer {
  const options = bytes.length > WIDE_ABOVE_BYTES ? WIDE : SMALL;
  return deflateRawSync(bytes, dictionary ? { ...options, dictionary } : options);
}

/** In a thread. */
export function deflateLarge(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, LARGE, (error, deflated) => (error ? reject(error) : resolve(deflated)));
  });
}

/** Throws PAYLOAD_UNREADABLE. @param plainBytes how many bytes it must become */
export function inflate(
  bytes: Buffer,
  plainBytes: number,
  dictionary: Buffer | undefined,
): Perhaps<Buffer> {
  if (plainBytes > MOST_PLAIN_BYTES || plainBytes > bytes.length * MOST_RATIO + FIRST_BYTES)
    throw unreadable(`it claims to be ${plainBytes} bytes, more than it can hold`);
  const options: ZlibOptions = {
    ...(dictionary && { dictionary }),
    maxOutputLength: Math.max(plainBytes, 1),
    // One byte more: a chunk that is just full would be followed by another.
    chunkSize: Math.min(Math.max(plainBytes + 1, 64), INFLATED_AT_ONCE_BYTES),
  };
  if (plainBytes <= INFLATED_AT_ONCE_BYTES) return inflateAtOnce(bytes, plainBytes, options);
  return new Promise((resolve, reject) => {
    inflateRaw(bytes, options, (error, plain) => {
      if (error) reject(damaged(error));
      else if (plain.length !== plainBytes) reject(damaged());
      else resolve(plain);
    });
  });
}

function inflateAtOnce(bytes: Buffer, plainBytes: number, options: ZlibOptions): Buffer {
  let plain: Buffer;
  try {
    plain = inflateRawSync(bytes, options);
  } catch (error) {
    throw damaged(error);
  }
  if (plain.length !== plainBytes) throw damaged();
  return plain;
}

function damaged(cause?: unknown): CoordinatorError {
  return unreadable('its compressed bytes are damaged', cause);
}

function unreadable(message: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('PAYLOAD_UNREADABLE', `${message}: restore it`, { cause });
}
