/**
 * How packed payloads are written: envelopes, pointers to bodies, and the bodies themselves. Pure.
 *
 *   inline    {"$drover":"<form><version>,<plain bytes>,<dictionary>,<key>,<base64url>"}
 *   pointer   {"$drover":"p<version>,<plain bytes>,<dictionary>,<key>,<store>,<body>,<bytes>,<checksum>"}
 *   body      <form><version>,<plain bytes>,<dictionary>,<key>,<bytes>
 *
 * Both texts are JSON whose one string needs no escaping, so they come through any tool unchanged. The form is `z`
 * (deflated) or `n` (as it is); numbers are base 36; what does not apply is empty. Whatever begins with
 * `{"$drover":` is one of these: a user's JSON that does is always wrapped. Scripts tell a pointer by its first
 * characters. **Every later version keeps form, version, plain bytes, dictionary, key, store and body where they
 * are**: a sweep marks what newer processes refer to. Reading the payload itself needs the very version.
 */
import { CoordinatorError } from '../errors.ts';

/** What every envelope begins with, and nothing else that is stored. */
export const ENVELOPE_PREFIX = '{"$drover":';
/** What every pointer begins with, of whichever version. */
export const POINTER_PREFIX: string = `${ENVELOPE_PREFIX}"p`;
/** An envelope is at most so much longer than its base64 when the id of its key has 8 characters or fewer. */
export const MOST_OVERHEAD_BYTES = 40;

