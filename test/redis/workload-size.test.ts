/** What the memory of jobs is reckoned to be, against what a real server says that they take. */
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { sizeOf, USUAL_OPTIONS_BYTES, type Workload } from '../../src/redis/workload-size.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const JOBS = 10_000;
/** Short enough for a packed job, and as Drover gives them. */
const PLAIN = { attempts: 3 };
const USUAL = {
  removeOnFail: { count: 500_000, limit: 100, age: 604_800 },
  removeOnComplete: { count: 100_000, limit: 100, age: 86_400 },
  ...{ backoff: { delay: 2_000, type: 'exponential' }, attempts: 3 },
};
const OFF_BY = 0.15;

async function startServer(): Promise<RedisServer> {
  const server = await startRedis({ config: { appendonly: 'no' } });
  onTestFinished(() => server.stop());
  return server;
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
}

/** JSON of so many bytes. */
const lengthOf = (value: object): number => JSON.stringify(value).length;
const ofBytes = (bytes: number): object => ({ v: 'x'.repeat(bytes - '{"v":""}'.length) });

async function add(queue: Queue, jobs: number, dataBytes: number, options: object): Promise<void> {
  const job = { name: 'resize', data: ofBytes(dataBytes), opts: options };
  for (let sent = 0; sent < jobs; sent += 1_000)
    await queue.addBulk(Array.from({ length: 1_000 }, () => job));
}

/** Works until all have ended. */
async function work(server: RedisServer, queue: Queue, result: object): Promise<void> {
  const connection = createClient(server);
  const worker = new Worker(queue.name, async () => result, { connection, concurrency: 200 });
  await until(async () => {
    const counts = await queue.getJobCounts('wait', 'active');
    return counts.wait! + counts.active! === 0;
  });
  await worker.close();
}

const NOTHING: Workload = {
  ...{ waiting: 0, delayed: 0, completed: 0, failed: 0, dataBytes: 0, resultBytes: 0 },
  ...{ optionsBytes: USUAL_OPTIONS_BYTES, queues: 1, processes: 1 },
};

/** Without what the server itself, its clients and its replicas take. */
function reckoned(workload: Partial<Workload>): number {
  const { waiting, delayed, completed, failed, deadLetters, events } = sizeOf({
    ...NOTHING,
    ...workload,
  }).parts;
  return waiting + delayed + completed + failed + deadLetters + events;
}

function expectClose(reckonedBytes: number, measuredBytes: number): void {
  const off = reckonedBytes / measuredBytes - 1;
  expect(Math.abs(off), `${reckonedBytes} reckoned, ${measuredBytes} measured`).toBeLessThan(
    OFF_BY,
  );
}

type State = 'waiting' | 'delayed' | 'completed';

test.each<[state: State, dataBytes: number, resultBytes: number, options: object]>([
  ['waiting', 40, 0, PLAIN],
  ['waiting', 65, 0, PLAIN],
  ['waiting', 40, 0, USUAL],
  ['waiting', 2_048, 0, USUAL],
  ['waiting', 9_000, 0, USUAL],
  ['delayed', 30, 0, PLAIN],
  ['delayed', 700, 0, USUAL],
  ['completed', 20, 20, PLAIN],
  ['completed', 500, 20, USUAL],
  ['completed', 500, 1_500, USUAL],
])(
  '10,000 %s jobs with %i bytes of data and %i of a result',
  async (...given) => {
    const [state, dataBytes, resultBytes, options] = given;
    const server = await startServer();
    const redis = createClient(server);
    const queue = new Queue('thumbnails', { connection: createClient(server) });
    onTestFinished(() => queue.close());
    const result = resultBytes > 0 ? ofBytes(resultBytes) : {};
    // Scripts and connections are there before it is measured.
    await queue.add('resize', {}, { removeOnComplete: true });
    await work(server, queue, result);
    const before = await usedBytes(redis);
    await add(
      queue,
      JOBS,
      dataBytes,
      state === 'delayed' ? { ...options, delay: 3_600_000 } : options,
    );
    if (state === 'completed') await work(server, queue, result);
    expect(await queue.getJobCountByTypes(state === 'waiting' ? 'wait' : state)).toBe(JOBS);
    const workload = { [state]: JOBS, dataBytes, resultBytes, optionsBytes: lengthOf(options) };
    expectClose(reckoned(workload), (await usedBytes(redis)) - before);
  },
  40_000,
);

test('failed jobs with their dead letters', async () => {
  const server = await startServer();
  const redis = createClient(server);
  const coordinator = await startCoordinator({ url: server.url });
  let failed = 0;
  coordinator.process(
    'mails',
    async () => {
      failed += 1;
      throw new Error('the mail server does not answer');
    },
    { concurrency: 50 },
  );
  await coordinator.start();
  const queue = coordinator.queue('mails');
  const isOver = (jobs: number) => async (): Promise<boolean> =>
    failed === jobs && (await redis.zcard('coordinator:deadletters:mails')) === jobs;
  await queue.add('send', {}, { attempts: 1 });
  await until(isOver(1));
  const before = await usedBytes(redis);
  const job = { name: 'send', data: ofBytes(900), opts: { attempts: 1 } };
  await queue.addBulk(Array.from({ length: 450 }, () => job));
  await until(isOver(451));
  // A stream that is not full yet counts as what it is.
  const events = (await redis.memory('USAGE', 'bull:mails:events', 'SAMPLES', 0)) as number;
  const { failed: jobs, deadLetters } = sizeOf({ ...NOTHING, failed: 450, dataBytes: 900 }).parts;
  expectClose(jobs + deadLetters + events, (await usedBytes(redis)) - before);
}, 30_000);

test('a backup by replication leaves a backlog in memory, which is reckoned with', async () => {
  const server = await startRedis({
    config: { 'repl-backlog-size': '8mb', 'repl-diskless-sync-delay': '0', appendonly: 'no' },
  });
  onTestFinished(() => server.stop());
  const replica = await startRedis();
  onTestFinished(() => replica.stop());
  const redis = createClient(server);
  const before = await usedBytes(redis);
  const follower = createClient(replica);
  await follower.replicaof('127.0.0.1', server.port);
  await until(async () => (await follower.info('replication')).includes('master_link_status:up'));
  await follower.replicaof('NO', 'ONE');
  for (let i = 0; i < 12; i += 1) await redis.set('k', Buffer.alloc(1_048_576));
  await redis.del('k');
  const left = (await usedBytes(redis)) - before;
  expect(left / (8 * 1_048_576)).toBeGreaterThan(0.9);
  expect(left / (8 * 1_048_576)).toBeLessThan(1.3);
}, 20_000);
