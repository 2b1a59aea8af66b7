/** Jobs accepted while Redis is away: nothing is lost, nothing runs twice, the order is kept. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Coordinator, type CoordinatorOptions, defineQueue } from 'drover';
import { beforeEach, expect, test } from 'vitest';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
let path: string;

beforeEach(async () => {
  server = await startRedis();
  path = mkdtempSync(join(tmpdir(), 'drover-spool-'));
  return async () => {
    await server.stop();
    rmSync(path, { recursive: true, force: true });
  };
});

const options = (more: CoordinatorOptions = {}): CoordinatorOptions => ({
  whenDown: 'spool',
  spool: { path },
  addTimeoutMs: 300,
  ...more,
});
const start = (more: CoordinatorOptions = {}, to: { url: string } = server): Promise<Coordinator> =>
  startCoordinator(to, options(more));
const files = (): string[] => readdirSync(path).filter((file) => file.endsWith('.spool'));
const emptied = (coordinator: Coordinator, queue = 'orders') =>
  nextEvent(coordinator, 'spool.emptied', (event) => event.queue === queue);
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `job-${i}`);

/** Runs every job and notes the order. */
function work(coordinator: Coordinator, queue = 'orders'): string[] {
  const ran: string[] = [];
  coordinator.process(queue, async (job) => void ran.push(job.id!));
  return ran;
}

test('while Redis answers, jobs go there and the disk is not touched', async () => {
  const coordinator = await start();
  const ran = work(coordinator);
  const added = await Promise.all(
    ids(50).map((jobId) => coordinator.queue('orders').add('x', {}, { jobId })),
  );
  await until(() => ran.length === 50, { what: 'all jobs' });
  expect(added.map(({ id }) => id)).toEqual(ids(50));
  expect(coordinator.spool).toMatchObject({ jobs: 0, accepted: 0 });
});

test('what is accepted while Redis is away is sent in order when it is back, and runs once', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.add('x', {}, { jobId: 'before' });
  await server.kill();
  for (const jobId of ids(120)) expect((await queue.add('x', {}, { jobId })).id).toBe(jobId);
  expect(coordinator.spool).toMatchObject({ jobs: 120, accepted: 120 });
  const done = emptied(coordinator);
  await server.restart();
  expect((await done).sent).toBe(120);
  const ran = work(coordinator);
  await queue.add('x', {}, { jobId: 'after' });
  await until(() => ran.length === 122, { what: 'all jobs' });
  expect(ran).toEqual(['before', ...ids(120), 'after']);
  expect(coordinator.spool).toMatchObject({ jobs: 0, bytes: 0, sent: 120, refused: 0 });
  expect(files()).toEqual([]);
});

test('batches, flows and schedulers are accepted, too, and automatic ids are given', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.add('x', {});
  await server.kill();
  const one = await queue.add('one', { n: 1 });
  const many = await queue.addBulk(
    [...Array(130)].map((_, i) => ({ name: `many-${i}`, data: {} })),
  );
  const tree = await coordinator.flows.add({
    name: 'parent',
    queueName: 'parents',
    children: [
      { name: 'child', queueName: 'orders', data: {} },
      { name: 'child', queueName: 'orders', data: {} },
    ],
  });
  const scheduled = await queue.upsertJobScheduler(
    'nightly',
    { every: 3_600_000 },
    { name: 'sweep' },
  );
  expect(new Set([one.id, ...many.map(({ id }) => id)]).size).toBe(131);
  const both = Promise.all([emptied(coordinator), emptied(coordinator, ':flows')]);
  await server.restart();
  await both;
  const ran = work(coordinator);
  const parents = work(coordinator, 'parents');
  await until(() => parents.includes(tree.job.id!), { what: 'the parent' });
  expect(ran).toContain(one.id);
  for (const { id } of many) expect(ran).toContain(id);
  for (const { job } of tree.children!) expect(ran).toContain(job.id);
  expect(await queue.getJobScheduler('nightly')).toMatchObject({ key: 'nightly' });
  expect(scheduled?.id).toMatch(/^repeat:nightly:/);
});

