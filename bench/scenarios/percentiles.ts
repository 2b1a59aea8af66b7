/**
 * How exact the percentiles are that readers get, and how much memory they take in Redis.
 *
 * Eight processes count heavy-tailed times, write them, a leader merges them; what is read is compared with the
 * exact percentiles of all the values, from p1 to p99.9. Storage is a day of minutes and 90 days of hours, written
 * to a real Redis and asked for with MEMORY USAGE.
 */
import { startChild } from '../harness/children.ts';
import { loadMetrics } from '../harness/internals.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import type { Fill, PercentilesWorker } from '../workers/percentiles.ts';

const PROCESSES = 8;
const SHAPES = ['pareto', 'lognormal', 'very lognormal', 'exponential', 'bimodal'] as const;
const JOBS = 12_000;
const FLUSHES = 12;
const ROUNDS = 3;
const SHARES = [...Array.from({ length: 99 }, (_, i) => (i + 1) / 100), 0.995, 0.999];
const START = 29_400_000 * 60_000;
const ERROR_BAR = 0.01;
const MB = 1024 * 1024;
const FILLS: readonly Fill[] = [
  ...[1, 10, 60, 1_000, 60_000].map((perMinute) => ({ perMinute, names: 1 })),
  ...[1, 10, 60, 1_000, 60_000].map((perMinute) => ({ perMinute, names: 5 })),
];

export const percentiles: Scenario = {
  name: 'percentiles',
  describe: 'error of percentiles merged over 8 processes, and the memory that figures take',
  async run(options) {
    await using redis = await startRedis();
    const rows: Row[] = [];
    for (const shape of SHAPES)
      rows.push(...(await options.part(async () => [await worstError(redis, shape, options)])));
    for (const fill of options.quick ? FILLS.slice(0, 3) : FILLS)
      rows.push(...(await options.part(() => storage(redis, fill, options))));
    return rows;
  },
};

async function worstError(redis: PrivateRedis, shape: string, options: RunOptions): Promise<Row> {
  const errors: number[] = [];
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    const error = await oneRound(redis, shape, options.quick ? 500 : JOBS, round);
    options.progress(`${shape}: ${error}`);
    errors.push(error);
  }
  const what = `greatest relative error from p1 to p99.9, ${shape}`;
  return alone({ what, unit: 'ratio', bar: ERROR_BAR, better: 'lower' }, errors);
}

async function oneRound(
  redis: PrivateRedis,
  shape: string,
  jobs: number,
  round: number,
): Promise<number> {
  await redis.flush();
  const queue = 'mails';
  const seeds = Array.from({ length: PROCESSES }, (_, i) => 1 + round * PROCESSES + i);
  const children = seeds.map(() => startChild<PercentilesWorker>('percentiles'));
  try {
    await Promise.all(children.map((child) => child.call('open', { url: redis.url, now: START })));
    await Promise.all(
      children.map((child, i) =>
        child.call('record', { queue, shape, seed: seeds[i]!, jobs, flushes: FLUSHES }),
      ),
    );
    const told = await children[0]!.call('merged', {
      ...{ queue, minute: START / 60_000, now: START + 2 * 60_000, shares: SHARES },
    });
    const exact = await exactly(shape, seeds, jobs);
    return Math.max(...told.map((ms, i) => Math.abs(ms - exact[i]!) / exact[i]!));
  } finally {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
  }
}

/** The same values again, from the same seeds. */
async function exactly(shape: string, seeds: readonly number[], jobs: number): Promise<number[]> {
  const { durations } = await loadMetrics();
  const values = seeds.flatMap((seed) => {
    const draw = durations.draws(durations.createRandom(seed))[shape]!;
    return Array.from({ length: jobs }, draw);
  });
  return SHARES.map((share) => percentile(values, share));
}

async function storage(redis: PrivateRedis, fill: Fill, { progress }: RunOptions): Promise<Row[]> {
  await using child = startChild<PercentilesWorker>('percentiles');
  await child.call('open', { url: redis.url, now: START });
  const { bytes, minuteBytes, waitError, runError } = await child.call('store', fill, 600_000);
  const who = `${fill.perMinute} jobs a minute, ${fill.names} job name${fill.names > 1 ? 's' : ''}`;
  progress(`${who}: ${Math.round(bytes / 1024)} KB, minutes ${Math.round(minuteBytes / 1024)} KB`);
  const bar = fill.names === 1 ? 1 : null;
  return [
    alone({ what: `storage, ${who}`, unit: 'MB', bar, better: 'lower' }, [bytes / MB]),
    alone(
      { what: `error of an hour's percentile, ${who}`, unit: 'ratio', bar: null, better: 'lower' },
      [Math.max(waitError, runError)],
    ),
  ];
}
