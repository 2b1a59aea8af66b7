/**
 * What jemalloc, the allocator of Redis, gives for a request, and what a text takes with it. Pure.
 *
 * `used_memory` counts what was given. Sizes come in classes: 8, then multiples of 16 to 128, then four to each doubling
 * (jemalloc's manual, "size classes").
 */

/** Bytes that are given for `bytes`. */
export function allocatedBytes(bytes: number): number {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return 16 * Math.ceil(bytes / 16);
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return step * Math.ceil(bytes / step);
}

/** Bytes of a text on its own: with the head that tells its length (sds.h of Redis), and the 0 at its end. */
export function textBytes(length: number): number {
  const head = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9;
  return allocatedBytes(length + head + 1);
}
