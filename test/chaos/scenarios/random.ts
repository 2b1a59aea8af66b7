/**
 * A scenario by lot: the seed makes the set-up and a sequence of faults, the same on every machine.
 *
 * Faults of different kinds may overlap: a worker is killed while Redis is away. What is promised is added up
 * from the faults drawn. A run takes less than 20 s.
 */
import { LOCK_MS, LOTS, type Lot } from '../faults/lots.ts';
import { createRandom, type Random } from '../harness/random-numbers.ts';
import { LOG_LINES_PER_CUT, type Scenario, type Setup } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

interface Draw {
  readonly lot: Lot;
  readonly ms: number;
  readonly pauseMs: number;
  /** Begins with the one before instead of after it. */
  readonly overlaps: boolean;
}

/** All faults together take no longer. */
const BUDGET_MS = 4_500;

/** The scenario of a seed. */
export function randomScenario(seed: number): Scenario {
  const random = createRandom(seed);
  const setup = drawSetup(random);
  const draws = drawFaults(random, setup.via === 'proxy');
  const words = draws.map(({ lot, ms, overlaps }) => `${overlaps ? '+ ' : ''}${lot.name} ${ms} ms`);
  return {
    ...{ name: `seed-${seed}`, family: 'by lot', pace: 'usual', setup },
    fault: `${words.join(', ')} (${setup.workers} × ${setup.concurrency} jobs of ${setup.jobMs} ms${setup.flows ? ', flows' : ''}${setup.via === 'proxy' ? ', proxy' : ''})`,
    promise: 'nothing lost; at most the jobs that a fault explains run again',
    bounds: {
      repeats: allowedRepeats(draws, setup),
      logLinesPerSecond: 10 + allowedCuts(draws) * LOG_LINES_PER_CUT,
    },
    run: (stage) => play(stage, draws),
  };
}

type RandomSetup = Pick<Setup, 'workers' | 'concurrency' | 'jobMs' | 'flows' | 'via'> &
  Partial<Setup>;

function drawSetup(random: Random): RandomSetup {
  const workers = random.between(1, 3);
  const concurrency = random.pick([2, 5, 10]);
  const jobMs = random.pick([5, 20, 100]);
  const flows = random.chance(0.25);
  // Three jobs in a flow; no more than the workers do with ease, so that the drain is short.
  const capacity = (workers * concurrency * 1_000) / (jobMs + 5) / (flows ? 3 : 1);
  return {
    ...{ workers, concurrency, jobMs, flows },
    via: random.chance(0.5) ? 'proxy' : 'direct',
    addsPerSecond: Math.min(60, Math.floor(capacity / 2)),
    config: { 'lua-time-limit': '100' }, // Before that no script can be killed.
    ...{ lockMs: LOCK_MS, stalledMs: 1_500, shutdownMs: 2_000, afterMs: 700, drainMs: 7_000 },
  };
}

function drawFaults(random: Random, hasProxy: boolean): Draw[] {
  const lots = LOTS.filter(({ kind }) => hasProxy || kind !== 'network');
  const draws: Draw[] = [];
  let leftMs = BUDGET_MS;
  const wanted = random.between(2, 5);
  while (draws.length < wanted && leftMs > 0) {
    const lot = random.pick(lots);
    const ms = random.between(lot.leastMs, Math.min(lot.mostMs, Math.max(lot.leastMs, leftMs)));
    const pauseMs = random.between(0, 600);
    const before = draws.at(-1);
    const overlaps =
      random.chance(0.4) &&
      before !== undefined &&
      !before.overlaps &&
      before.lot.kind !== lot.kind;
    draws.push({ lot, ms, pauseMs, overlaps });
    leftMs -= overlaps ? 0 : ms + pauseMs;
  }
  return draws;
}

function allowedRepeats(draws: readonly Draw[], { workers, concurrency }: RandomSetup): number {
  const slots = { none: 0, one: concurrency, all: workers * concurrency };
  const troubleMs = draws.reduce((sum, { ms }) => sum + ms, 0);
  return draws.reduce((sum, { lot }) => sum + slots[lot.repeats(troubleMs)], 0);
}

/** Most per second: the fault itself does not take long. */
function allowedCuts(draws: readonly Draw[]): number {
  return draws.filter(({ lot }) => lot.name === 'cut clients').length > 0 ? 7 : 1;
}

async function play(stage: Stage, draws: readonly Draw[]): Promise<void> {
  let running: Array<Promise<void>> = [];
  for (const { lot, ms, pauseMs, overlaps } of draws) {
    if (!overlaps) await Promise.all(running.splice(0));
    await stage.sleep(pauseMs);
    running = [...running, lot.run(stage, ms)];
  }
  await Promise.all(running);
}
