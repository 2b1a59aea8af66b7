import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import type { RetentionPolicy } from '../queues/retention-options.ts';
import { EVER, FINISHED, planRetention, type QueueLook, type StateLook } from './policy.ts';

const NOW = 1_764_000_000_000;
const HOUR_MS = 3_600_000;
const NONE: StateLook = { count: 0, staying: 0, oldestAt: null, until: EVER, jobBytes: 0 };
const QUIET: QueueLook = {
  ...{ now: NOW, completed: NONE, failed: NONE, used: null },
  events: { count: 0, bytes: 0 },
};
const POLICY: RetentionPolicy = {
  completed: { count: 100, ageMs: 24 * HOUR_MS },
  failed: { count: 500, ageMs: 168 * HOUR_MS },
  progressMs: HOUR_MS,
  events: { count: 10_000, bytes: 16_777_216 },
  maxBytes: undefined,
};

const used = (bytes: number, standardErrorBytes: number | null = 0) => ({
  ...{ bytes, standardErrorBytes },
});

/** So many jobs, the oldest so many hours old. */
function jobs(count: number, hours: number, more: Partial<StateLook> = {}): StateLook {
  return { ...NONE, count, oldestAt: NOW - hours * HOUR_MS, jobBytes: 1_000, ...more };
}

describe('the plan for a queue', () => {
  test('is empty for what is in order', () => {
    const look = { ...QUIET, completed: jobs(100, 23), failed: jobs(500, 167) };
    expect(planRetention(look, POLICY)).toEqual({ removals: [], keepEvents: null, overBytes: 0 });
  });

  test('is what is too many, then what is too old', () => {
    const { removals } = planRetention({ ...QUIET, completed: jobs(140, 25) }, POLICY);
    expect(removals).toEqual([
      { state: 'completed', why: 'count', before: null, keep: 100, most: 40 },
      { state: 'completed', why: 'age', before: NOW - 24 * HOUR_MS, keep: 0, most: 140 },
    ]);
  });

  test('counts no job that says itself that it stays', () => {
    const look = { ...QUIET, completed: jobs(150, 1, { staying: 60 }) };
    expect(planRetention(look, POLICY).removals).toEqual([]);
  });

  test('has no end by age or number where none is given', () => {
    const endless = { count: undefined, ageMs: undefined };
    const look = { ...QUIET, completed: jobs(1_000_000, 9_999) };
    expect(planRetention(look, { ...POLICY, completed: endless }).removals).toEqual([]);
  });

  test('frees bytes from completed jobs first, and from failed ones what these cannot', () => {
    const policy = { ...POLICY, maxBytes: 100_000 };
    const look = { ...QUIET, completed: jobs(50, 1), failed: jobs(300, 1), used: used(400_000) };
    const { removals, overBytes } = planRetention(look, policy);
    expect(removals).toMatchObject([{ state: 'completed', why: 'bytes', most: 3 }]);
    expect(overBytes).toBe(0);
    const later = { ...look, completed: NONE, used: used(350_000) };
    expect(planRetention(later, policy).removals).toMatchObject([
      { state: 'failed', why: 'bytes', most: 15 },
    ]);
    const more = planRetention({ ...look, used: used(1_000_000) }, policy);
    expect(more.overBytes).toBe(550_000);
  });

  test('frees no bytes while it may be chance that there are too many', () => {
    const policy = { ...POLICY, maxBytes: 100_000 };
    const plan = (standardErrorBytes: number | null) =>
      planRetention(
        { ...QUIET, completed: jobs(100, 1), used: used(120_000, standardErrorBytes) },
        policy,
      );
    for (const unsure of [null, 10_000, 1e9])
      expect(plan(unsure)).toMatchObject({ removals: [], overBytes: 0 });
    expect(plan(9_999).removals).toMatchObject([{ why: 'bytes', most: 5 }]);
  });

  test('leaves failed jobs that may have no dead letter yet, for whatever reason they are to go', () => {
    const policy = { ...POLICY, maxBytes: 1 };
    const until = NOW - 100 * HOUR_MS;
    const at = (hours: number, count: number, bytes = 1) =>
      planRetention({ ...QUIET, failed: jobs(count, hours, { until }), used: used(bytes) }, policy);
    expect(at(101, 600).removals).toMatchObject([{ why: 'count', before: until + 1, most: 100 }]);
    expect(at(169, 10).removals).toMatchObject([{ why: 'age', before: NOW - 168 * HOUR_MS }]);
    expect(at(101, 10, 9_000).removals).toMatchObject([{ why: 'bytes', before: until + 1 }]);
    for (const [count, bytes] of [
      [600, 1],
      [10, 9_000],
    ] as const)
      expect(at(99, count, bytes)).toMatchObject({ removals: [], overBytes: 0 });
    const longAgo = { ...QUIET, failed: jobs(600, 200, { until: NOW - 190 * HOUR_MS }) };
    expect(planRetention(longAgo, policy).removals).toMatchObject([
      { why: 'count' },
      { why: 'age', before: NOW - 190 * HOUR_MS + 1 },
    ]);
  });

  test('does not look at bytes before age and number are in order, since these free some', () => {
    const look = { ...QUIET, completed: jobs(101, 1), used: used(1e9) };
    const { removals, overBytes } = planRetention(look, { ...POLICY, maxBytes: 1 });
    expect(removals).toMatchObject([{ why: 'count', most: 1 }]);
    expect(overBytes).toBe(0);
  });

  test('cuts events by bytes to what fits with room, and by number only well above it', () => {
    const keep = (count: number, bytes: number) =>
      planRetention({ ...QUIET, events: { count, bytes } }, POLICY).keepEvents;
    expect(keep(10_000, 16_777_216)).toBeNull();
    expect(keep(10_000, 2 * 16_777_216)).toBe(4_500);
    expect(keep(11_900, 1_000)).toBeNull();
    expect(keep(12_100, 1_000)).toBe(10_000);
    expect(keep(1, 1e9)).toBe(0);
  });
});

