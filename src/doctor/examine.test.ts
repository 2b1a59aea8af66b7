/** The catalogue as a whole: ids, and what a sample without anything to read is judged to be. */
import { expect, test } from 'vitest';
import { CHECKS } from './checks.ts';
import { examine } from './examine.ts';
import { known, unknown } from './reading.ts';
import { emptySample } from './take-sample.ts';

const nothing = emptySample({
  info: unknown('x'),
  config: unknown('x'),
  memoryBytes: unknown('x'),
});

test('ids are told once, and every check says what to do', () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(CHECKS.filter(({ remedy }) => remedy.length === 0)).toEqual([]);
});

test('what may not be read is unverified: neither good nor bad', () => {
  const findings = examine(nothing);
  expect(findings.length).toBeGreaterThan(20);
  expect(findings.filter(({ severity }) => severity !== 'unverified')).toEqual([]);
});

test("a provider's own remedy replaces ours, and is not mended here", () => {
  const sample = {
    ...emptySample({
      info: known(new Map([['maxmemory_policy', 'volatile-lru']])),
      ...{ config: unknown('x'), memoryBytes: unknown('x') },
    }),
    provider: 'upstash' as const,
  };
  const finding = examine(sample).find(({ id }) => id === 'CFG01');
  expect(finding).toMatchObject({ severity: 'critical', isFixable: false });
  expect(finding!.remedy.join()).toContain('Eviction off');
});
