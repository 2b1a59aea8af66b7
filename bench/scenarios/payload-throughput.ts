/**
 * Jobs per second with compressed payloads against bare BullMQ, and what a codec costs a queue that has no policy.
 *
 * Each round has a fresh process for each side, which takes turns: it adds jobs with realistic photo metadata and
 * runs them, 50 at once, producer and worker in one process. Before anything is counted, the compressing side has
 * learned its dictionaries. Without a policy the codec is a few calls that hand a text on: their time, in a loop of
 * their own in a warm process, is set against the processor time of a whole job in the same process, since it is far
 * below what two runs of the very same code differ by.
 */

import { type Child, startChild } from '../harness/children.ts';
import { monotonicMs } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import type { Rounds } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type {
  PayloadSide,
  PayloadSize,
  PayloadThroughputWorker,
} from '../workers/payload-throughput.ts';

interface Case {
  readonly size: PayloadSize;
  readonly what: string;
  /** Of a round, over all counted turns. */
  readonly jobs: number;
  readonly bar: number;
}

const CASES: readonly Case[] = [
  { size: 'photo', what: '4 KB of data and 6 KB of result', jobs: 20_000, bar: 0.8 },
  { size: 'album', what: '64 KB of data and of result', jobs: 4_000, bar: 1 },
];
const CONCURRENCY = 50;
const ROUNDS = 5;
const TURNS = 10;
const QUICK_SHARE = 0.05;
/** Jobs of a turn that is not counted. */
const WARM_UP = { photo: 500, album: 100 } as const;
const LEARNING_MS = 60_000;
const OFF_BAR = 0.01;
const OFF_ROUNDS = 5;
const SIDES = ['ours', 'peer'] as const;

export const payloadThroughput: Scenario = {
  name: 'payload-throughput',
  describe:
    'jobs per second with compressed payloads against bare BullMQ; the cost without a policy',
  async run(options) {
    await using redis = await startRedis();
    const rows: Row[] = [];
    for (const each of CASES)
      rows.push(...(await options.part(async () => [await throughputOf(redis, each, options)])));
    rows.push(...(await options.part(async () => [await costOfNone(redis, options)])));
    return rows;
  },
};

async function throughputOf(redis: PrivateRedis, one: Case, options: RunOptions): Promise<Row> {
  const jobs = Math.round((one.jobs / TURNS) * (options.quick ? QUICK_SHARE : 1));
  const rounds: Rounds<number> = { ours: [], peer: [] };
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    const { ours, peer } = await takeTurns(redis, one, jobs, options);
    rounds.ours.push(ours);
    rounds.peer.push(peer);
    options.progress(
      `${one.what}: compressed ${Math.round(ours)}, bare ${Math.round(peer)} jobs/s`,
    );
  }
  const what = `added and processed, ${CONCURRENCY} at once: ${one.what}`;
  return compared({ what, unit: 'jobs/s', bar: one.bar, better: 'higher' }, rounds);
}

/** One round. Returns the jobs per second of each side. */
async function takeTurns(
  redis: PrivateRedis,
  { size }: Case,
  jobs: number,
  options: RunOptions,
): Promise<Record<(typeof SIDES)[number], number>> {
  // A server for each side: they have the same queue.
  await using other = await startRedis();
  await redis.flush();
  await using ours = startChild<PayloadThroughputWorker>('payload-throughput');
  await using peer = startChild<PayloadThroughputWorker>('payload-throughput');
  const children = { ours, peer };
  await open(ours, 'compressed', size, redis);
  await open(peer, 'bare', size, other);
  await learn(ours, size, options);
  for (const side of SIDES) await children[side].call('turn', { jobs: WARM_UP[size] });

  const tookMs = { ours: 0, peer: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    const order = turn % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of order) tookMs[side] += (await children[side].call('turn', { jobs })).ms;
  }
  const jobsPerSecond = (ms: number): number => ((jobs * TURNS) / ms) * 1_000;
  return { ours: jobsPerSecond(tookMs.ours), peer: jobsPerSecond(tookMs.peer) };
}

function open(
  child: Child<PayloadThroughputWorker>,
  side: PayloadSide,
  size: PayloadSize,
  { url }: PrivateRedis,
): Promise<void> {
  return child.call('open', { side, size, url, concurrency: CONCURRENCY });
}

/** Runs jobs until dictionaries are in use. Large payloads have none. */
async function learn(
  child: Child<PayloadThroughputWorker>,
  size: PayloadSize,
  { progress }: RunOptions,
): Promise<void> {
  if (size !== 'photo') return;
  const deadline = monotonicMs() + LEARNING_MS;
  while (!(await child.call('hasLearned', {}))) {
    if (monotonicMs() > deadline) {
      progress('no dictionary was learned: the figures are those without one');
      return;
    }
    await child.call('turn', { jobs: WARM_UP.photo });
  }
}

/** What the codec takes of a job's time when its queue has no policy. */
async function costOfNone(redis: PrivateRedis, options: RunOptions): Promise<Row> {
  const jobs = options.quick ? 500 : 5_000;
  const shares: number[] = [];
  for (let round = 0; round < roundsOf(options, OFF_ROUNDS); round++) {
    await redis.flush();
    await using child = startChild<PayloadThroughputWorker>('payload-throughput');
    await open(child, 'off', 'photo', redis);
    await child.call('turn', { jobs: WARM_UP.photo });
    const { cpuMicros } = await child.call('turn', { jobs });
    await child.call('passThrough', { jobs: 100_000 });
    const nanos = await child.call('passThrough', { jobs: 1_000_000 });
    shares.push(nanos / 1_000 / (cpuMicros / jobs));
    options.progress(
      `without a policy: ${nanos.toFixed(0)} ns of ${Math.round(cpuMicros / jobs)} µs for a job`,
    );
  }
  const what = 'policies off: time in the codec, of the processor time of a job';
  return alone({ what, unit: 'of a job', bar: OFF_BAR, better: 'lower' }, shares);
}
