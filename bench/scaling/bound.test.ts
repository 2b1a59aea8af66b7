/** The clairvoyant schedule on cases that can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import { clairvoyantCost } from './bound.ts';
import { workloadOf } from './workload.ts';

/** A start is worth 8 slot-seconds; a job may wait 5 s. */
const setting = { startSeconds: 3, startCost: 5 };
const costOf = (...jobs: [readyAt: number, serviceSeconds: number][]): number =>
  clairvoyantCost(
    workloadOf(
      'by hand',
      jobs.map(([readyAt, serviceSeconds]) => ({ readyAt, serviceSeconds })),
    ),
    setting,
  );

describe('the clairvoyant bound', () => {
  it('starts a slot for the first job', () => {
    expect(costOf([0, 2])).toBe(8 + 2);
  });

  it('keeps a slot idle over a gap that is shorter than a start is dear', () => {
    expect(costOf([0, 2], [8, 1])).toBe(8 + 2 + 6 + 1);
  });

  it('starts another slot after a gap that is dearer than a start', () => {
    expect(costOf([0, 2], [11, 1])).toBe(8 + 2 + 8 + 1);
  });

  it('lets a job wait for a slot that is free within the promise', () => {
    expect(costOf([0, 4], [1, 3])).toBe(8 + 4 + 3);
    // Free at 7 only now: too late for the third, which must start by 6.5.
    expect(costOf([0, 4], [1, 3], [1.5, 1])).toBe(8 + 4 + 3 + 8 + 1);
  });

  it('starts a slot beforehand where waiting would take longer than the promise', () => {
    expect(costOf([0, 7], [1, 3])).toBe(8 + 7 + 8 + 3);
  });

  it('rather lets a job wait than pays for a gap', () => {
    // At 8 one slot has been idle for 2 s, the other is free at 10.
    expect(costOf([0, 6], [0, 10], [8, 1])).toBe(8 + 6 + 8 + 10 + 1);
    // At 11 it has been idle for a second: nobody is free later.
    expect(costOf([0, 6], [0, 10], [11, 1])).toBe(8 + 6 + 8 + 10 + 1 + 1);
  });

  it('knows which slot is free next after one has got much to do', () => {
    // The first slot goes on at once until 26; the second is free at 10.
    expect(costOf([0, 6], [0, 10], [6, 20], [9, 2])).toBe(8 + 6 + 8 + 10 + 20 + 2);
  });

  it('reuses without cost a slot that was freed this very moment', () => {
    expect(costOf([0, 6], [0.5, 5.6], [6, 1])).toBe(8 + 6 + 8 + 5.6 + 1);
  });

  it('costs nothing but work when starts are free', () => {
    const workload = workloadOf('free', [
      { readyAt: 0, serviceSeconds: 2 },
      { readyAt: 9, serviceSeconds: 3 },
    ]);
    expect(clairvoyantCost(workload, { startSeconds: 0, startCost: 0 })).toBe(5);
  });
});