test('an add whose answer was lost is sent again and runs once, although the job is long gone', async () => {
  const proxy = await startProxy({ target: server });
  const coordinator = await start({}, proxy);
  const worker = await startCoordinator(server);
  const ran = work(worker);
  const queue = coordinator.queue('orders');
  await queue.add('x', {}, { jobId: 'first', removeOnComplete: true });
  const lost = proxy.cutReply({ after: (bytes) => bytes.includes('the-lost-one') });
  const done = emptied(coordinator);
  const job = await queue.add('x', {}, { jobId: 'the-lost-one', removeOnComplete: true });
  await lost;
  await done;
  await queue.add('x', {}, { jobId: 'last', removeOnComplete: true });
  await until(() => ran.includes('last'), { what: 'the last job' });
  expect(job.id).toBe('the-lost-one');
  expect(ran).toEqual(['first', 'the-lost-one', 'last']);
  await proxy[Symbol.asyncDispose]();
});

test('adds that a frozen Redis carries out after all are not made twice', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.add('x', {}, { jobId: 'before', removeOnComplete: true });
  server.freeze();
  await Promise.all(ids(30).map((jobId) => queue.add('x', {}, { jobId, removeOnComplete: true })));
  expect(coordinator.spool.jobs).toBe(30);
  const done = emptied(coordinator);
  const worker = await createCoordinator(server);
  const ran = work(worker);
  server.thaw();
  await worker.start();
  await done;
  await queue.add('x', {}, { jobId: 'after', removeOnComplete: true });
  await until(() => ran.includes('after'), { what: 'the last job' });
  expect(ran.toSorted()).toEqual(['after', 'before', ...ids(30)].toSorted());
});

test('a delay is counted from acceptance', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.waitUntilReady();
  await server.kill();
  const job = await queue.add('x', {}, { jobId: 'later', delay: 60_000 });
  const done = emptied(coordinator);
  await server.restart();
  await done;
  const score = await createClient(server).zscore('bull:orders:delayed', 'later');
  expect(Math.floor(Number(score) / 4_096)).toBe(job.timestamp + 60_000);
});

test('refusals of Redis are waited out on the disk', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.waitUntilReady();
  const look = createClient(server);
  await look.config('SET', 'maxmemory', '1mb');
  await Promise.all(ids(20).map((jobId) => queue.add('x', {}, { jobId })));
  expect(coordinator.spool.jobs).toBe(20);
  const done = emptied(coordinator);
  await look.config('SET', 'maxmemory', '0');
  await done;
  expect(await queue.getWaitingCount()).toBe(20);
});

test('a Redis that comes back empty gets what is in the spool, and new jobs', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await Promise.all(ids(10).map((jobId) => queue.add('x', {}, { jobId })));
  await server.kill();
  await queue.add('x', {}, { jobId: 'kept' });
  const done = emptied(coordinator);
  rmSync(join(server.dir, 'appendonlydir'), { recursive: true });
  await server.restart();
  await done;
  await queue.add('x', {}, { jobId: 'new' });
  const waiting = await queue.getJobs(['waiting'], 0, -1, true);
  expect(waiting.map(({ id }) => id)).toEqual(['kept', 'new']);
});

test('it is full at its bounds, and says so', async () => {
  const coordinator = await start({ spool: { path, maxJobs: 3 } });
  const queue = coordinator.queue('orders');
  await queue.waitUntilReady();
  await server.kill();
  await Promise.all(ids(3).map((jobId) => queue.add('x', {}, { jobId })));
  await expect(queue.add('x', {})).rejects.toMatchObject({ code: 'SPOOL_FULL', retryable: true });
  const done = emptied(coordinator);
  await server.restart();
  await done;
  await queue.add('x', {}, { jobId: 'fits-again' });
  expect(await queue.getWaitingCount()).toBe(4);
});

test('a folder that cannot be used rejects adds with the reason, and nothing else breaks', async () => {
  writeFileSync(join(path, 'file'), '');
  const coordinator = await start({ spool: { path: join(path, 'file', 'folder') } });
  const queue = coordinator.queue('orders');
  await queue.add('x', {}, { jobId: 'fine' });
  // An add that is sent before the loss is noticed has another outcome: unknown.
  const noticed = new Promise<void>((resolve) => {
    coordinator.on('connection.closed', ({ role }) => role === 'command' && resolve());
  });
  await server.kill();
  await noticed;
  const adding = queue.add('x', {});
  await expect(adding).rejects.toMatchObject({ code: 'SPOOL_UNUSABLE' });
  await expect(adding).rejects.toThrow(/file.folder.*ENOTDIR/);
});

