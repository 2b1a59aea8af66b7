import { describe, expect, it } from 'vitest';
import { NO_MEMORY, parsePlanMemory } from './plan-memory.ts';
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
