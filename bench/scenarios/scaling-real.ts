/**
 * The simulation against reality: the same arrivals on real BullMQ, with pools in several processes.
 *
 * Parts of workloads are replayed at their own pace, since a controller that looks once a second cannot be speeded
 * up. Each process takes the name of a host of its own; the fleet elects its leader as always. How long jobs waited
 * and the slot-seconds are put beside those of a simulation of the very same jobs.
 */
import { startChild } from '../harness/children.ts';
import { until } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { median, percentile } from '../harness/statistics.ts';
import { figuresOf } from '../scaling/figures.ts';
import { SETTINGS } from '../scaling/matrix.ts';
import { loadOurs } from '../scaling/policies/all.ts';
import { MAX_SLOTS } from '../scaling/policy.ts';
import { simulate } from '../scaling/simulate.ts';
import { readTrace } from '../scaling/trace.ts';
import { partOf, type Workload } from '../scaling/workload.ts';
import { generateWorkload } from '../scaling/workloads.ts';
import type { HostFigures, ScalingHost } from '../workers/scaling-host.ts';
import type { Replay, ScalingProducer } from '../workers/scaling-producer.ts';

const HOSTS = 4;
const SEED = 101;
const OFF_BAR = 0.15;
/** What is replayed: the change of `step`, two bursts, a herd that is known beforehand. */
const PARTS = [
  { name: 'step', fromSeconds: 840, seconds: 180 },
  { name: 'mmpp', fromSeconds: 0, seconds: 300 },
  { name: 'cronherd', fromSeconds: 290, seconds: 130 },
];
const TRACE_PART = { fromSeconds: 0, seconds: 300 };
const QUICK_SECONDS = 15;
const SETTLE_MS = 60_000;
const REST_MS = 120_000;
const QUEUE = 'naps';
/** Seconds by which the looks of the controller are earlier than the jobs. */
const LOOKS_AT = [0, 0.25, 0.5, 0.75];

/** What is compared. */
interface Measured {
  readonly waitP95Seconds: number;
  readonly slotSeconds: number;
}

export const scalingReal: Scenario = {
  name: 'scaling-real',
  describe:
    'worker pools on real BullMQ in four processes, against the simulation of the same jobs',
  async run(options) {
    const rows: Row[] = [];
    for (const workload of partsOf(options))
      rows.push(...(await options.part(() => replayed(workload, options))));
    return rows;
  },
};

function partsOf({ seeds, trace, quick, progress }: RunOptions): Workload[] {
  if (trace === undefined) progress('no trace: it is left out (--trace FILE)');
  const seed = seeds?.[0] ?? SEED;
  const parts = PARTS.map((part) => ({ ...part, workload: generateWorkload(part.name, seed) }));
  const all =
    trace === undefined ? parts : [...parts, { ...TRACE_PART, workload: readTrace(trace) }];
  return all.map(({ workload, fromSeconds, seconds }) =>
    partOf(workload, fromSeconds, quick ? QUICK_SECONDS : seconds),
  );
}

async function replayed(workload: Workload, options: RunOptions): Promise<Row[]> {
  const simulated = await simulation(workload);
  const real: Measured[] = [];
  let troubles = 0;
  for (let round = 0; round < roundsOf(options, 1); round++) {
    await using redis = await startRedis();
    const { measured, lateMs, peak, trouble } = await replay(redis, workload);
    real.push(measured);
    troubles += trouble;
    options.progress(
      `${workload.name}: p95 ${measured.waitP95Seconds.toFixed(3)} s for ` +
        `${simulated.waitP95Seconds.toFixed(3)} s, ${measured.slotSeconds.toFixed(0)} slot-seconds for ` +
        `${simulated.slotSeconds.toFixed(0)}, peak ${peak}, added ${lateMs.toFixed(0)} ms late at most`,
    );
  }
  const { name } = workload;
  return [
    ...beside(`${name}: p95 of waits`, 's', real, simulated, 'waitP95Seconds'),
    ...beside(`${name}: slot-seconds`, 's', real, simulated, 'slotSeconds'),
    alone({ what: `${name}: jobs failed or stalled`, unit: 'jobs', bar: 0, better: 'lower' }, [
      troubles,
    ]),
  ];
}

