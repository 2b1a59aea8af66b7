import { describe, expect, it } from 'vitest';
import { type ArrivalMemory, arrivalRateOf, burstinessOf, learnArrivals } from './arrival-rate.ts';

const learnAll = (jobs: readonly number[], before: ArrivalMemory | null = null) =>
  jobs.reduce<ArrivalMemory | null>((memory, each) => learnArrivals(memory, each, 1), before);

const seconds = (count: number, jobs: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => jobs(i));

describe('the rate of arrivals', () => {
  it('is 0 before anything was seen, and nothing is learned in no time', () => {
    expect(arrivalRateOf(null)).toBe(0);
    expect(learnArrivals(null, 5, 0)).toBeNull();
  });

  it('is the plain mean at first, so that one busy second does not count for minutes', () => {
    expect(arrivalRateOf(learnAll([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toBeCloseTo(2);
  });

  it('rises within seconds and falls over minutes', () => {
    const low = learnAll(seconds(600, () => 5));
    const high = learnAll(
      seconds(20, () => 30),
      low,
    );
    expect(arrivalRateOf(high)).toBeGreaterThan(25);
    const settled = learnAll(
      seconds(600, () => 30),
      high,
    );
    expect(
      arrivalRateOf(
        learnAll(
          seconds(20, () => 5),
          settled,
        ),
      ),
    ).toBeGreaterThan(20);
  });

  it('is not moved by what chance explains', () => {
    const usual = learnAll(seconds(600, () => 10));
    const rate = arrivalRateOf(learnAll([14, 13, 12, 14], usual));
    expect(rate).toBeLessThan(10.5);
  });
});

describe('burstiness', () => {
  it('is small for even arrivals and great for bursts, within limits', () => {
    expect(burstinessOf(null)).toBe(1);
    expect(burstinessOf(learnAll(seconds(600, () => 10)))).toBe(0.5);
    expect(burstinessOf(learnAll(seconds(600, (i) => (i % 60 === 0 ? 600 : 0))))).toBe(4);
  });
});
