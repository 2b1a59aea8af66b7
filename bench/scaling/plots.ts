/**
 * What happened in a run, and how policies stand against each other, as charts.
 */
import { waitsOf } from './figures.ts';
import type { Averages } from './matrix.ts';
import type { PolicyKind, Setting } from './policy.ts';
import type { Outcome } from './simulate.ts';
import { type Chart, COLORS } from './svg-chart.ts';

/** What a policy has come to in one setting. */
export interface Standing {
  readonly kind: PolicyKind;
  readonly averages: Averages;
}

const WINDOW_SECONDS = 30;
const P95 = 0.95;

/** Target, slots and busy ones over time, and below it how long the jobs of each half minute waited. */
export function timelineCharts(outcome: Outcome, policy: string): Chart[] {
  const { workload, setting, timeline } = outcome;
  const over = (value: (moment: Outcome['timeline'][number]) => number) =>
    timeline.map((moment) => [moment.atSeconds, value(moment)] as const);
  const [blue, red, green] = COLORS as [string, string, string];
  return [
    {
      title: `${workload.name}, slots start in ${setting.startSeconds} s: ${policy}`,
      xName: 'seconds',
      yName: 'slots',
      series: [
        { name: 'target', color: red, points: over(({ target }) => target), isStep: true },
        { name: 'ready', color: blue, points: over(({ ready }) => ready), isStep: true },
        { name: 'busy', color: green, points: over(({ busy }) => busy), isStep: true },
      ],
    },
    {
      title: 'p95 of the waits of the jobs that came in each half minute',
      xName: 'seconds',
      yName: 'seconds',
      series: [{ name: 'p95 wait', color: blue, points: waitsOverTime(outcome) }],
      level: { y: workload.waitSeconds, name: 'promised' },
    },
  ];
}

/** Each family of policies as a line over the values of its knob: lower and further left is better. */
export function paretoChart(standings: readonly Standing[], setting: Setting): Chart {
  const families = [...new Set(standings.map(({ kind }) => kind.family))];
  return {
    title: `slots start in ${setting.startSeconds} s and cost ${setting.startCost} slot-seconds to start`,
    xName: 'minutes that break the wait objective, %',
    yName: 'cost against the clairvoyant',
    isYLogarithmic: true,
    series: families.map((family, i) => {
      const members = standings
        .filter(({ kind }) => kind.family === family)
        .sort((a, b) => a.averages.violatedPercent - b.averages.violatedPercent);
      return {
        name: family,
        color: COLORS[i % COLORS.length]!,
        points: members.map(({ averages }) => [averages.violatedPercent, averages.cost] as const),
        labels: members.map(
          ({ kind, averages }) =>
            `${kind.name}: ${averages.violatedPercent.toFixed(2)} %, ${averages.cost.toFixed(2)}`,
        ),
      };
    }),
  };
}

/** The policies that no other one beats on both counts, from the fewest broken minutes on. */
export function paretoFront(standings: readonly Standing[]): Standing[] {
  const isBeaten = ({ averages: mine }: Standing): boolean =>
    standings.some(
      ({ averages: other }) =>
        other.violatedPercent <= mine.violatedPercent &&
        other.cost <= mine.cost &&
        (other.violatedPercent < mine.violatedPercent || other.cost < mine.cost),
    );
  return standings
    .filter((standing) => !isBeaten(standing))
    .sort((a, b) => a.averages.violatedPercent - b.averages.violatedPercent);
}

function waitsOverTime(outcome: Outcome): [number, number][] {
  const { readyAt } = outcome.workload;
  const windows = new Map<number, number[]>();
  for (const [job, wait] of waitsOf(outcome).entries()) {
    const window = Math.floor(readyAt[job]! / WINDOW_SECONDS);
    const waits = windows.get(window) ?? [];
    waits.push(wait);
    windows.set(window, waits);
  }
  return [...windows].map(([window, waits]) => {
    const sorted = waits.sort((a, b) => a - b);
    const p95 = sorted[Math.max(0, Math.ceil(P95 * sorted.length) - 1)]!;
    return [window * WINDOW_SECONDS, p95];
  });
}
