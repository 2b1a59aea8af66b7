/**
 * Packs a PNG again, as small as it gets without a change to any pixel: browsers are in a hurry when they write one.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
/** Length, type and check sum around the data of each chunk. */
const LENGTH_BYTES = 4;
const TYPE_BYTES = 4;
const CHECK_BYTES = 4;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The same picture. */
export function smallerPng(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const pixels = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  );
  const packed = { type: 'IDAT', data: deflateSync(pixels, { level: 9, memLevel: 9 }) };
  const [head, end] = [chunks[0]!, chunks.at(-1)!];
  const small = [head, packed, end].map(toBytes);
  return Buffer.concat([png.subarray(0, SIGNATURE_BYTES), ...small]);
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const from = at + LENGTH_BYTES + TYPE_BYTES;
    const type = png.toString('latin1', at + LENGTH_BYTES, from);
    chunks.push({ type, data: png.subarray(from, from + length) });
    at = from + length + CHECK_BYTES;
  }
  return chunks;
}

function toBytes({ type, data }: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(CHECK_BYTES);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
