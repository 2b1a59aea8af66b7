import { describe, expect, it } from 'vitest';
import { catchUp, feedback, growthOf, loadOf, slotsForKnown } from './feedback.ts';
import { paceOf } from './pace.ts';
import type { PlanSignals } from './plan-input.ts';

const free = paceOf({ waitP95Ms: 5_000, startMs: 100 });
const late = paceOf({ waitP95Ms: 5_000, startMs: 30_000 });
const seen = (signals: Partial<PlanSignals>): PlanSignals =>
  ({
    waiting: 0,
    active: 0,
    dueSoon: 0,
    ready: 0,
    arrived: 0,
    runs: 0,
    elapsedMs: 1_000,
    ...signals,
  }) as PlanSignals;

describe('feedback', () => {
  it('counts running jobs, and delayed ones beyond those that usually come', () => {
    expect(loadOf(seen({ waiting: 3, active: 2, dueSoon: 5 }), 10, free)).toBe(5);
    expect(loadOf(seen({ waiting: 3, active: 2, dueSoon: 50 }), 10, free)).toBeCloseTo(34);
  });

  it('gives a slot two seconds of work of five that were promised, and no job two slots', () => {
    expect(feedback(20, 1, free)).toBe(10);
    expect(feedback(20, 60, free)).toBe(20);
    expect(feedback(0, 60, free)).toBe(0);
  });

  it('sees a rise that is more than chance as it will be soon', () => {
    expect(growthOf(seen({ arrived: 30, runs: 5 }), free)).toBeCloseTo(25 * 2.1);
    expect(growthOf(seen({ arrived: 10, runs: 5 }), free)).toBe(0);
    expect(growthOf(seen({ arrived: 30, runs: 5, elapsedMs: 0 }), free)).toBe(0);
  });
});

describe('catching up', () => {
  const usual = { arrivalsPerSecond: 10, serviceSeconds: 1 };

  it('starts nothing for a burst that will be over before new slots are there', () => {
    expect(catchUp(seen({ waiting: 300, active: 30, ready: 30 }), usual, late)).toBe(0);
  });

  it('starts slots for what the present ones will leave', () => {
    const left = 100 + 5 - 5 + (10 - 5) * 31;
    const signals = seen({ waiting: 100, active: 5, ready: 5 });
    expect(catchUp(signals, usual, late)).toBe(Math.ceil(left / 10));
  });

  it('has slots for delayed jobs when they are due', () => {
    expect(slotsForKnown(seen({ dueSoon: 70 }), 1, late)).toBe(20);
  });
});
