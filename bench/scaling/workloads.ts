/**
 * The synthetic workloads: thinned Poisson arrivals of the shapes that scalers fail on.
 *
 * `contention` cannot be served and `onoff` scales to zero: both are told apart and are in no average.
 */
import { createRandom, exponential, lognormal, pareto, type Random } from './random.ts';
import { type Job, type Workload, workloadOf } from './workload.ts';

type Generate = (random: Random) => Workload;
type Service = (random: Random, atSeconds: number) => number;

const HOUR = 3600;
const oneSecond: Service = (random) => exponential(random, 1);

/** Arrivals at a rate that changes: drawn at the greatest rate, kept with the share of the present one. */
function poisson(
  random: Random,
  { until, most, rate }: { until: number; most: number; rate: (atSeconds: number) => number },
  service: Service = oneSecond,
): Job[] {
  const jobs: Job[] = [];
  for (let at = exponential(random, 1 / most); at < until; at += exponential(random, 1 / most)) {
    if (random() * most >= rate(at)) continue;
    jobs.push({ readyAt: at, serviceSeconds: service(random, at) });
  }
  return jobs;
}

const constant = (perSecond: number, until: number = HOUR) => ({
  until,
  most: perSecond,
  rate: () => perSecond,
});

const between = (from: number, to: number, inside: number, outside: number, until: number) => ({
  until,
  most: Math.max(inside, outside),
  rate: (at: number) => (at > from && at < to ? inside : outside),
});

/** Two states with exponential stays: quiet first. */
function mmpp(random: Random): Job[] {
  const jobs: Job[] = [];
  for (let start = 0, isHigh = false; start < HOUR; isHigh = !isHigh) {
    const end = Math.min(HOUR, start + exponential(random, isHigh ? 30 : 120));
    const mean = 1 / (isHigh ? 40 : 2);
    for (let at = start + exponential(random, mean); at < end; at += exponential(random, mean)) {
      jobs.push({ readyAt: at, serviceSeconds: oneSecond(random, at) });
    }
    start = end;
  }
  return jobs;
}

function bursts(
  random: Random,
  {
    times,
    jobs,
    gap,
    isDelayed,
  }: Record<'jobs', number> & {
    times: readonly number[];
    gap: (i: number) => number;
    isDelayed: boolean;
  },
): Job[] {
  return times.flatMap((time) =>
    Array.from({ length: jobs }, (_, i) => ({
      readyAt: time + gap(i),
      serviceSeconds: oneSecond(random, time),
      isDelayed,
    })),
  );
}

const contention = (name: string, sharedBy: number, isAveraged: boolean): [string, Generate] => [
  name,
  (random) =>
    workloadOf(name, poisson(random, between(900, 2400, 24, 8, HOUR)), { sharedBy, isAveraged }),
];

const GENERATORS: Readonly<Record<string, Generate>> = {
  steady: (random) => workloadOf('steady', poisson(random, constant(10))),
  step: (random) =>
    workloadOf('step', poisson(random, between(900, 2400, 30, 5, HOUR)), {
      step: { atSeconds: 900, busy: 30 },
    }),
  ramp: (random) => {
    const rate = (at: number): number => 2 + 38 * (1 - Math.abs(at - 1800) / 1800);
    return workloadOf('ramp', poisson(random, { until: HOUR, most: 40, rate }));
  },
  diurnal: (random) => {
    const wave = (at: number, period: number): number => Math.sin((2 * Math.PI * at) / period);
    const rate = (at: number): number => 12 + 10 * wave(at, 3600) + 2 * wave(at, 420);
    const jobs = poisson(random, { until: 2 * HOUR, most: 24, rate }, () =>
      lognormal(random, 1, 2),
    );
    return workloadOf('diurnal', jobs, { horizonSeconds: 2 * HOUR });
  },
  spikes: (random) => {
    const times = Array.from({ length: 6 }, (_, k) => 300 + 600 * k);
    const gap = (i: number): number => i / 1000;
    const jobs = [
      ...poisson(random, constant(2)),
      ...bursts(random, { times, jobs: 300, gap, isDelayed: false }),
    ];
    return workloadOf('spikes', jobs, { waitSeconds: 10 });
  },
  mmpp: (random) => workloadOf('mmpp', mmpp(random)),
  heavytail: (random) =>
    workloadOf(
      'heavytail',
      poisson(random, constant(8), () => pareto(random, 0.35, 1.5, 120)),
    ),
  cronherd: (random) => {
    const times = Array.from({ length: 11 }, (_, k) => 300 * (k + 1));
    const jobs = [
      ...poisson(random, constant(1.5)),
      ...bursts(random, { times, jobs: 250, gap: () => random() / 2, isDelayed: true }),
    ];
    return workloadOf('cronherd', jobs, { waitSeconds: 10 });
  },
  longjobs: (random) => {
    const arrivals = between(2400, 4800, 1 / 6, 1 / 30, 2 * HOUR);
    const jobs = poisson(random, arrivals, () => lognormal(random, 90, 1));
    return workloadOf('longjobs', jobs, { waitSeconds: 30, horizonSeconds: 2 * HOUR });
  },
  ...Object.fromEntries([contention('contention2', 30, true)]),
  heavier: (random) => {
    const service: Service = (_, at) => exponential(random, at > 1200 && at < 2400 ? 4 : 1);
    return workloadOf('heavier', poisson(random, constant(10), service));
  },
  ...Object.fromEntries([contention('contention', 20, false)]),
  onoff: (random) => {
    // A minute of work in every five: the gaps are longer than a pool waits before it goes quiet.
    const rate = (at: number): number => (at % 300 < 60 ? 5 : 0);
    const jobs = poisson(random, { until: HOUR, most: 5, rate });
    return workloadOf('onoff', jobs, { min: 0, isAveraged: false });
  },
};

/** All that can be generated, those of the averages first. */
export const WORKLOADS: readonly string[] = Object.keys(GENERATORS);

/** The jobs of a workload, the same ones for the same seed. */
export function generateWorkload(name: string, seed: number): Workload {
  const generate = GENERATORS[name];
  if (!generate) throw new Error(`there is no workload "${name}": ${WORKLOADS.join(', ')}`);
  return generate(createRandom(seed, name));
}
