/**
 * `node bench/dist/scaling/run.js --d 3 --seeds 7,11 --policy ours`: policies over the workloads, for tuning.
 *
 * Prints each run and the averages. The scenario `scaling-sim` is what figures are published from.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { averagesOf, type Draw, drawsOf, type Run, runMatrix, SETTINGS } from './matrix.ts';
import { timelineCharts } from './plots.ts';
import { loadOurs, RIVALS } from './policies/all.ts';
import type { PolicyKind, Setting } from './policy.ts';
import { simulate } from './simulate.ts';
import { drawCharts } from './svg-chart.ts';
import { nameOf } from './text-tables.ts';
import { readTrace } from './trace.ts';
import { WORKLOADS } from './workloads.ts';

const USAGE = `node bench/dist/scaling/run.js [options]

  --d 0.1,3,30         how long a slot takes to start; all three by default
  --seeds 7,11         seeds of the workloads; 7,11 by default
  --policy ours,dask   policies of that name, or whose name begins so; ours by default, "all" for all
  --workloads step     only these
  --trace FILE         a recorded trace too
  --averages           no line for each run
  --plot FILE          the first run of the last policy as SVG charts`;

interface Settings {
  readonly starts: readonly number[];
  readonly seeds: readonly number[];
  readonly policies: readonly string[];
  readonly workloads: readonly string[];
  readonly trace: string | undefined;
  readonly averages: boolean;
  readonly plot: string | undefined;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      d: { type: 'string', default: '0.1,3,30' },
      seeds: { type: 'string', default: '7,11' },
      policy: { type: 'string', default: 'ours' },
      workloads: { type: 'string', default: WORKLOADS.join(',') },
      trace: { type: 'string' },
      averages: { type: 'boolean', default: false },
      plot: { type: 'string' },
    },
  });
  const numbers = (text: string): number[] => text.split(',').map(Number);
  return {
    starts: numbers(values.d),
    seeds: numbers(values.seeds),
    policies: values.policy.split(','),
    workloads: values.workloads.split(','),
    trace: values.trace,
    averages: values.averages,
    plot: values.plot,
  };
}

async function main(): Promise<void> {
  const settings = readSettings();
  const trace = settings.trace === undefined ? null : readTrace(settings.trace);
  const draws = drawsOf(settings.seeds, trace, settings.workloads);
  const kinds = wantedOf([...(await loadOurs()), ...RIVALS], settings.policies);
  for (const start of settings.starts) {
    const setting = SETTINGS.find(({ startSeconds }) => startSeconds === start);
    if (!setting) throw new Error(`--d is one of 0.1, 3 and 30, not ${start}\n\n${USAGE}`);
    for (const kind of kinds) {
      const began = performance.now();
      const runs = runMatrix(kind, draws, setting);
      const ms = Math.round(performance.now() - began);
      console.log(`d ${start}  ${kind.name}  ${averagesLine(runs)}  ${ms} ms`);
      if (!settings.averages) for (const run of runs) console.log(`  ${runLine(run)}`);
      if (settings.plot !== undefined) plot(settings.plot, kind, draws[0]!, setting);
    }
  }
}

/** Those of a name, or whose name begins so if none is called that. */
function wantedOf(kinds: readonly PolicyKind[], names: readonly string[]): PolicyKind[] {
  return names.flatMap((wanted) => {
    if (wanted === 'all') return kinds;
    const exact = kinds.filter(({ name }) => name === wanted);
    return exact.length > 0 ? exact : kinds.filter(({ name }) => name.startsWith(wanted));
  });
}

function plot(file: string, kind: PolicyKind, { workload, seed }: Draw, setting: Setting): void {
  const outcome = simulate(workload, kind, { setting, seed: seed ?? 0, hasTimeline: true });
  writeFileSync(file, drawCharts(timelineCharts(outcome, kind.name)));
}

const fixed = (value: number, digits = 2): string => value.toFixed(digits).padStart(7);

function averagesLine(runs: readonly Run[]): string {
  const { violatedPercent, cost, waitP95Seconds, ...rest } = averagesOf(runs);
  return (
    `violated ${fixed(violatedPercent)} %  cost ${fixed(cost, 3)}  p95 ${fixed(waitP95Seconds)} s  ` +
    `starts/h ${fixed(rest.startsPerHour, 0)}  reversals/h ${fixed(rest.reversalsPerHour, 0)}  ` +
    `worst cost ${fixed(rest.worstCost)}  runs ${rest.runs}  interrupted ${rest.interrupted}`
  );
}

function runLine({ workload, seed, figures }: Run): string {
  const name = nameOf({ workload, seed }).padEnd(16);
  const steps = Number.isNaN(figures.reactionSeconds)
    ? ''
    : `  reaction ${figures.reactionSeconds} s, recovery ${figures.recoverySeconds.toFixed(0)} s`;
  return (
    `${name}${fixed(figures.violatedPercent)} %  cost ${fixed(figures.cost, 3)}  ` +
    `p50 ${fixed(figures.waitP50Seconds)}  p95 ${fixed(figures.waitP95Seconds)}  ` +
    `p99 ${fixed(figures.waitP99Seconds)} s  late ${fixed(figures.latePercent)} %  ` +
    `starts/h ${fixed(figures.startsPerHour, 0)}  peak ${figures.peak}${steps}`
  );
}

await main();
