/**
 * What the beginning of a stored payload tells of it, without the rest: how large it was, and what was done to it. Pure.
 *
 * For looking around: an envelope of any version is understood, and whatever is not one is plain JSON.
 */

/** So much of a stored text is enough. */
export const HEAD_CHARACTERS = 160;
const ENVELOPE = /^\{"\$drover":"([a-z])\d+,([0-9a-z]+),([0-9a-f]*),([\w.-]*),/;
const BODY = /^[A-Za-z0-9-]{1,16},[0-9A-Za-z]+,([0-9a-z]+)/;

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
  const [header, form, plainBytes, , key] = ENVELOPE.exec(text) ?? [];
  if (header === undefined) return PLAIN;
  const [, bodyBytes = '0'] = (form === 'p' && BODY.exec(text.slice(header.length))) || [];
  return {
    form: form === 'p' ? 'pointer' : 'inline',
    plainBytes: Number.parseInt(plainBytes!, 36),
    bodyBytes: Number.parseInt(bodyBytes, 36),
    isEncrypted: key !== '',
  };
}

/** How long a stored text was as JSON. Quick on a job's path: plain text is only looked at where it begins. */
export function plainLength(text: string): number {
  if (!text.startsWith('{"$drover":')) return text.length;
  return readStoredHead(text).plainBytes ?? text.length;
}
