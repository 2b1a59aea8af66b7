/** A job that takes its worker down again and again is found; those that stood beside it are not blamed. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));

/** Processes that are started again whenever they end, as an orchestrator does. */
class Fleet {
  readonly everyone: ChildApp[] = [];
  readonly #server: RedisServer;
  #isOver = false;

  constructor(server: RedisServer, size: number) {
    this.#server = server;
    onTestFinished(async () => {
      this.#isOver = true;
      await Promise.all(this.everyone.map((app) => app[Symbol.asyncDispose]()));
    });
    for (let i = 0; i < size; i += 1) this.#start();
  }

  /** SIGKILL to all at once. */
  killAll(): void {
    for (const app of this.everyone) app.kill('SIGKILL');
  }

  ids(what: string): string[] {
    return this.everyone
      .flatMap(({ output }) => output)
      .filter((line) => line.startsWith(`${what} `))
      .map((line) => line.split(' ')[1]!);
  }

  #start(): void {
    const env = { REDIS_URL: this.#server.url, LOCK_MS: '1000', JOB_MS: '200', CONCURRENCY: '10' };
    const app = startApp(APP, { env });
    this.everyone.push(app);
    void app.exited.then(() => {
      if (!this.#isOver) this.#start();
    });
  }
}

test.each([1, 2])(
  'in %i processes a poison job is failed with the reason, and its nine neighbours complete',
  async (size) => {
    await using server = await startRedis();
    const producer = await startCoordinator(server);
    const queue = producer.queue('chaos');
    const added = await queue.addBulk(
      Array.from({ length: 10 }, (_, i) => ({
        name: i === 4 ? 'poison' : 'innocent',
        data: {},
        opts: { removeOnComplete: false, attempts: 3 },
      })),
    );
    const poison = added[4]!.id!;
    const innocents = added.map(({ id }) => id!).filter((id) => id !== poison);
    const fleet = new Fleet(server, size);
    const counts = async () => (await producer.getQueueStats('chaos')).counts;
    await until(async () => (await counts()).failed === 1, {
      timeoutMs: 90_000,
      what: 'the end of the poison',
    });
    await until(async () => (await counts()).completed === 9, {
      timeoutMs: 60_000,
      what: 'all innocents',
    });
    const job = await queue.getJob(poison);
    expect(job?.failedReason).toMatch(/^its process ended 3 times while it ran/);
    expect(fleet.ids('condemned')).toEqual([poison]);
    // Twice as one of ten, and three times as the only suspect.
    expect(fleet.ids('started').filter((id) => id === poison)).toHaveLength(5);
    expect(new Set(fleet.ids('ended'))).toEqual(new Set(innocents));
    const admin = createClient(server);
    await until(async () => (await admin.hlen('coordinator:kills:chaos')) === 0);
  },
);

test('all workers are killed again and again: no job is blamed for it, and all complete', async () => {
  await using server = await startRedis();
  const producer = await startCoordinator(server);
  const queue = producer.queue('chaos');
  const added = await queue.addBulk(
    Array.from({ length: 40 }, () => ({
      ...{ name: 'innocent', data: {} },
      opts: { removeOnComplete: false, attempts: 1 },
    })),
  );
  const fleet = new Fleet(server, 2);
  for (let round = 1; round <= 6; round += 1) {
    await until(() => new Set(fleet.ids('ended')).size >= round * 4, {
      timeoutMs: 60_000,
      what: `round ${round}`,
    });
    fleet.killAll();
  }
  await until(async () => (await producer.getQueueStats('chaos')).counts.completed === 40, {
    timeoutMs: 90_000,
    what: 'all jobs',
  });
  expect((await producer.getQueueStats('chaos')).counts.failed).toBe(0);
  const jobs = await Promise.all(added.map(({ id }) => queue.getJob(id!)));
  // They did stand beside: the test would prove nothing otherwise.
  expect(jobs.some((job) => job!.stalledCounter > 0)).toBe(true);
});
