import { expect, test } from 'vitest';
import { BatchSize } from './batch-size.ts';

/** Batches of jobs that take so long each. */
function after(batches: number, perJobMs: number, batch: BatchSize = new BatchSize()): BatchSize {
  for (let i = 0; i < batches; i += 1) batch.note(batch.size * perJobMs, batch.size);
  return batch;
}

test('a batch begins small, and grows to what Redis does in well under a millisecond', () => {
  expect(new BatchSize().size).toBeLessThanOrEqual(10);
  const { size } = after(100, 0.012);
  expect(size * 0.012).toBeGreaterThan(0.3);
  expect(size * 0.012).toBeLessThanOrEqual(0.6);
});

test('heavier jobs halve it at once, down to one at a time', () => {
  const batch = after(100, 0.012);
  const { size } = batch;
  batch.note(4, size);
  expect(batch.size).toBe(Math.floor(size / 2));
  expect(after(10, 20, batch).size).toBe(1);
});

test('it has an end, and a small last batch does not make it grow', () => {
  const batch = after(200, 0);
  expect(batch.size).toBe(200);
  const one = new BatchSize();
  one.note(0.001, 1);
  expect(one.size).toBe(new BatchSize().size);
});

test('Redis rests for several times as long as it was busy, but not for ever', () => {
  const batch = new BatchSize();
  batch.note(2, 8);
  expect(batch.restMs).toBe(8);
  batch.note(60_000, 1);
  expect(batch.restMs).toBe(1_000);
  batch.note(0.01, 1);
  expect(batch.restMs).toBe(1);
});
