/**
 * A 64-bit difference hash: equal pictures have equal hashes, similar pictures differ in few bits.
 *
 * The picture is shrunk to 9 × 8 grey pixels; each bit says whether a pixel is darker than its right
 * neighbour. Survives scaling, recompression and brightness; does not see through crops or turns.
 */
import { decoding, type ImageSource, openUpright } from './decode.ts';

/** At most this many different bits count as the same picture; unrelated pictures differ in about 32. */
export const NEAR_DUPLICATE_BITS = 6;

const COLUMNS = 9;
const ROWS = 8;

/** @returns 16 hex digits */
export async function hashPhoto(source: ImageSource): Promise<string> {
  const pixels = await decoding(() =>
    openUpright(source)
      .flatten({ background: '#fff' })
      .greyscale()
      .resize(COLUMNS, ROWS, { fit: 'fill', kernel: 'mitchell' })
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  return toHash(pixels.data, pixels.info.channels);
}

function toHash(pixels: Buffer, channels: number): string {
  let bits = 0n;
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column + 1 < COLUMNS; column += 1) {
      const at = (row * COLUMNS + column) * channels;
      const isDarker = pixels.readUInt8(at) < pixels.readUInt8(at + channels);
      bits = (bits << 1n) | (isDarker ? 1n : 0n);
    }
  }
  return bits.toString(16).padStart(16, '0');
}

/** How many bits two hashes differ in: 0 to 64. */
export function countDifferentBits(a: string, b: string): number {
  let different = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; different > 0n; different &= different - 1n) count += 1;
  return count;
}
