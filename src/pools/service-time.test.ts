import { describe, expect, it } from 'vitest';
import {
  learnService,
  NO_SERVICE,
  type ServiceMemory,
  serviceSecondsOf,
  variabilityOf,
} from './service-time.ts';

/** So many seconds in which `slots` are busy with jobs of `seconds` each. */
function work(before: ServiceMemory, forSeconds: number, slots: number, seconds: number) {
  const runs = slots / seconds;
  const seen = {
    busyMs: slots * 1_000,
    runs,
    runMs: slots * 1_000,
    runMsSquared: runs * (seconds * 1_000) ** 2,
  };
  let memory = before;
  for (let i = 0; i < forSeconds; i++) memory = learnService(memory, seen, 1);
  return memory;
}

describe('the service time', () => {
  it('is a second before anything is known, and the first jobs say little', () => {
    expect(serviceSecondsOf(NO_SERVICE)).toBe(1);
    const first = learnService(
      NO_SERVICE,
      { busyMs: 6_000, runs: 0, runMs: 0, runMsSquared: 0 },
      6,
    );
    expect(serviceSecondsOf(first)).toBeLessThan(3);
  });

  it('is busy time against ended jobs', () => {
    expect(serviceSecondsOf(work(NO_SERVICE, 300, 20, 0.5))).toBeCloseTo(0.5, 2);
  });

  it('shows long jobs before the first of them has ended', () => {
    let memory = work(NO_SERVICE, 300, 10, 1);
    for (let i = 0; i < 20; i++)
      memory = learnService(memory, { busyMs: 10_000, runs: 0, runMs: 0, runMsSquared: 0 }, 1);
    expect(serviceSecondsOf(memory)).toBeGreaterThan(2.5);
  });

  it('follows heavier jobs within seconds, and lighter ones over minutes', () => {
    const light = work(NO_SERVICE, 600, 10, 1);
    const heavy = work(light, 30, 10, 4);
    expect(serviceSecondsOf(heavy)).toBeGreaterThan(2);
    expect(serviceSecondsOf(work(work(heavy, 900, 10, 4), 30, 10, 1))).toBeGreaterThan(2.5);
  });
});

describe('variability', () => {
  it('is 0 for equal jobs, and 1 while too few are known', () => {
    expect(variabilityOf(NO_SERVICE)).toBe(1);
    expect(variabilityOf(work(NO_SERVICE, 300, 10, 2))).toBeCloseTo(0);
  });
});
