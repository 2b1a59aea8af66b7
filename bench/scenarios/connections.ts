/**
 * Sockets of one process with many queues, workers and listeners, as Redis counts them.
 */
import { startChild } from '../harness/children.ts';
import { sleep } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { SideName } from '../harness/sides.ts';
import { steadyClients } from '../harness/steady-clients.ts';
import type { ProducerWorker } from '../workers/producer.ts';
import type { SocketsWorker } from '../workers/sockets.ts';

const LARGE_QUEUE = 'large';
const LARGE_BYTES = 50_000;
/** Sockets are counted so often while bulk work runs. */
const LOOK_MS = 10;

export const connections: Scenario = {
  name: 'connections',
  describe: 'sockets of a process with 100 queues, 100 workers and 100 listeners',
  async run(options) {
    const count = options.quick ? 20 : 100;
    const rounds = roundsOf(options, 1);
    await using redis = await startRedis();
    const measure = (side: SideName): Promise<Counts[]> =>
      repeat(rounds, async () => {
        const counts = await countSockets(redis, side, count, options);
        options.progress(`${side}: ${counts.idle} sockets, ${counts.busy} with bulk work`);
        return counts;
      });
    const ours = await measure('ours');
    const shared = await measure('bare');
    const byOptions = await measure('bare-by-options');
    return toRows(count, ours, shared, byOptions);
  },
};

interface Counts {
  readonly idle: number;
  /** Most that were seen while a large read ran. */
  readonly busy: number;
}

function toRows(count: number, ours: Counts[], shared: Counts[], byOptions: Counts[]): Row[] {
  const what = `${count} queues, ${count} workers, ${count} listeners`;
  const label = { unit: 'sockets', better: 'lower' } as const;
  const idle = ours.map((counts) => counts.idle);
  const busy = ours.map((counts) => counts.busy);
  const peer = (counts: Counts[]): number[] => counts.map((each) => each.idle);
  return [
    alone({ ...label, what, bar: 3 }, idle),
    alone({ ...label, what: 'the same while a large read runs', bar: 4 }, busy),
    compared(
      { ...label, what: 'against bare BullMQ sharing one ioredis instance', bar: null },
      { ours: idle, peer: peer(shared) },
    ),
    compared(
      { ...label, what: 'against bare BullMQ with connection options for each', bar: null },
      { ours: idle, peer: peer(byOptions) },
    ),
  ];
}

async function countSockets(
  redis: PrivateRedis,
  side: SideName,
  count: number,
  { quick }: RunOptions,
): Promise<Counts> {
  const jobs = quick ? 200 : 1_000;
  await redis.flush();
  await fillLargeQueue(redis, jobs);
  await using child = startChild<SocketsWorker>('sockets');
  await child.call('open', { side, url: redis.url, count });
  const idle = await steadyClients(redis);

  let isReading = true;
  const reading = child.call('readAll', { queue: LARGE_QUEUE }).finally(() => {
    isReading = false;
  });
  let busy = 0;
  while (isReading) {
    busy = Math.max(busy, await redis.clients());
    await sleep(LOOK_MS);
  }
  const read = await reading;
  if (read !== jobs) throw new Error(`read ${read} jobs instead of ${jobs}`);
  return { idle, busy };
}

async function fillLargeQueue(redis: PrivateRedis, jobs: number): Promise<void> {
  await using producer = startChild<ProducerWorker>('producer');
  await producer.call('open', { url: redis.url });
  await producer.call('fill', { queue: LARGE_QUEUE, jobs, bytes: LARGE_BYTES });
}
