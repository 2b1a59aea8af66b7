/**
 * Jobs per second through the coordinator against bare BullMQ: adding, and draining a filled queue.
 *
 * Each round has two fresh processes, one for each side, that take turns of a fraction of a second: what
 * slows the machine for seconds hits both. A round's figure is that of all its turns together. Queues to
 * drain are filled by a third process, the same for both sides; workers of earlier turns stay, and are idle.
 */
import { startChild } from '../harness/children.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import type { Rounds } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { ProducerWorker } from '../workers/producer.ts';
import type { Load, ThroughputWorker } from '../workers/throughput.ts';

type Kind = 'add' | 'drain';
type Side = (typeof SIDES)[number];

interface Case {
  readonly kind: Kind;
  readonly concurrency: number;
  /** Of a round, over all counted turns; enough for a second or more. */
  readonly jobs: number;
}

const CASES: readonly Case[] = [
  { kind: 'add', concurrency: 1, jobs: 12_000 },
  { kind: 'add', concurrency: 10, jobs: 25_000 },
  { kind: 'add', concurrency: 100, jobs: 30_000 },
  { kind: 'drain', concurrency: 1, jobs: 10_000 },
  { kind: 'drain', concurrency: 10, jobs: 20_000 },
  { kind: 'drain', concurrency: 100, jobs: 25_000 },
];
const ROUNDS = 7;
/** Turns of each side in a round; one more before them warms up the code and is not counted. */
const TURNS = 10;
const QUICK_SHARE = 0.05;
/** Of the jobs of a turn: they run before its clock starts. */
const WARM_UP_SHARE = 0.1;
const BAR = 0.97;
const SIDES = ['ours', 'peer'] as const;

export const throughput: Scenario = {
  name: 'throughput',
  describe: 'jobs per second added and processed, with 1, 10 and 100 at once, against bare BullMQ',
  async run(options) {
    await using redis = await startRedis();
    const rows: Row[] = [];
    for (const each of CASES) {
      rows.push(...(await options.part(async () => [await measure(redis, each, options)])));
    }
    return rows;
  },
};

async function measure(redis: PrivateRedis, one: Case, options: RunOptions): Promise<Row> {
  const { kind, concurrency } = one;
  const jobs = Math.round((one.jobs / TURNS) * (options.quick ? QUICK_SHARE : 1));
  const load = { jobs, warmUp: Math.ceil(jobs * WARM_UP_SHARE), concurrency };
  const what = `${kind === 'add' ? 'adding' : 'processing'}, ${concurrency} at once`;
  const rounds: Rounds<number> = { ours: [], peer: [] };
  for (let round = 0; round < roundsOf(options, ROUNDS); round++) {
    const { ours, peer } = await takeTurns(redis, kind, load);
    rounds.ours.push(ours);
    rounds.peer.push(peer);
    options.progress(`${what}: ours ${Math.round(ours)}, peer ${Math.round(peer)} jobs/s`);
  }
  return compared({ what, unit: 'jobs/s', bar: BAR, better: 'higher' }, rounds);
}

/** One round. Returns the jobs per second of each side. */
async function takeTurns(
  redis: PrivateRedis,
  kind: Kind,
  load: Omit<Load, 'queue'>,
): Promise<Record<Side, number>> {
  await redis.flush();
  await using producer = startChild<ProducerWorker>('producer');
  await using ours = startChild<ThroughputWorker>('throughput');
  await using peer = startChild<ThroughputWorker>('throughput');
  const children = { ours, peer };
  await producer.call('open', { url: redis.url });
  await ours.call('open', { side: 'ours', url: redis.url });
  await peer.call('open', { side: 'bare', url: redis.url });

  const tookMs = { ours: 0, peer: 0 };
  for (let turn = 0; turn <= TURNS; turn++) {
    const order = turn % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of order) {
      const queue = `mails-${side}-${turn}`;
      const jobs = load.jobs + load.warmUp;
      if (kind === 'drain') await producer.call('fill', { queue, jobs, bytes: 60 });
      const turnMs = await children[side].call(kind, { ...load, queue });
      if (turn > 0) tookMs[side] += turnMs;
    }
  }
  const jobsPerSecond = (ms: number): number => ((load.jobs * TURNS) / ms) * 1_000;
  return { ours: jobsPerSecond(tookMs.ours), peer: jobsPerSecond(tookMs.peer) };
}
