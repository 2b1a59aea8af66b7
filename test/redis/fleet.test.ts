/** Processes that run jobs, seen from another one: who is there, quiet, resumed, and jobs cancelled where they run. */
import { fileURLToPath } from 'node:url';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Grant } from '../../src/access/principal.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const WORKER = fileURLToPath(new URL('./fleet-worker.mjs', import.meta.url));
const CHILD = fileURLToPath(new URL('./fleet-child.mjs', import.meta.url));
const LONG = { timeout: 60_000 };
const LATER = { timeoutMs: 20_000 };

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  redis = createClient(server);
  await redis.flushall();
});

async function startWorker(env: Record<string, string> = {}, url = server.url): Promise<ChildApp> {
  const app = startApp(WORKER, { env: { REDIS_URL: url, ...env } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  await app.line('up');
  return app;
}

/** The console: works on no queue itself. */
async function startConsole() {
  const coordinator = await startCoordinator(server, { addTimeoutMs: 1_000 });
  const { fleet } = coordinator.operations;
  const idOf = async (app: ChildApp): Promise<string> => {
    const found = await until(async () => (await fleet.list()).find(({ pid }) => pid === app.pid), {
      ...LATER,
      what: 'a heartbeat',
    });
    return found.id;
  };
  const as = (grants: readonly Grant[]) =>
    coordinator.control.as({ principal: { kind: 'token', id: 't', name: 'ann', grants } });
  return { coordinator, fleet, idOf, as, queue: coordinator.queue('jobs') };
}

const running = (ms = 0) => ({ how: 'quick', ms });
const failedFor = async (id: string): Promise<string | null> =>
  redis.hget(`bull:jobs:${id}`, 'failedReason');
const isFailed = async (id: string): Promise<boolean> =>
  (await redis.zscore('bull:jobs:failed', id)) !== null;

test(
  'processes say how they are, and workers of BullMQ alone are seen by their connections',
  LONG,
  async () => {
    const app = await startWorker({ QUEUES: 'jobs,mails' });
    const plain = new Worker('plain', async () => {}, {
      connection: { host: server.host, port: server.port },
      name: 'importer',
    });
    onTestFinished(() => plain.close(true));
    await plain.waitUntilReady();
    const { coordinator, idOf, as } = await startConsole();
    const id = await idOf(app);
    await coordinator.queue('jobs').add('job', { how: 'honours' }, { jobId: 'j1' });
    await app.line('started j1');
    const list = await until(async () => {
      const workers = await as([{ may: ['admin'] }]).call('workers.list', {});
      return workers.length === 2 && workers;
    }, LATER);
    expect(HANDLERS['workers.list']!.output.safeParse(list).error?.issues ?? []).toEqual([]);
    expect(list[0]).toMatchObject({
      ...{ id, from: 'measured', pid: app.pid, appVersion: '1.2.3', isQuiet: false, quietBy: null },
      queues: [
        { queue: 'jobs', slots: 2 },
        { queue: 'mails', slots: 2 },
      ],
      connections: 3,
    });
    expect(list[0]!.load.memoryRatio).toBeGreaterThan(0);
    expect(list[1]).toMatchObject({
      ...{ from: 'derived', name: 'importer', version: null },
      queues: [{ queue: 'plain', slots: null, active: null }],
    });
    const mails = await as([{ may: ['viewer'], queues: ['m*'] }]).call('workers.list', {});
    expect(mails).toMatchObject([{ id, queues: [{ queue: 'mails' }] }]);
    expect(JSON.stringify(mails)).not.toMatch(/jobs|plain/);
    const none = await as([{ may: ['viewer'], queues: ['z*'] }]).call('workers.list', {});
    expect(none).toEqual([]);
    await expect(
      as([{ may: ['viewer'], queues: ['m*'] }]).call('workers.list', { queue: 'jobs' }),
    ).rejects.toThrow(/queues.read/);
  },
);

test(
  'without the right to list clients only those that speak for themselves are known',
  LONG,
  async () => {
    const app = await startWorker();
    await redis.call(
      'ACL',
      'SETUSER',
      'limited',
      'on',
      '>secret',
      '~*',
      '&*',
      '+@all',
      '-client|list',
    );
    const url = `redis://limited:secret@${server.host}:${server.port}`;
    const coordinator = await startCoordinator({ url });
    const list = await until(async () => {
      const workers = await coordinator.operations.fleet.list();
      return workers.length > 0 && workers;
    }, LATER);
    expect(list).toMatchObject([{ pid: app.pid, from: 'measured', connections: null }]);
  },
);

for (const [what, env] of [
  ['a fixed number of slots', {}],
  ['a pool', { POOL: '{"min":2,"max":4}' }],
] as const)
  test(
    `a quiet process with ${what} ends what runs and takes nothing new, until it is resumed`,
    LONG,
    async () => {
      const app = await startWorker(env);
      const { fleet, idOf, queue, as } = await startConsole();
      const id = await idOf(app);
      await queue.add('job', running(1_500), { jobId: 'first' });
      await app.line('started first');
      const quieted = await as([{ may: ['operator'] }]).call('workers.quiet', {
        ...{ worker: id, reason: 'new version' },
      });
      expect(quieted).toMatchObject({
        ...{ id, isQuiet: true, quietBy: 'token:ann', quietFor: 'new version' },
        queues: [{ queue: 'jobs', slots: 0 }],
      });
      expect(app.output).toContain('quiet by token:ann');
      await queue.add('job', running(), { jobId: 'second' });
      await app.line('ended first');
      await until(async () => (await queue.getJobCounts('completed')).completed === 1);
      // One more heartbeat of everything: nothing was fetched by it.
      const other = await startWorker();
      await app.line('ended first');
      await other.line('started second');
      expect(app.output).not.toContain('started second');
      await fleet.quiet(await idOf(other), 'bob');
      await queue.add('job', running(), { jobId: 'third' });
      const resumed = await fleet.resume(id);
      expect(resumed).toMatchObject({ isQuiet: false, quietBy: null });
      await app.line('started third');
      expect(other.output).not.toContain('started third');
    },
  );

test(
  'what a process was told while it was away it does when it is back, and keeps to over a break',
  LONG,
  async () => {
    await using proxy = await startProxy({ target: { port: server.port } });
    const app = await startWorker({}, `redis://127.0.0.1:${proxy.port}`);
    const { fleet, idOf, queue } = await startConsole();
    const id = await idOf(app);
    await queue.add('job', { how: 'honours' }, { jobId: 'cut' });
    await app.line('started cut');
    proxy.mode = 'refuse';
    proxy.cut();
    expect(await fleet.quiet(id, 'ann')).toMatchObject({ isQuiet: false, quietBy: 'ann' });
    expect(await fleet.cancel('jobs', 'cut', 'ann', 'wrong file')).toBe('asked');
    proxy.mode = 'pass';
    await app.line('quiet by ann');
    await app.line('aborted cut JOB_CANCELLED: cancelled by ann: wrong file');
    await until(() => isFailed('cut'), LATER);
    proxy.cut();
    await until(
      async () => (await fleet.list()).some((each) => each.id === id && each.isQuiet),
      LATER,
    );
    await queue.add('job', running(), { jobId: 'later' });
    await fleet.resume(id);
    await app.line('started later');
    expect(app.output.indexOf('resumed')).toBeLessThan(app.output.indexOf('started later'));
  },
);

test('a job is cancelled in the process that runs it, and is not tried again', LONG, async () => {
  const apps = [await startWorker(), await startWorker()];
  const { coordinator, fleet, idOf, queue } = await startConsole();
  for (const app of apps) await idOf(app);
  await queue.add('job', { how: 'honours' }, { jobId: 'one', attempts: 5 });
  const app = await Promise.any(apps.map((each) => each.line('started one').then(() => each)));
  const outcomes = await Promise.allSettled([
    fleet.cancel('jobs', 'one', 'ann', 'no longer wanted'),
    fleet.cancel('jobs', 'one', 'bob'),
  ]);
  const said = outcomes.map((each) =>
    each.status === 'fulfilled' ? each.value : each.reason.code,
  );
  expect(said).toContain('cancelled');
  for (const each of said) expect(['cancelled', 'STATE_CONFLICT']).toContain(each);
  await until(() => isFailed('one'), LATER);
  expect(app.output.filter((line) => line.startsWith('aborted one'))).toHaveLength(1);
  expect(await failedFor('one')).toMatch(/^cancelled by (ann: no longer wanted|bob)$/);
  expect(await redis.hget('bull:jobs:one', 'atm')).toBe('1');
  const conflict = expect.objectContaining({ code: 'STATE_CONFLICT' });
  await expect(fleet.cancel('jobs', 'one', 'ann')).rejects.toEqual(conflict);
  const unknown = expect.objectContaining({ code: 'NOT_FOUND' });
  for (const id of ['none', 'wait', 'active'])
    await expect(fleet.cancel('jobs', id, 'ann')).rejects.toEqual(unknown);
  expect(coordinator.getRedisHealth().status).toBe('healthy');
});

test(
  'through the gate, whoever may cancel a job does it wherever it runs, and nobody else',
  LONG,
  async () => {
    const app = await startWorker();
    const { as, idOf, queue } = await startConsole();
    await idOf(app);
    await queue.add('job', { how: 'honours' }, { jobId: 'gated', attempts: 5 });
    await queue.add('job', running(), { jobId: 'later', delay: 3_600_000 });
    await app.line('started gated');
    const cancel = (grants: readonly Grant[], job: string) =>
      as(grants).call('jobs.cancel', { queue: 'jobs', job, reason: 'wrong file' });
    const refused = (code: string) => expect.objectContaining({ code });
    for (const grant of [{ may: ['viewer'] }, { may: ['admin'], queues: ['other*'] }] as const)
      await expect(cancel([grant], 'gated')).rejects.toEqual(refused('FORBIDDEN'));
    const operator = [{ may: ['operator'], queues: ['jobs'] }] as const;
    await expect(cancel(operator, 'later')).rejects.toEqual(refused('STATE_CONFLICT'));
    await expect(cancel(operator, 'none')).rejects.toEqual(refused('NOT_FOUND'));
    expect(app.output.filter((line) => line.startsWith('aborted'))).toEqual([]);
    expect(await cancel(operator, 'gated')).toEqual({ outcome: 'cancelled' });
    await app.line('aborted gated JOB_CANCELLED: cancelled by token:ann: wrong file');
    await until(() => isFailed('gated'), LATER);
    expect(await redis.hget('bull:jobs:gated', 'atm')).toBe('1');
  },
);

test(
  'a cancelled job whose processor goes on fails at its end, and its result is dropped',
  LONG,
  async () => {
    const app = await startWorker();
    const { fleet, idOf, queue } = await startConsole();
    await idOf(app);
    await queue.add('job', { how: 'ignores', ms: 200 }, { jobId: 'deaf', attempts: 3 });
    await app.line('started deaf');
    expect(await fleet.cancel('jobs', 'deaf', 'ann')).toBe('cancelled');
    await app.line('ended deaf');
    await until(() => isFailed('deaf'), LATER);
    expect(await failedFor('deaf')).toContain('cancelled by ann; its processor went on to its end');
    expect(await redis.hget('bull:jobs:deaf', 'returnvalue')).toBeNull();
  },
);

test('a cancelled job in a process of its own is ended after its grace', LONG, async () => {
  const app = await startWorker({ CHILD });
  const { fleet, idOf, queue } = await startConsole();
  await idOf(app);
  await queue.add('job', {}, { jobId: 'alone', attempts: 3 });
  await until(async () => (await queue.getActiveCount()) === 1, LATER);
  await until(async () => (await fleet.cancel('jobs', 'alone', 'ann')) === 'cancelled', LATER);
  await until(() => isFailed('alone'), LATER);
  expect(await failedFor('alone')).toBe('cancelled by ann');
});

test('a late order harms no later run of the job', LONG, async () => {
  const app = await startWorker();
  const { idOf, queue } = await startConsole();
  await idOf(app);
  await queue.add('job', { how: 'honours' }, { jobId: 'again' });
  await app.line('started again');
  const order = ['kind', 'cancel', 'queue', 'jobs', 'job', 'again', 'by', 'ann', 'reason', ''];
  const first = await redis.xadd('coordinator:orders', '*', ...order, 'run', '7');
  await until(async () => {
    const answers = await redis.xrange(`coordinator:orders:${first}`, '-', '+');
    return answers.some(([, fields]) => fields.includes('not-here'));
  }, LATER);
  expect(app.output.some((line) => line.startsWith('aborted'))).toBe(false);
  await redis.xadd('coordinator:orders', '*', 'kind', 'of a later version', 'worker', 'x');
  await redis.xadd('coordinator:orders', '*', ...order, 'run', '1');
  await app.line('aborted again');
});

test('a worker of BullMQ alone cannot be told, and that is said', LONG, async () => {
  const connection = { host: server.host, port: server.port };
  const queue = new Queue('jobs', { connection });
  const plain = new Worker('jobs', () => new Promise(() => {}), { connection });
  onTestFinished(async () => {
    await plain.close(true);
    await queue.close();
  });
  await queue.add('job', {}, { jobId: 'theirs' });
  await until(async () => (await queue.getActiveCount()) === 1);
  const { fleet, idOf } = await startConsole();
  const unsupported = expect.objectContaining({ code: 'NOT_SUPPORTED' });
  await expect(fleet.cancel('jobs', 'theirs', 'ann')).rejects.toEqual(unsupported);
  const [seen] = await fleet.list();
  await expect(fleet.quiet(seen!.id, 'ann')).rejects.toEqual(unsupported);
  await idOf(await startWorker());
  await expect(fleet.cancel('jobs', 'theirs', 'ann')).rejects.toEqual(
    expect.objectContaining({ code: 'STATE_CONFLICT' }),
  );
});

test(
  'a process that was killed is gone, and one that takes its name is not quiet',
  LONG,
  async () => {
    const app = await startWorker();
    const { fleet, idOf, queue } = await startConsole();
    const id = await idOf(app);
    await fleet.quiet(id, 'ann');
    const flag = await redis.hget('coordinator:workers:flags', id);
    app.kill('SIGTERM');
    await app.exited;
    const unknown = expect.objectContaining({ code: 'NOT_FOUND' });
    await expect(fleet.quiet(id, 'ann')).rejects.toEqual(unknown);
    await expect(fleet.resume('nowhere:1')).rejects.toEqual(unknown);
    expect(await redis.hget('coordinator:workers:flags', id)).toBeNull();
    const next = await startWorker();
    const nextId = await idOf(next);
    await redis.hset('coordinator:workers:flags', nextId, flag!);
    const order = await redis.xadd('coordinator:orders', '*', 'kind', 'flag', 'worker', nextId);
    await until(async () => {
      const answers = await redis.xrange(`coordinator:orders:${order}`, '-', '+');
      return answers.some(([, fields]) => fields.includes('done') && fields.includes(nextId));
    }, LATER);
    await queue.add('job', running(), { jobId: 'taken' });
    await next.line('started taken');
    expect((await fleet.list()).find((each) => each.id === nextId)).toMatchObject({
      isQuiet: false,
      quietBy: null,
    });
  },
);

test('of a process that was just killed nothing is claimed', LONG, async () => {
  const app = await startWorker();
  const { fleet, idOf, queue } = await startConsole();
  const id = await idOf(app);
  await queue.add('job', { how: 'honours' }, { jobId: 'left' });
  await app.line('started left');
  app.kill('SIGKILL');
  await app.exited;
  expect(await fleet.cancel('jobs', 'left', 'ann')).toBe('asked');
  expect(await fleet.quiet(id, 'ann')).toMatchObject({ isQuiet: false, quietBy: 'ann' });
});

test('while Redis is away nothing is claimed', LONG, async () => {
  await using own = await startRedis();
  const coordinator = await startCoordinator(own, { addTimeoutMs: 300 });
  const { fleet } = coordinator.operations;
  await fleet.list();
  await own.kill();
  const away = expect.objectContaining({ code: 'QUEUE_UNAVAILABLE' });
  await expect(fleet.list()).rejects.toEqual(away);
  await expect(fleet.quiet('x:1', 'ann')).rejects.toEqual(away);
  await expect(fleet.cancel('jobs', '1', 'ann')).rejects.toEqual(away);
});

test(
  'who changes nothing has no heartbeat, listens to nothing and tells nobody',
  LONG,
  async () => {
    const coordinator = await startCoordinator(server, { readOnly: true });
    coordinator.process('jobs', async () => {});
    const { fleet } = coordinator.operations;
    expect(await fleet.list()).toEqual([]);
    const refused = expect.objectContaining({ code: 'READ_ONLY' });
    await expect(fleet.quiet('x:1', 'ann')).rejects.toEqual(refused);
    await expect(fleet.cancel('jobs', '1', 'ann')).rejects.toEqual(refused);
    await until(() => coordinator.getRedisHealth().status === 'healthy');
    await coordinator.getAllQueueStats();
    expect(await redis.exists('coordinator:hosts', 'coordinator:orders')).toBe(0);
  },
);
