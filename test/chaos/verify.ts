/**
 * Makes a test of every scenario: it runs against Drover, and no promise may be broken.
 */
import { expect, test } from 'vitest';
import { brokenIn } from './harness/outcome.ts';
import { runScenario } from './harness/run-scenario.ts';
import type { Scenario } from './harness/scenario.ts';
import { linesOf } from './report/line.ts';

/** Defines the tests; a scenario that cannot run here is skipped with the reason. */
export function verify(scenarios: readonly Scenario[]): void {
  test.for(scenarios)('$name: $fault', async (scenario, { skip }) => {
    const outcome = await runScenario(scenario, 'drover');
    if (outcome.notRun !== undefined) return skip(`${scenario.name}: ${outcome.notRun}`);
    expect(brokenIn(outcome), linesOf(outcome).join('\n')).toEqual([]);
  });
}