describe('any look', () => {
  const random = createSeededRandom(11);
  const upTo = (most: number): number => Math.floor(random() * most);
  const perhaps = <T>(value: T): T | undefined => (random() < 0.3 ? undefined : value);
  const state = (): StateLook => {
    const count = upTo(3_000);
    const staying = random() < 0.7 ? 0 : upTo(count + 1);
    const oldestAt = count > staying ? NOW - upTo(400) * HOUR_MS + HOUR_MS : null;
    return { count, staying, oldestAt, until: EVER, jobBytes: upTo(10_000) };
  };
  const cases = Array.from({ length: 2_000 }, (): [QueueLook, RetentionPolicy] => {
    const kept = () => ({ count: perhaps(upTo(1_000)), ageMs: perhaps(upTo(300) * HOUR_MS) });
    const events = { count: upTo(20_000), bytes: upTo(40_000_000) };
    return [
      { now: NOW, completed: state(), failed: state(), used: used(upTo(1e8), upTo(1e6)), events },
      { ...POLICY, completed: kept(), failed: kept(), maxBytes: perhaps(upTo(1e8)) },
    ];
  });

  test('leads to nothing that the policy keeps: neither by number nor by age', () => {
    for (const [look, policy] of cases) {
      for (const { state, why, before, keep, most } of planRetention(look, policy).removals) {
        const { count, staying } = look[state];
        expect(most).toBeGreaterThan(0);
        if (why === 'count') expect(count - staying - most).toBe(policy[state].count);
        if (why === 'count') expect(keep).toBe(policy[state].count);
        if (why === 'age') expect(before).toBe(NOW - policy[state].ageMs!);
        if (why === 'bytes') expect(most).toBeLessThanOrEqual(count - staying);
      }
    }
  });

  test('leads to an order: what was planned and done is not planned again', () => {
    for (const [look, policy] of cases) {
      const left = { ...look, used: used(0) };
      for (const state of FINISHED) {
        const { count: most, ageMs } = policy[state];
        const { staying } = look[state];
        const count = Math.min(look[state].count, staying + (most ?? Number.POSITIVE_INFINITY));
        const oldestAt = ageMs === undefined ? look[state].oldestAt : NOW - ageMs;
        left[state] = { ...look[state], count, oldestAt };
      }
      expect(planRetention(left, policy).removals).toEqual([]);
    }
  });

  test('never frees more bytes than are too many, but for one job, and a twentieth at a time', () => {
    for (const [look, policy] of cases) {
      const { removals } = planRetention(look, policy);
      for (const { state, why, most } of removals) {
        if (why !== 'bytes') continue;
        const { count, jobBytes } = look[state];
        expect(removals).toHaveLength(1);
        expect(most).toBeLessThan(count / 20 + 1);
        expect(most * jobBytes).toBeLessThan(look.used!.bytes - policy.maxBytes! + 10_000);
      }
    }
  });
});
