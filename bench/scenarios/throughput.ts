/**
 * Jobs per second through the coordinator against bare BullMQ: adding, and draining a filled queue.
 *
 * Each figure of a round comes from a fresh process and an empty Redis. The queue to drain is filled by a
 * third process, the same for both sides.
 */
import { startChild } from '../harness/children.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleave } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { ProducerWorker } from '../workers/producer.ts';
import type { ThroughputWorker } from '../workers/throughput.ts';

type Kind = 'add' | 'drain';

interface Case {
  readonly kind: Kind;
  readonly concurrency: number;
  /** Enough for some seconds on a machine of 2024. */
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
const QUICK_SHARE = 0.05;
const WARM_UP_SHARE = 0.1;
const BAR = 0.97;
const QUEUE = 'mails';

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
  const jobs = Math.round(one.jobs * (options.quick ? QUICK_SHARE : 1));
  const load = { queue: QUEUE, jobs, warmUp: Math.round(jobs * WARM_UP_SHARE), concurrency };
  const what = `${kind === 'add' ? 'adding' : 'processing'}, ${concurrency} at once`;
  const rounds = await interleave(roundsOf(options, ROUNDS), async (side) => {
    await redis.flush();
    if (kind === 'drain') await fill(redis, load.jobs + load.warmUp);
    await using child = startChild<ThroughputWorker>('throughput');
    await child.call('open', { side: side === 'ours' ? 'ours' : 'bare', url: redis.url });
    const jobsPerSecond = await child.call(kind, load);
    options.progress(`${what}: ${side} ${Math.round(jobsPerSecond)} jobs/s`);
    return jobsPerSecond;
  });
  return compared({ what, unit: 'jobs/s', bar: BAR, better: 'higher' }, rounds);
}

async function fill(redis: PrivateRedis, jobs: number): Promise<void> {
  await using producer = startChild<ProducerWorker>('producer');
  await producer.call('open', { url: redis.url });
  await producer.call('fill', { queue: QUEUE, jobs, bytes: 60 });
}
