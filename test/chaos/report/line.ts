/**
 * An outcome as a person reads it in a terminal: one line, and one more for each promise that was not kept.
 */
import { brokenIn, type Outcome } from '../harness/outcome.ts';

/** The lines of one run. */
export function linesOf(outcome: Outcome): string[] {
  const { scenario, side, figures, notRun, notes, tookMs, checks } = outcome;
  const name = `${scenario.padEnd(28)} ${side.padEnd(6)}`;
  if (!figures) return [`${name} not run: ${notRun}`];
  const broken = brokenIn(outcome);
  const strained = checks.filter(({ state }) => state === 'strained');
  const { accepted, refused, unknown, pending, repeats, lost, stuck, failed } = figures;
  const { resumeMs, slowestAddMs, errorsPerSecond, httpP99Ms, memoryGrowthMb, noiseMs } = figures;
  return [
    `${name} ${broken.length === 0 ? 'kept    ' : 'NOT KEPT'} ${(tookMs / 1_000).toFixed(1)} s · ` +
      `${accepted} accepted, ${refused} refused, ${unknown} unknown, ${pending} open · ` +
      `${repeats} repeats, ${lost} lost, ${stuck} stuck, ${failed} failed · ` +
      `back ${resumeMs ?? '∞'} ms, add ${slowestAddMs} ms, ${errorsPerSecond} errors/s, http ${httpP99Ms} ms (noise ${noiseMs}), +${memoryGrowthMb} MB`,
    ...broken.map((words) => `    not kept: ${words}`),
    ...strained.map(({ promise, seen }) => `    strained: ${promise}: ${seen}`),
    ...notes.map((note) => `    ${note}`),
  ];
}