function beside(
  what: string,
  unit: string,
  real: readonly Measured[],
  simulated: Measured,
  figure: keyof Measured,
): Row[] {
  const ours = real.map((measured) => measured[figure]);
  const peer = simulated[figure];
  const off = Math.abs(median(ours) / peer - 1);
  return [
    compared({ what, unit, bar: null, better: 'lower' }, { ours, peer: [peer] }),
    alone({ what: `${what}, off by`, unit: 'ratio', bar: OFF_BAR, better: 'lower' }, [off]),
  ];
}

/**
 * The controller as it is by default, with slots that start inside running processes. When it looks is a matter of
 * chance in reality, and decides how soon a burst is seen: the mean over several moments.
 */
async function simulation(workload: Workload): Promise<Measured> {
  const [kind] = await loadOurs();
  const figures = LOOKS_AT.map((seconds) =>
    figuresOf(simulate(later(workload, seconds), kind, { setting: SETTINGS[0]!, seed: SEED })),
  );
  return {
    waitP95Seconds: mean(figures.map(({ waitP95Seconds }) => waitP95Seconds)),
    slotSeconds: mean(figures.map(({ slotSeconds }) => slotSeconds)),
  };
}

function later(workload: Workload, seconds: number): Workload {
  const shifted = (at: number): number => at + seconds;
  return {
    ...workload,
    readyAt: workload.readyAt.map(shifted),
    dueAt: workload.dueAt.map(shifted),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

interface Replayed {
  readonly measured: Measured;
  readonly lateMs: number;
  readonly peak: number;
  readonly trouble: number;
}

async function replay({ url }: PrivateRedis, workload: Workload): Promise<Replayed> {
  const names = Array.from({ length: HOSTS }, (_, i) => `host-${i + 1}`);
  const hosts = names.map(() => startChild<ScalingHost>('scaling-host'));
  const producer = startChild<ScalingProducer>('scaling-producer');
  const pool = {
    min: workload.min,
    max: MAX_SLOTS,
    concurrency: MAX_SLOTS / HOSTS,
    waitP95: 1_000 * workload.waitSeconds,
  };
  try {
    await Promise.all(
      hosts.map((host, i) => host.call('open', { url, host: names[i]!, queue: QUEUE, pool })),
    );
    await settled(hosts, workload.min);
    await Promise.all(hosts.map((host) => host.call('begin', null)));
    const lasts = 1_000 * workload.horizonSeconds + 2 * REST_MS;
    const { lateMs } = await producer.call('replay', toReplay(url, workload), lasts);
    const figures = await Promise.all(hosts.map((host) => host.call('figures', null)));
    return { measured: measuredOf(figures), lateMs, ...totalsOf(figures) };
  } finally {
    await Promise.all([...hosts, producer].map((child) => child[Symbol.asyncDispose]()));
  }
}

function toReplay(url: string, { readyAt, serviceSeconds, dueAt }: Workload): Replay {
  const due = new Set(dueAt);
  return {
    ...{ url, queue: QUEUE, timeoutMs: REST_MS },
    readyAtMs: Array.from(readyAt, (at) => 1_000 * at),
    serviceMs: Array.from(serviceSeconds, (seconds) => 1_000 * seconds),
    delayed: Array.from(readyAt.keys()).filter((job) => due.has(readyAt[job]!)),
  };
}

/** Each host begins with a slot of its own: wait until the leader has shared out as few as there should be. */
async function settled(
  hosts: readonly { call(method: 'slots', argument: null): Promise<number> }[],
  min: number,
): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const slots = await Promise.all(hosts.map((host) => host.call('slots', null)));
    return slots.reduce((sum, open) => sum + open, 0) === min;
  };
  await until(isSettled, SETTLE_MS, `the fleet had ${min} slots`);
}

function measuredOf(figures: readonly HostFigures[]): Measured {
  const waits = figures.flatMap(({ waitsMs }) => waitsMs);
  return {
    waitP95Seconds: percentile(waits, 0.95) / 1_000,
    slotSeconds: figures.reduce((sum, { slotSeconds }) => sum + slotSeconds, 0),
  };
}

function totalsOf(figures: readonly HostFigures[]): { peak: number; trouble: number } {
  return {
    // Of each host at its own time: at least as many as there were at once.
    peak: figures.reduce((sum, { peak }) => sum + peak, 0),
    trouble: figures.reduce((sum, { troubles }) => sum + troubles, 0),
  };
}
