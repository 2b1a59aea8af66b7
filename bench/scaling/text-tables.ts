/**
 * The figures of policies side by side as text.
 */
import type { Run } from './matrix.ts';
import type { Standing } from './plots.ts';

/** Policies from the fewest broken minutes on. */
export function standingsTable(standings: readonly Standing[]): string {
  const sorted = [...standings].sort(
    (a, b) =>
      a.averages.violatedPercent - b.averages.violatedPercent || a.averages.cost - b.averages.cost,
  );
  return aligned([
    ['policy', 'violated %', 'cost', 'worst', 'p95 s', 'starts/h', 'reversals/h', 'interrupted'],
    ...sorted.map(({ kind, averages }) => [
      kind.name,
      averages.violatedPercent.toFixed(2),
      averages.cost.toFixed(3),
      averages.worstCost.toFixed(2),
      averages.waitP95Seconds.toFixed(2),
      averages.startsPerHour.toFixed(0),
      averages.reversalsPerHour.toFixed(0),
      String(averages.interrupted),
    ]),
  ]);
}

/** One line for each draw: violated % / cost / p95 s of each policy. */
export function workloadTable(columns: readonly { name: string; runs: readonly Run[] }[]): string {
  const draws = columns[0]?.runs ?? [];
  return aligned([
    ['violated % / cost / p95 s', ...columns.map(({ name }) => name)],
    ...draws.map((draw, i) => [
      `${nameOf(draw)}${draw.workload.isAveraged ? '' : ' (apart)'}`,
      ...columns.map(({ runs }) => cellOf(runs[i]!)),
    ]),
  ]);
}

/** A workload with its seed. */
export function nameOf({ workload, seed }: Pick<Run, 'workload' | 'seed'>): string {
  return seed === null ? workload.name : `${workload.name} ${seed}`;
}

function cellOf({ figures }: Run): string {
  const { violatedPercent, cost, waitP95Seconds } = figures;
  return `${violatedPercent.toFixed(1)} / ${cost.toFixed(2)} / ${waitP95Seconds.toFixed(1)}`;
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  '),
    )
    .join('\n');
}
