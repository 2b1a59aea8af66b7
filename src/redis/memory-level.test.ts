/** Memory on both sides of its two limits. */
import { expect, test } from 'vitest';
import { memoryLevel } from './memory-level.ts';

test.each([
  [750, 1_000, undefined],
  [751, 1_000, 'high'],
  [900, 1_000, 'high'],
  [901, 1_000, 'critical'],
  [901, 0, undefined],
])('%d of %d bytes', (used, limit, level) => {
  expect(memoryLevel(used, limit)).toBe(level);
});
