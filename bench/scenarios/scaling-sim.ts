/**
 * Drover's scaling controller and the rules of other scalers over the same simulated work.
 *
 * Eleven synthetic workloads, each once for each seed, and a recorded trace if one is named, in three settings: slots
 * that start inside a process, as a process, as a pod. Rivals that need the mean service time or the load are told the
 * true one. Workloads that nobody can serve and such that scale to zero are in the table, and in no average. There is
 * no trace by default, so that no figure depends on what happens to lie somewhere.
 */
import { writeFileSync } from 'node:fs';
import { alone } from '../harness/report.ts';
import type { Row, RunOptions, Scenario } from '../harness/scenario.ts';
import {
  averagesOf,
  type Draw,
  drawsOf,
  type Run,
  runMatrix,
  SETTINGS,
} from '../scaling/matrix.ts';
import { paretoChart, paretoFront, type Standing, timelineCharts } from '../scaling/plots.ts';
import { loadOurs, RIVALS } from '../scaling/policies/all.ts';
import type { PolicyKind, Setting } from '../scaling/policy.ts';
import { simulate } from '../scaling/simulate.ts';
import { type Chart, drawCharts } from '../scaling/svg-chart.ts';
import { nameOf, standingsTable, workloadTable } from '../scaling/text-tables.ts';
import { readTrace } from '../scaling/trace.ts';

/** Never used for tuning: that is what 7 and 11 are for. */
const SEEDS = [101, 202];
/** By how long a slot takes to start: broken minutes in %, and cost. */
const BARS: Readonly<Record<number, { violated: number; cost: number }>> = {
  0.1: { violated: 0, cost: 1.1 },
  3: { violated: 0, cost: 1.35 },
  30: { violated: 2.5, cost: 2 },
};
/** Rivals in rows and in the table of workloads; all are in the table of policies. */
const SHOWN = [
  ...['dask 0.2', 'dask 0.4', 'knative 0.7', 'knative 0.85', 'keda waiting, 5'],
  ...['keda waiting and active, 1', 'aws backlog per instance', 'wpa 1', 'static 1'],
  ...['judoscale jump 1, up 60, down 600', 'judoscale jump 15, up 10, down 60'],
  ...['oban-like T 60, cooldown 120'],
];
const IN_DETAIL = ['ours, efficacy enforce', 'knative 0.85', 'dask 0.4', 'static 1'];
const PLOTTED = ['step', 'mmpp', 'trace'];
const QUICK_WORKLOADS = ['steady', 'step', 'onoff'];

/** A policy with its runs in one setting. */
interface Result extends Standing {
  readonly runs: readonly Run[];
}

export const scalingSim: Scenario = {
  name: 'scaling-sim',
  describe:
    'simulated worker pools: broken wait objectives and cost, against the rules of other scalers',
  async run(options) {
    const draws = readDraws(options);
    const [ours, enforcing, ...atOtherIntervals] = await loadOurs();
    // They take as long as all rivals together, and are there for the charts.
    const charted = options.plot === undefined ? [] : atOtherIntervals;
    const kinds = [ours, enforcing, ...charted, ...RIVALS];
    const rows: Row[] = [];
    const charts: Chart[] = [];
    for (const setting of SETTINGS) {
      rows.push(
        ...(await options.part(async () => {
          const results = kinds.map((kind) => resultOf(kind, draws, setting));
          tell(results, setting, options);
          charts.push(paretoChart(results, setting));
          return rowsOf(results, setting);
        })),
      );
    }
    if (options.plot !== undefined) {
      writeFileSync(options.plot, drawCharts([...timelines(ours, draws), ...charts]));
      options.progress(`wrote ${options.plot}`);
    }
    return rows;
  },
};

function readDraws({ seeds = SEEDS, trace, quick, progress }: RunOptions): Draw[] {
  if (trace === undefined) progress('no trace: it is left out (--trace FILE)');
  progress(`seeds ${seeds.join(', ')}`);
  const recorded = trace === undefined ? null : readTrace(trace);
  return quick ? drawsOf(seeds.slice(0, 1), recorded, QUICK_WORKLOADS) : drawsOf(seeds, recorded);
}

