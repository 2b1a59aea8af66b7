/** Sizes fall into the right buckets, and packing is counted before and after. */
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { BUCKETS_BYTES, PayloadSizes, SizeHistogram } from './payload-sizes.ts';

test('every size is in the first bucket whose bound it does not exceed', () => {
  const random = createSeededRandom(1);
  const edges = BUCKETS_BYTES.flatMap((bound) => [bound - 1, bound, bound + 1]);
  const others = Array.from({ length: 2_000 }, () => Math.floor(2 ** (random() * 30)));
  for (const bytes of [0, 1, 2, 3, ...edges, ...others, 2 ** 32]) {
    const histogram = new SizeHistogram();
    histogram.add(bytes);
    const bound = BUCKETS_BYTES.findIndex((each) => bytes <= each);
    const expected = bound < 0 ? BUCKETS_BYTES.length : bound;
    expect([bytes, histogram.counts.indexOf(1)]).toEqual([bytes, expected]);
  }
});

test('sums are exact', () => {
  const histogram = new SizeHistogram();
  for (const bytes of [2, 300, 70_000]) histogram.add(bytes);
  expect(histogram.sumBytes).toBe(70_302);
});

test('packed results are in the histogram, packed data is not: it is counted when it is begun', () => {
  const sizes = new PayloadSizes();
  sizes.pack('data', 4_000, 900);
  sizes.pack('result', 6_000, 1_100);
  sizes.pack('progress', 50, 50);
  sizes.offload('result', 800);
  expect(sizes.packed).toEqual({
    data: { plain: 4_000, stored: 900, offloaded: 0 },
    result: { plain: 6_000, stored: 1_100, offloaded: 800 },
    progress: { plain: 50, stored: 50, offloaded: 0 },
  });
  expect([sizes.data.sumBytes, sizes.result.sumBytes]).toEqual([0, 6_000]);
});
