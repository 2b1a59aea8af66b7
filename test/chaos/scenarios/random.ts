/**
 * A scenario by lot: the seed makes the set-up and a sequence of faults, the same on every machine.
 *
 * Faults of different kinds may overlap: a worker is killed while Redis is away. What is promised is added up
 * from the faults drawn. A run takes less than 20 s.
 */
import { fillMemory, missReplicas } from '../faults/refusal.ts';
import {
  cutClients,
  forgetScripts,
  freezeRedis,
  killRedis,
  pauseClients,
  runEndlessScript,
} from '../faults/server.ts';
import { createRandom, type Random } from '../harness/random-numbers.ts';
import type { Scenario, Setup } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';

interface Lot {
  readonly name: string;
  readonly kind: 'server' | 'network' | 'worker';
  readonly leastMs: number;
  readonly mostMs: number;
  readonly run: (stage: Stage, ms: number) => Promise<void>;
  /** Whose jobs may run again, given how long all trouble takes: those of one worker, of all, or of none. */
  readonly repeats: (troubleMs: number) => 'none' | 'one' | 'all';
}

interface Draw {
  readonly lot: Lot;
  readonly ms: number;
  readonly pauseMs: number;
  /** Begins with the one before instead of after it. */
  readonly overlaps: boolean;
}

const LOCK_MS = 2_000;
/** Locks are renewed at half their time: less trouble than that cannot end one. */
const isLong = (ms: number): boolean => ms > LOCK_MS / 2;
const none = (): 'none' => 'none';

const LOTS: readonly Lot[] = [
  { name: 'kill Redis', kind: 'server', leastMs: 0, mostMs: 2_500, run: killRedis, repeats: none },
  {
    ...{ name: 'freeze Redis', kind: 'server', leastMs: 200, mostMs: 3_000, run: freezeRedis },
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'pause clients', kind: 'server', leastMs: 200, mostMs: 2_500 },
    run: (stage, ms) => pauseClients(stage, ms, 'ALL'),
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'cut clients', kind: 'server', leastMs: 100, mostMs: 1_500, repeats: none },
    run: (stage, ms) => cutClients(stage, Math.ceil(ms / 150), 150),
  },
  {
    ...{ name: 'fill memory', kind: 'server', leastMs: 200, mostMs: 2_500, repeats: none },
    run: fillMemory,
  },
  {
    ...{ name: 'miss replicas', kind: 'server', leastMs: 200, mostMs: 3_000, repeats: none },
    run: missReplicas,
  },
  {
    ...{ name: 'forget scripts', kind: 'server', leastMs: 100, mostMs: 1_000, repeats: none },
    run: (stage, ms) => forgetScripts(stage, Math.ceil(ms / 100), 100),
  },
  {
    ...{ name: 'endless script', kind: 'server', leastMs: 300, mostMs: 2_000 },
    run: runEndlessScript,
    repeats: (ms) => (isLong(ms) ? 'all' : 'none'),
  },
  {
    ...{ name: 'cut network', kind: 'network', leastMs: 0, mostMs: 2_500, repeats: none },
    async run({ proxy, sleep }, ms) {
      proxy!.mode = 'refuse';
      proxy!.cut();
      await sleep(ms);
      proxy!.mode = 'pass';
    },
  },
  {
    ...{ name: 'slow network', kind: 'network', leastMs: 200, mostMs: 2_000, repeats: none },
    async run({ proxy, sleep }, ms) {
      proxy!.delay(60);
      await sleep(ms);
      proxy!.delay(0);
    },
  },
  {
    ...{ name: 'kill a worker', kind: 'worker', leastMs: 0, mostMs: 500, repeats: () => 'one' },
    async run({ fleet, sleep }, ms) {
      fleet.live[0]?.kill();
      await sleep(ms);
      await fleet.start();
    },
  },
  {
    ...{ name: 'freeze a worker', kind: 'worker', leastMs: 200, mostMs: 3_000 },
    async run({ fleet, sleep }, ms) {
      const victim = fleet.live[0];
      victim?.freeze();
      await sleep(ms);
      victim?.thaw();
    },
    repeats: (ms) => (isLong(ms) ? 'one' : 'none'),
  },
  {
    ...{ name: 'replace a worker', kind: 'worker', leastMs: 0, mostMs: 500, repeats: none },
    async run({ fleet, sleep }, ms) {
      const old = fleet.live[0];
      await fleet.start();
      await sleep(ms);
      old?.dismiss();
      await old?.exited;
    },
  },
];

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
    bounds: { repeats: allowedRepeats(draws, setup) },
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

async function play(stage: Stage, draws: readonly Draw[]): Promise<void> {
  let running: Array<Promise<void>> = [];
  for (const { lot, ms, pauseMs, overlaps } of draws) {
    if (!overlaps) await Promise.all(running.splice(0));
    await stage.sleep(pauseMs);
    running = [...running, lot.run(stage, ms)];
  }
  await Promise.all(running);
}
