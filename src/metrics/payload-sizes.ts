/**
 * How large payloads are, and what packing makes of them: counts for a scraper. Pure.
 *
 * Written on every job's path: a payload costs a few additions.
 */
import type { PayloadKind } from '../payloads/payload-codec.ts';

/** Upper bounds of the histogram, in bytes: from 256 B on, each four times the one before, up to 16 MB. */
export const BUCKETS_BYTES: readonly number[] = Array.from({ length: 9 }, (_, i) => 4 ** (i + 4));
const FIRST_BITS = 8;

/** Sizes up to each bound of `BUCKETS_BYTES`, and beyond the last. */
export class SizeHistogram {
  readonly counts: number[] = [...BUCKETS_BYTES.map(() => 0), 0];
  sumBytes = 0;

  add(bytes: number): void {
    // How many bits `bytes - 1` has, two to a bucket.
    const bits = bytes <= 1 ? 0 : 32 - Math.clz32(bytes - 1);
    const at = bits <= FIRST_BITS ? 0 : (bits - FIRST_BITS + 1) >> 1;
    this.counts[Math.min(at, BUCKETS_BYTES.length)]! += 1;
    this.sumBytes += bytes;
  }
}

/** Bytes of the payloads of one kind: as JSON, after compression and encryption, and of bodies in stores. */
export interface PackedBytes {
  plain: number;
  stored: number;
  offloaded: number;
}

/** The payloads of one queue in this process. */
export class PayloadSizes {
  /** Of the jobs that were begun here, as their processors got it. */
  readonly data: SizeHistogram = new SizeHistogram();
  /** Of results that were packed. */
  readonly result: SizeHistogram = new SizeHistogram();
  readonly packed: Readonly<Record<PayloadKind, PackedBytes>> = {
    data: { plain: 0, stored: 0, offloaded: 0 },
    result: { plain: 0, stored: 0, offloaded: 0 },
    progress: { plain: 0, stored: 0, offloaded: 0 },
  };

  /** Data is counted in the histogram where it is begun, not where it is added: once in a deployment. */
  pack(kind: PayloadKind, plainBytes: number, storedBytes: number): void {
    const bytes = this.packed[kind];
    bytes.plain += plainBytes;
    bytes.stored += storedBytes;
    if (kind === 'result') this.result.add(plainBytes);
  }

  offload(kind: PayloadKind, bodyBytes: number): void {
    this.packed[kind].offloaded += bodyBytes;
  }
}
