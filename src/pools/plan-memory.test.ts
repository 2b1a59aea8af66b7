import { describe, expect, it } from 'vitest';
import { NO_MEMORY, parsePlanMemory, planMemoryText } from './plan-memory.ts';
import { learnStandby } from './standby.ts';

const full = {
  ...NO_MEMORY,
  hold: [[1, 2]],
  arrivals: { slow: 1, fast: 1, mean: 1, spread: 1, seconds: 1 },
  standby: learnStandby(null, {
    ...{ arrived: 1, dueSoon: 0, elapsedSeconds: 1, serviceSeconds: 1, usual: 1 },
    ...{ waitSeconds: 5, reactSeconds: 31, max: 4 },
  }),
};

describe('parsePlanMemory', () => {
  it('reads what was written', () => {
    expect(parsePlanMemory(JSON.stringify(NO_MEMORY))).toEqual(NO_MEMORY);
    expect(parsePlanMemory(JSON.stringify(full))).toEqual(full);
  });

  it('is short even where slots take an hour to start, and never holds less', () => {
    const hold = Array.from({ length: 3_600 }, (_, i) => [1e6 + i * 1.0000001, 9_000 - i] as const);
    const usual = Array.from({ length: 3_601 }, (_, i) => 5_000 + (i % 4_000));
    const standby = { ...full.standby, usual };
    const text = planMemoryText({ ...NO_MEMORY, nowSeconds: 1e6 + 3_600.0000003, hold, standby });
    expect(text.length).toBeLessThan(40_000);
    const kept = parsePlanMemory(text)!;
    expect(kept.standby).toEqual(standby);
    expect(kept.hold.length).toBeLessThanOrEqual(500);
    for (const [at, slots] of hold)
      expect(kept.hold.some(([keptAt, more]) => keptAt >= at - 0.001 && more >= slots)).toBe(true);
    expect(kept.hold[0]![1]).toBe(9_000);
  });

  it('refuses what is no memory', () => {
    for (const text of ['', 'nonsense', 'null', '[]', '"x"', '{}', '{"version":1}'])
      expect(parsePlanMemory(text)).toBeUndefined();
    expect(parsePlanMemory(JSON.stringify({ ...full, version: 2 }))).toBeUndefined();
  });

  it('refuses a memory in which any value is of another kind', () => {
    const spoiled = spoil(full);
    expect(spoiled.length).toBeGreaterThan(30);
    for (const each of spoiled)
      expect(parsePlanMemory(JSON.stringify(each)), JSON.stringify(each)).toBeUndefined();
  });
});

/** One copy for every value inside, with that value spoiled. */
function spoil(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return ['spoiled', -1];
  return Object.entries(value).flatMap(([name, inner]) =>
    spoil(inner).map((each) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      copy[name] = each;
      return copy;
    }),
  );
}
