/**
 * What compression would make of payloads that are stored plain. Bounded by what it is given; it blocks meanwhile.
 *
 * Half of a sample is deflated with pieces of the other half as a dictionary, which stands for the one that a queue
 * learns; both halves in turn. Envelopes are base64, so a third is added.
 */
import { deflateRawSync } from 'node:zlib';

const MOST_DICTIONARY_BYTES = 8 * 1_024;
/** What is around an envelope's base64. */
const ENVELOPE_BYTES = 40;
const BASE64 = 4 / 3;

/** 0 to 1: which part of their bytes would be saved; null for fewer than two payloads. */
export function compressionSaves(payloads: readonly Buffer[]): number | null {
  if (payloads.length < 2) return null;
  const halves = [0, 1].map((half) => payloads.filter((_, i) => i % 2 === half));
  const plain = payloads.reduce((sum, { length }) => sum + length, 0);
  const stored = halves.reduce(
    (sum, half, i) => sum + storedBytes(half, dictionaryOf(halves[1 - i]!)),
    0,
  );
  return plain === 0 ? null : Math.max(0, 1 - stored / plain);
}

function storedBytes(payloads: readonly Buffer[], dictionary: Buffer): number {
  return payloads.reduce((sum, payload) => {
    const deflated = deflateRawSync(payload, { dictionary, level: 6 }).length;
    // The smaller of both is kept.
    return sum + Math.min(payload.length, Math.ceil(deflated * BASE64) + ENVELOPE_BYTES);
  }, 0);
}

function dictionaryOf(payloads: readonly Buffer[]): Buffer {
  const share = Math.ceil(MOST_DICTIONARY_BYTES / Math.min(payloads.length, 2));
  return Buffer.concat(payloads.slice(0, 2).map((payload) => payload.subarray(0, share)));
}
