/** What compression would save is about what it saves, and nothing is promised for noise. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { compressionSaves } from './would-save.ts';

test('payloads alike but for their values would be much smaller', () => {
  const payloads = Array.from({ length: 20 }, (_, i) =>
    Buffer.from(
      JSON.stringify({
        ...{ photoId: `p-${i * 7_919}`, exposureProgram: 'Aperture-priority AE', iso: 100 + i },
        ...{ colourSpace: 'sRGB', whiteBalance: 'Auto', lens: 'RF24-105mm F4 L IS USM' },
      }),
    ),
  );
  expect(compressionSaves(payloads)).toBeGreaterThan(0.4);
});

test('noise would stay as it is', () => {
  const noise = Array.from({ length: 10 }, () => randomBytes(2_000));
  expect(compressionSaves(noise)).toBe(0);
});

test('one payload tells nothing of what a queue has in common', () => {
  expect(compressionSaves([Buffer.from('{}')])).toBeNull();
  expect(compressionSaves([])).toBeNull();
});
