/**
 * Makes a test of every scenario: it runs against Drover, and no promise may be broken.
 *
 * A promise about time that a busy machine breaks once is given a second run. A job that is lost, stuck or out
 * of its bounds is not: that fails at once.
 */
import { expect, test } from 'vitest';
import { brokenIn, type Outcome } from './harness/outcome.ts';
import { runScenario } from './harness/run-scenario.ts';
import type { Scenario } from './harness/scenario.ts';
import { linesOf } from './report/line.ts';

/** Broken promises about time and speed, as they are worded with what was seen. */
const LATE = /within \S+ ms: [\d.]+ ms|^processes stay well: [\d.]+ log lines per second$/;

/** Defines the tests; a scenario that cannot run here is skipped with the reason. */
export function verify(scenarios: readonly Scenario[]): void {
  test.for(scenarios)('$name: $fault', async (scenario, { skip }) => {
    let outcome = await runScenario(scenario, 'drover');
    if (outcome.notRun !== undefined) return skip(`${scenario.name}: ${outcome.notRun}`);
    if (isLateOnly(outcome)) {
      console.error(['Late, so it runs once more:', ...linesOf(outcome)].join('\n'));
      outcome = await runScenario(scenario, 'drover');
    }
    expect(brokenIn(outcome), linesOf(outcome).join('\n')).toEqual([]);
  });
}

function isLateOnly(outcome: Outcome): boolean {
  const broken = brokenIn(outcome);
  return broken.length > 0 && broken.every((promise) => LATE.test(promise));
}
