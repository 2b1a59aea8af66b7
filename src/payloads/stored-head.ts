/**
 * What the beginning of a stored payload tells of it, without the rest: how large it was, and what was done to it. Pure.
 *
 * For looking around: an envelope of any version is understood, and whatever is not one is plain JSON.
 */
import { isEnvelope, isPointer, readPacking, readPointer } from './envelope.ts';

/** So much of a stored text is enough. */
export const HEAD_CHARACTERS = 160;

/** A stored payload. */
export interface StoredHead {
  readonly form: 'plain' | 'inline' | 'pointer';
  /** Bytes of its JSON; null for plain text, whose length says it. */
  readonly plainBytes: number | null;
  /** Bytes of its body in a store; 0 when it has none. */
  readonly bodyBytes: number;
  readonly isEncrypted: boolean;
}

const PLAIN: StoredHead = { form: 'plain', plainBytes: null, bodyBytes: 0, isEncrypted: false };

/** Reads the first `HEAD_CHARACTERS` or more of a stored text. */
export function readStoredHead(text: string): StoredHead {
  const packing = readPacking(text);
  if (!packing) return PLAIN;
  return {
    form: isPointer(text) ? 'pointer' : 'inline',
    plainBytes: packing.plainBytes,
    bodyBytes: readPointer(text)?.bytes ?? 0,
    isEncrypted: packing.key !== undefined,
  };
}

/** Whether what was encrypted would be readable in what takes its place. `{}`, which is never packed, tells nothing. */
export function wouldBeReadable(before: string, after: string): boolean {
  return after !== '{}' && readStoredHead(before).isEncrypted && !readStoredHead(after).isEncrypted;
}

/** How long a stored text was as JSON. Quick on a job's path: plain text is only looked at where it begins. */
export function plainLength(text: string): number {
  if (!isEnvelope(text)) return text.length;
  return readStoredHead(text).plainBytes ?? text.length;
}
