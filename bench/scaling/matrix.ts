/**
 * Policies over all workloads and seeds, and their averages.
 */
import { type Figures, figuresOf } from './figures.ts';
import type { PolicyKind, Setting } from './policy.ts';
import { simulate } from './simulate.ts';
import type { Workload } from './workload.ts';
import { generateWorkload, WORKLOADS } from './workloads.ts';

/** How slots start: inside running processes, as processes, as pods. */
export const SETTINGS: readonly Setting[] = [
  { startSeconds: 0.1, startCost: 0 },
  { startSeconds: 3, startCost: 5 },
  { startSeconds: 30, startCost: 30 },
];

/** A workload with the seed it was drawn from; a trace has none. */
export interface Draw {
  readonly workload: Workload;
  readonly seed: number | null;
}

/** One run of the matrix. */
export interface Run extends Draw {
  readonly figures: Figures;
}

/** Averages over the runs that count: means, for the cost the geometric one. */
export interface Averages {
  readonly violatedPercent: number;
  readonly cost: number;
  readonly waitP95Seconds: number;
  readonly latePercent: number;
  readonly startsPerHour: number;
  readonly reversalsPerHour: number;
  readonly interrupted: number;
  readonly worstCost: number;
  readonly runs: number;
}

/** Every workload once for each seed, and the trace, if there is one. */
export function drawsOf(
  seeds: readonly number[],
  trace: Workload | null,
  names: readonly string[] = WORKLOADS,
): Draw[] {
  const draws: Draw[] = names.flatMap((name) =>
    seeds.map((seed) => ({ workload: generateWorkload(name, seed), seed })),
  );
  if (trace) draws.push({ workload: trace, seed: null });
  return draws;
}

/** Runs a policy on every draw. */
export function runMatrix(kind: PolicyKind, draws: readonly Draw[], setting: Setting): Run[] {
  return draws.map((draw) => {
    const outcome = simulate(draw.workload, kind, { setting, seed: draw.seed ?? 0 });
    return { ...draw, figures: figuresOf(outcome) };
  });
}

export function averagesOf(runs: readonly Run[]): Averages {
  const counted = runs.filter(({ workload }) => workload.isAveraged).map((run) => run.figures);
  const mean = (figure: (figures: Figures) => number): number =>
    counted.reduce((sum, figures) => sum + figure(figures), 0) / counted.length;
  return {
    violatedPercent: mean((figures) => figures.violatedPercent),
    cost: Math.exp(mean((figures) => Math.log(figures.cost))),
    waitP95Seconds: mean((figures) => figures.waitP95Seconds),
    latePercent: mean((figures) => figures.latePercent),
    startsPerHour: mean((figures) => figures.startsPerHour),
    reversalsPerHour: mean((figures) => figures.reversalsPerHour),
    interrupted: runs.reduce((sum, { figures }) => sum + figures.interrupted, 0),
    worstCost: Math.max(...counted.map((figures) => figures.cost)),
    runs: counted.length,
  };
}
