import { expect, test } from 'vitest';
import type { BulkView } from '../../../../src/operations/views.ts';
import { dealtWith, stuckSince } from './bulk-progress.ts';

const running = {
  ...{ state: 'running', perSecond: null, canaryUntil: null, updatedAt: 1_000_000 },
  ...{ done: 3, failed: 1, skipped: { alive: 2 } },
} as unknown as BulkView;

test('what was left alone is dealt with, too', () => {
  expect(dealtWith(running)).toBe(6);
});

test('silence is told of what should move, and of nothing else', () => {
  const after = (ms: number, more: Partial<BulkView> = {}): number | null =>
    stuckSince({ ...running, ...more }, running.updatedAt + ms);
  expect(after(9_000)).toBeNull();
  expect(after(11_000)).toBe(1_000_000);
  expect(after(60_000, { state: 'paused' })).toBeNull();
  expect(after(60_000, { state: 'done' })).toBeNull();
  // One in 100 s: that nothing happens is what was asked for.
  expect(after(200_000, { perSecond: 0.01 })).toBeNull();
  expect(after(320_000, { perSecond: 0.01 })).toBe(1_000_000);
  expect(after(60_000, { state: 'canary', canaryUntil: 1_055_000 })).toBeNull();
  expect(after(70_000, { state: 'canary', canaryUntil: 1_055_000 })).toBe(1_000_000);
});
