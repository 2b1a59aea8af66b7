/**
 * What measuring jobs and keeping dead letters costs: the same coordinator with both on and with both off.
 *
 * Throughput: each round has one fresh process with both sides in it, which take turns of a fraction of a second:
 * two processes of the very same side differ by more than what is looked for. What runs beside the jobs is in
 * both sides' turns then, so the second part has it: one side to a process, jobs at a steady pace for as long as
 * several writes of figures take. Redis counts its commands, those inside scripts included, and the processor time
 * is told.
 */
import { Redis } from 'ioredis';
import { startChild } from '../harness/children.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import type { Rounds } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { OverheadWorker } from '../workers/metrics-overhead.ts';
import type { ProducerWorker } from '../workers/producer.ts';

type Kind = 'add' | 'drain';

interface Case {
  readonly kind: Kind;
  readonly concurrency: number;
  /** Of a round, over all counted turns. */
  readonly jobs: number;
}

const CASES: readonly Case[] = [
  { kind: 'add', concurrency: 10, jobs: 25_000 },
  { kind: 'drain', concurrency: 1, jobs: 10_000 },
  { kind: 'drain', concurrency: 10, jobs: 20_000 },
  { kind: 'drain', concurrency: 100, jobs: 25_000 },
];
const ROUNDS = 7;
/** Turns of each side in a round; one more before them warms up the code and is not counted. */
const TURNS = 10;
const QUICK_SHARE = 0.05;
const WARM_UP_SHARE = 0.1;
const BAR = 0.98;
const SIDES = ['ours', 'peer'] as const;

const PER_SECOND = 1_000;
const PACED_JOBS = 30_000;
const COMMANDS_BAR = 0.05;
const PACED_ROUNDS = 5;

export const metricsOverhead: Scenario = {
  name: 'metrics-overhead',
  describe: 'all instruments on against off: jobs per second, and Redis commands per job',
  async run(options) {
    await using redis = await startRedis();
    const rows: Row[] = [];
    for (const each of CASES)
      rows.push(...(await options.part(async () => [await throughputOf(redis, each, options)])));
    rows.push(...(await options.part(() => atAPace(redis, options))));
    return rows;
  },
};

async function throughputOf(redis: PrivateRedis, one: Case, options: RunOptions): Promise<Row> {
  const { kind, concurrency } = one;
  const jobs = Math.round((one.jobs / TURNS) * (options.quick ? QUICK_SHARE : 1));
  const what = `${kind === 'add' ? 'adding' : 'processing'}, ${concurrency} at once`;
  const rounds: Rounds<number> = { ours: [], peer: [] };
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    const { ours, peer } = await takeTurns(redis, { kind, concurrency, jobs });
    rounds.ours.push(ours);
    rounds.peer.push(peer);
    options.progress(`${what}: on ${Math.round(ours)}, off ${Math.round(peer)} jobs/s`);
  }
  return compared({ what, unit: 'jobs/s', bar: BAR, better: 'higher' }, rounds);
}

/** One round. Returns the jobs per second of each side. */
async function takeTurns(
  redis: PrivateRedis,
  { kind, concurrency, jobs }: Case,
): Promise<Record<(typeof SIDES)[number], number>> {
  await redis.flush();
  await using producer = startChild<ProducerWorker>('producer');
  await using child = startChild<OverheadWorker>('metrics-overhead');
  await producer.call('open', { url: redis.url });
  for (const side of SIDES) await child.call('open', { url: redis.url, isOn: side === 'ours' });

  const warmUp = Math.ceil(jobs * WARM_UP_SHARE);
  const tookMs = { ours: 0, peer: 0 };
  for (let turn = 0; turn <= TURNS; turn++) {
    const order = turn % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of order) {
      const queue = `mails-${side}-${turn}`;
      if (kind === 'drain') await producer.call('fill', { queue, jobs: jobs + warmUp, bytes: 60 });
      const isOn = side === 'ours';
      const turnMs = await child.call(kind, { isOn, queue, jobs, warmUp, concurrency });
      if (turn > 0) tookMs[side] += turnMs;
    }
  }
  const jobsPerSecond = (ms: number): number => ((jobs * TURNS) / ms) * 1_000;
  return { ours: jobsPerSecond(tookMs.ours), peer: jobsPerSecond(tookMs.peer) };
}

interface Cost {
  readonly commands: number;
  /** Of processor time of the process, in microseconds. */
  readonly micros: number;
}

async function atAPace(redis: PrivateRedis, options: RunOptions): Promise<Row[]> {
  const jobs = options.quick ? 2_000 : PACED_JOBS;
  const extra: number[] = [];
  const micros: Rounds<number> = { ours: [], peer: [] };
  for (let round = 0; round < roundsOf(options, PACED_ROUNDS); round++) {
    const order = round % 2 === 0 ? [true, false] : [false, true];
    const costs = new Map<boolean, Cost>();
    for (const isOn of order) costs.set(isOn, await costPerJob(redis, isOn, jobs));
    const [on, off] = [costs.get(true)!, costs.get(false)!];
    extra.push(on.commands - off.commands);
    micros.ours.push(on.micros);
    micros.peer.push(off.micros);
    options.progress(`commands per job: on ${on.commands}, off ${off.commands}`);
  }
  const commands = `extra commands per job at ${PER_SECOND} jobs/s`;
  const time = `processor time per job at ${PER_SECOND} jobs/s, everything beside the jobs included`;
  return [
    alone({ what: commands, unit: 'commands', bar: COMMANDS_BAR, better: 'lower' }, extra),
    compared({ what: time, unit: 'µs', bar: null, better: 'lower' }, micros),
  ];
}

async function costPerJob(redis: PrivateRedis, isOn: boolean, jobs: number): Promise<Cost> {
  await redis.flush();
  await using child = startChild<OverheadWorker>('metrics-overhead');
  await child.call('open', { url: redis.url, isOn });
  const pace = { isOn, perSecond: PER_SECOND };
  await child.call('pace', { ...pace, queue: 'warm', jobs: PER_SECOND });
  const look = new Redis(redis.url);
  await look.config('RESETSTAT');
  const micros = await child.call('pace', { ...pace, queue: 'mails', jobs });
  const stats = await look.info('commandstats');
  look.disconnect();
  const calls = [...stats.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)].map(([, count]) =>
    Number(count),
  );
  return { commands: calls.reduce((sum, count) => sum + count, 0) / jobs, micros: micros / jobs };
}