const VERSION = 1;
const OPENING = `${ENVELOPE_PREFIX}"`;
const CLOSING = '"}';
const HEADER = /^([a-z])(\d+),([0-9a-z]+),([0-9a-f]*),([\w.-]*),/;
/** A header is shorter: an id of a key has at most 32 characters. */
const MOST_HEADER_BYTES = 80;
const POINTER_REST = /^([A-Za-z0-9-]{1,16}),([0-9A-Za-z]+)(?:,([0-9a-z]+))?(?:,([\w-]+))?/;
const DICTIONARY = /^\{"\$drover":"[a-z]\d+,[0-9a-z]+,([0-9a-f]+),/;

/** How the bytes of a payload came about. */
export interface Packing {
  readonly isDeflated: boolean;
  /** Bytes of the JSON. */
  readonly plainBytes: number;
  /** Id of the dictionary that it was deflated with. */
  readonly dictionary: string | undefined;
  /** Id of the key that it is encrypted with. */
  readonly key: string | undefined;
}

/** A payload and its bytes. */
export interface Envelope {
  readonly packing: Packing;
  /** The packing as it is written: authenticated where the bytes are encrypted. */
  readonly header: string;
  readonly bytes: Buffer;
}

/** What is stored in place of a payload that lies in a body store. */
export interface Pointer {
  readonly store: string;
  readonly id: string;
  /** Length of the body; 0 where a newer version does not say it. */
  readonly bytes: number;
  /** Of the body; empty where a newer version does not say it. */
  readonly checksum: string;
  readonly plainBytes: number;
  readonly dictionary: string | undefined;
  readonly key: string | undefined;
}

/** Whether a stored text is an envelope or a pointer. */
export function isEnvelope(text: string): boolean {
  return text.startsWith(ENVELOPE_PREFIX);
}

/** Whether a stored text is a pointer. */
export function isPointer(text: string): boolean {
  return text.startsWith(POINTER_PREFIX);
}

/** The first part of an envelope and of a body. */
export function encodeHeader({ isDeflated, plainBytes, dictionary, key }: Packing): string {
  return `${isDeflated ? 'z' : 'n'}${VERSION},${plainBytes.toString(36)},${dictionary ?? ''},${key ?? ''},`;
}

/** @param header of `encodeHeader` */
export function encodeEnvelope(header: string, bytes: Buffer): string {
  return OPENING + header + bytes.toString('base64url') + CLOSING;
}

/** Throws PAYLOAD_UNREADABLE. For what `isEnvelope` and not `isPointer`. */
export function decodeEnvelope(text: string): Envelope {
  const { packing, header } = readHeader(
    text.slice(OPENING.length, OPENING.length + MOST_HEADER_BYTES),
  );
  if (!text.startsWith(OPENING) || !text.endsWith(CLOSING)) throw damaged();
  const start = OPENING.length + header.length;
  return { packing, header, bytes: Buffer.from(text.slice(start, -CLOSING.length), 'base64url') };
}

/** What the store gets. */
export function encodeBody({ header, bytes }: Pick<Envelope, 'header' | 'bytes'>): Buffer {
  return Buffer.concat([Buffer.from(header, 'latin1'), bytes]);
}

/** Throws PAYLOAD_UNREADABLE. The bytes share the memory of the body. */
export function decodeBody(body: Buffer): Envelope {
  const { packing, header } = readHeader(body.toString('latin1', 0, MOST_HEADER_BYTES));
  return { packing, header, bytes: body.subarray(header.length) };
}

/** @param packing that of the body */
export function encodePointer(
  { plainBytes, dictionary, key }: Packing,
  { store, id, bytes, checksum }: Pick<Pointer, 'store' | 'id' | 'bytes' | 'checksum'>,
): string {
  return `${POINTER_PREFIX}${VERSION},${plainBytes.toString(36)},${dictionary ?? ''},${key ?? ''},${store},${id},${bytes.toString(36)},${checksum}${CLOSING}`;
}

/** Throws PAYLOAD_UNREADABLE. For what `isPointer`. */
export function decodePointer(text: string): Pointer {
  readHeader(text.slice(OPENING.length, OPENING.length + MOST_HEADER_BYTES), 'p');
  const pointer = readPointer(text);
  if (!pointer || pointer.checksum === '' || !text.endsWith(CLOSING)) throw damaged();
  return pointer;
}

/** What a pointer of any version refers to; undefined for what is none. Never throws: it is for looking around. */
export function readPointer(text: string): Pointer | undefined {
  if (!isPointer(text)) return undefined;
  const content = text.slice(OPENING.length);
  const header = HEADER.exec(content);
  const rest = header && POINTER_REST.exec(content.slice(header[0].length));
  if (!rest) return undefined;
  const [, store, id, bytes, checksum] = rest as unknown as [
    string,
    string,
    string,
    string?,
    string?,
  ];
  const { plainBytes, dictionary, key } = packingOf(header!);
  return {
    ...{ store, id, bytes: Number.parseInt(bytes ?? '0', 36), checksum: checksum ?? '' },
    ...{ plainBytes, dictionary, key },
  };
}

/** What an envelope or a pointer of any version says of its payload; undefined for what is none. Never throws. */
export function readPacking(text: string): Packing | undefined {
  if (!text.startsWith(OPENING)) return undefined;
  const header = HEADER.exec(text.slice(OPENING.length, OPENING.length + MOST_HEADER_BYTES));
  return header ? packingOf(header) : undefined;
}

/** The dictionary that an envelope or a pointer of any version names. Its first 60 characters are enough. */
export function dictionaryIdOf(text: string): string | undefined {
  return DICTIONARY.exec(text)?.[1];
}

function readHeader(
  text: string,
  wanted?: 'p',
): { readonly packing: Packing; readonly header: string } {
  const found = HEADER.exec(text);
  if (!found) throw damaged();
  const [header, form, version] = found;
  if (Number(version) !== VERSION)
    throw new CoordinatorError(
      'PAYLOAD_UNREADABLE',
      `it was written by a newer Drover (version ${version} of the envelope, this one knows ${VERSION}): update this process`,
    );
  if (wanted ? form !== wanted : form !== 'z' && form !== 'n') throw damaged();
  return { header, packing: packingOf(found) };
}

/** @param header found by `HEADER` */
function packingOf(header: RegExpExecArray): Packing {
  const [, form, , plainBytes, dictionary, key] = header;
  return {
    ...{ isDeflated: form === 'z', plainBytes: Number.parseInt(plainBytes!, 36) },
    ...{ dictionary: dictionary || undefined, key: key || undefined },
  };
}

function damaged(): CoordinatorError {
  return new CoordinatorError(
    'PAYLOAD_UNREADABLE',
    'its envelope is damaged, or was not written by Drover: restore it',
  );
}