test('without a configured Redis jobs are accepted, and the next process sends them before its own', async () => {
  const early = createCoordinator({ url: '' }, options());
  await early.start();
  for (const jobId of ids(20)) await early.queue('orders').add('x', {}, { jobId });
  await early.stop();
  const next = await start();
  const queue = next.queue('orders');
  await queue.add('x', {}, { jobId: 'new' });
  await until(async () => (await queue.getWaitingCount()) === 21, { what: 'all jobs' });
  const waiting = await queue.getJobs(['waiting'], 0, -1, true);
  expect(waiting.map(({ id }) => id)).toEqual([...ids(20), 'new']);
  await until(() => files().length === 0, { what: 'the files to go' });
});

test('what one coordinator leaves, another one that shares the folder sends, in order', async () => {
  const url = { url: 'redis://127.0.0.1:1' };
  const leaving = await startCoordinator(url, options());
  for (const jobId of ids(10)) await leaving.queue('orders').add('x', {}, { jobId });
  const staying = await start();
  await staying.queue('orders').add('x', {}, { jobId: 'of-the-other' });
  expect(await staying.queue('orders').getWaitingCount()).toBe(1);
  await leaving.stop();
  await until(async () => (await staying.queue('orders').getWaitingCount()) === 11, {
    what: 'all jobs',
    timeoutMs: 15_000,
  });
  const waiting = await staying.queue('orders').getJobs(['waiting'], 0, -1, true);
  expect(waiting.map(({ id }) => id)).toEqual(['of-the-other', ...ids(10)]);
});

test('a damaged file is kept and announced, and all that can be read of it is sent', async () => {
  const url = { url: 'redis://127.0.0.1:1' };
  const before = await startCoordinator(url, options());
  for (const jobId of ids(5)) await before.queue('orders').add('x', {}, { jobId });
  await before.stop();
  const [file] = files();
  const bytes = readFileSync(join(path, file!));
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff; // In the third of five records.
  writeFileSync(join(path, file!), bytes);
  appendFileSync(join(path, file!), 'torn');
  const coordinator = createCoordinator(server, options());
  const damaged = nextEvent(coordinator, 'spool.damaged');
  coordinator.queue('orders');
  await coordinator.start();
  const event = await damaged;
  expect(event).toMatchObject({ jobs: 4 });
  const queue = coordinator.queue('orders');
  await until(async () => (await queue.getWaitingCount()) === 4, { what: 'four jobs' });
  const waiting = await queue.getJobs(['waiting'], 0, -1, true);
  expect(waiting.map(({ id }) => id)).toEqual(['job-0', 'job-1', 'job-3', 'job-4']);
  expect(readFileSync(event.path)).toHaveLength(bytes.length + 4);
});

test('an add that Redis will never take is kept apart and told, and the rest goes on', async () => {
  const coordinator = await start();
  const queue = coordinator.queue('orders');
  await queue.waitUntilReady();
  await server.kill();
  await queue.add('x', {}, { jobId: 'one' });
  await queue.add('x', {}, { jobId: 'orphan', parent: { id: 'gone', queue: 'bull:parents' } });
  await queue.add('x', {}, { jobId: 'three' });
  const refused = nextEvent(coordinator, 'spool.refused');
  const done = emptied(coordinator);
  await server.restart();
  expect(await refused).toMatchObject({ queue: 'orders', jobs: 1 });
  await done;
  const waiting = await queue.getJobs(['waiting'], 0, -1, true);
  expect(waiting.map(({ id }) => id)).toEqual(['one', 'three']);
  expect(readFileSync((await refused).path, 'utf8')).toContain('"orphan"');
});

test('a queue may spool while others fail', async () => {
  const coordinator = await startCoordinator(server, { spool: { path }, addTimeoutMs: 200 });
  const spooling = coordinator.queue(defineQueue('spooling', { whenDown: 'spool' }));
  const failing = coordinator.queue('failing');
  await Promise.all([spooling.add('x', {}), failing.add('x', {})]);
  await server.kill();
  await spooling.add('x', {});
  await expect(failing.add('x', {})).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});