function resultOf(kind: PolicyKind, draws: readonly Draw[], setting: Setting): Result {
  const runs = runMatrix(kind, draws, setting);
  return { kind, runs, averages: averagesOf(runs) };
}

function tell(
  results: readonly Result[],
  { startSeconds }: Setting,
  { progress }: RunOptions,
): void {
  const detailed = results.filter(({ kind }, i) => i === 0 || IN_DETAIL.includes(kind.name));
  const columns = detailed.map(({ kind, runs }) => ({ name: kind.name, runs }));
  const front = paretoFront(results).map(({ kind }) => kind.name);
  progress(
    [
      `slots start in ${startSeconds} s`,
      standingsTable(results),
      `beaten by none on both counts: ${front.join(' · ')}`,
      workloadTable(columns),
      '',
    ].join('\n\n'),
  );
}

function rowsOf(results: readonly Result[], { startSeconds }: Setting): Row[] {
  const [ours, ...others] = results as [Result, ...Result[]];
  const bars = BARS[startSeconds]!;
  const label = (what: string, unit: string, bar: number | null) => ({
    ...{ what: `start ${startSeconds} s: ${what}`, unit, bar, better: 'lower' as const },
  });
  const figures = ours.runs
    .filter(({ workload }) => workload.isAveraged)
    .map(({ figures }) => figures);
  const { averages } = ours;
  return [
    averaged(
      label('minutes that break the wait objective', '%', bars.violated),
      averages.violatedPercent,
      figures.map(({ violatedPercent }) => violatedPercent),
    ),
    averaged(
      label('cost against the clairvoyant schedule', 'x', bars.cost),
      averages.cost,
      figures.map(({ cost }) => cost),
    ),
    alone(label('cost of the dearest run', 'x', null), [averages.worstCost]),
    alone(label('jobs interrupted', 'jobs', 0), [averages.interrupted]),
    ...stepRows(ours.runs, label),
    ...others
      .filter(({ kind }) => SHOWN.includes(kind.name))
      .flatMap(({ kind, averages: theirs }) => [
        versus(
          label(`broken minutes, ${kind.name}`, '%', null),
          averages,
          theirs,
          'violatedPercent',
        ),
        versus(label(`cost, ${kind.name}`, 'x', null), averages, theirs, 'cost'),
      ]),
  ];
}

type Label = Pick<Row, 'what' | 'unit' | 'bar' | 'better'>;

/** An average with the runs that it is of. */
function averaged(label: Label, average: number, samples: number[]): Row {
  return { ...alone(label, [average]), samples: { ours: samples, peer: [] } };
}

/** Ours beside a rival's. A rival without a broken minute has no ratio. */
function versus(
  label: Label,
  ours: Result['averages'],
  theirs: Result['averages'],
  figure: 'violatedPercent' | 'cost',
): Row {
  const row = alone(label, [ours[figure]]);
  const peer = Number(theirs[figure].toPrecision(5));
  const ratio = peer > 0 ? Number((ours[figure] / peer).toPrecision(5)) : null;
  return { ...row, peer, ratio, samples: { ours: [ours[figure]], peer: [theirs[figure]] } };
}

function stepRows(
  runs: readonly Run[],
  label: (what: string, unit: string, bar: null) => Label,
): Row[] {
  const steps = runs.filter(({ workload }) => workload.step !== null).map(({ figures }) => figures);
  if (steps.length === 0) return [];
  return [
    alone(
      label('step from 5 to 30 jobs/s until 30 slots are ready', 's', null),
      steps.map(({ reactionSeconds }) => reactionSeconds),
    ),
    alone(
      label('the same until no job starts late', 's', null),
      steps.map(({ recoverySeconds }) => recoverySeconds),
    ),
  ];
}

/** The first draw of some workloads, with slots that start as processes. */
function timelines(kind: PolicyKind, draws: readonly Draw[]): Chart[] {
  const setting = SETTINGS[1]!;
  return PLOTTED.flatMap((name) => {
    const draw = draws.find(({ workload }) => workload.name === name);
    if (!draw) return [];
    const run = { setting, seed: draw.seed ?? 0, hasTimeline: true };
    return timelineCharts(simulate(draw.workload, kind, run), `${kind.name}, ${nameOf(draw)}`);
  });
}
