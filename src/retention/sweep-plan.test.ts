import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { isTimeSteady, planSweep } from './sweep-plan.ts';

const HOUR = 3_600_000;
const usual = { now: 100 * HOUR, graceMs: 24 * HOUR, isTimeTrusted: true, mayDelete: true };

const plan = (
  unused: readonly string[],
  known: Readonly<Record<string, number>>,
  terms: Partial<typeof usual> = {},
) => planSweep({ unused, known: new Map(Object.entries(known)), ...usual, ...terms });

describe('a body that nothing refers to', () => {
  test('is remembered when it is seen first', () => {
    expect(plan(['a'], {})).toEqual({ found: ['a'], restarted: [], forgotten: [], deleted: [] });
  });

  test('waits for the end of its grace, and is deleted then', () => {
    expect(plan(['a'], { a: 76 * HOUR + 1 })).toEqual(plan([], {}));
    expect(plan(['a'], { a: 76 * HOUR }).deleted).toEqual(['a']);
  });

  test('is forgotten when something refers to it again, or when it is gone', () => {
    expect(plan([], { a: 0 }).forgotten).toEqual(['a']);
  });

  test('is not deleted by a process that has not seen it unused before', () => {
    expect(plan(['a'], { a: 0 }, { mayDelete: false })).toEqual(plan([], {}));
  });

  test('waits anew when the clock was set, or when its time lies in the future', () => {
    expect(plan(['a'], { a: 0 }, { isTimeTrusted: false })).toMatchObject({
      ...{ restarted: ['a'], deleted: [] },
    });
    expect(plan(['a'], { a: 101 * HOUR }).restarted).toEqual(['a']);
    expect(plan(['a'], { a: Number.NaN }).restarted).toEqual(['a']);
  });
});

test('every body is in one place of the plan at most, and none that is used is deleted', () => {
  const random = createSeededRandom(31);
  for (let run = 0; run < 500; run += 1) {
    const all = Array.from({ length: 20 }, (_, i) => String(i));
    const unused = all.filter(() => random() < 0.5);
    const known = new Map(
      all.filter(() => random() < 0.5).map((id) => [id, Math.floor(random() * 130 * HOUR)]),
    );
    const terms = { ...usual, isTimeTrusted: random() < 0.7, mayDelete: random() < 0.7 };
    const made = planSweep({ unused, known, ...terms });
    const placed = Object.values(made).flat();
    expect(new Set(placed).size).toBe(placed.length);
    for (const id of made.deleted) {
      expect(unused).toContain(id);
      expect(usual.now - known.get(id)!).toBeGreaterThanOrEqual(usual.graceMs);
      expect([terms.isTimeTrusted, terms.mayDelete]).toEqual([true, true]);
    }
    // What is left unsaid is known, unused, and waits.
    const waiting = all.filter((id) => unused.includes(id) && !placed.includes(id));
    for (const id of waiting) expect(known.has(id)).toBe(true);
  }
});

test('time is steady while both clocks go alike', () => {
  const before = { server: 1_000_000, monotonic: 50 };
  const after = (server: number, monotonic: number) => isTimeSteady(before, { server, monotonic });
  expect(after(1_900_000, 900_050)).toBe(true);
  expect(after(1_930_000, 900_050)).toBe(true);
  expect(after(1_000_000 + 25 * HOUR, 900_050)).toBe(false);
  expect(after(0, 900_050)).toBe(false);
});
