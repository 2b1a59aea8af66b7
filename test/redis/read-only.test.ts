/** A coordinator that is read-only writes nothing at all, with all rights or few, and answers everything. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { type Coordinator, defineQueue } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { WRITES } from '../../src/redis/refuse-writes.ts';
import { DROVER } from '../faces/command-line.ts';
import { startApp } from '../support/child-app.ts';
import { createClient, createCoordinator, nextEvent } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const admin: Principal = { kind: 'loopback', id: 'me', name: 'me', grants: [{ may: ['admin'] }] };

/** The rights of a console, as the guide of the kit gives them. */
const READER =
  'user default on nopass resetchannels ~bull:* ~coordinator:* -@all +@read +@connection +@transaction +eval +evalsha -@dangerous -@admin +info +client|list +latency|latest +slowlog|get +slowlog|len';

/** A server with a queue of plain BullMQ that is in use. */
async function plainDeployment(
  options: RedisOptions = {},
): Promise<{ server: RedisServer; queue: Queue }> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  const queue = new Queue('plain', { connection: createClient({ url: server.adminUrl }) });
  onTestFinished(() => queue.close());
  await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'job', data: { i } })));
  await queue.add('later', {}, { delay: 60_000 });
  return { server, queue };
}

/** A console that also defines a queue with everything that is usually published. */
function reader(server: RedisServer): Coordinator {
  const coordinator = createCoordinator(server, { readOnly: true });
  coordinator.queue(
    defineQueue('plain', {
      retention: { completed: { count: 10 } },
      payload: { redact: ['secret'], compressAbove: '1kb' },
      objectives: { waitP95: '2s' },
      whenDown: 'spool',
    }),
  );
  return coordinator;
}

async function askAll(coordinator: Coordinator): Promise<void> {
  const { operations, control } = coordinator;
  await control.call('overview.get', {}, { principal: admin });
  await operations.metrics.history({
    queue: 'plain',
    from: Date.now() - 3_600_000,
    to: Date.now(),
    step: 'minute',
  });
  await operations.memory.get('plain');
  await operations.deadLetters.groups({ queue: 'plain' });
  operations.health.queues();
  operations.health.redis();
  await operations.metrics.exposition();
  const queue = coordinator.queue('plain');
  await queue.getJobCounts();
  const [job] = await queue.getJobs(['waiting'], 0, 10);
  await job!.getState();
  await queue.getWorkers();
}

test('not one command of it writes, whatever is asked and however long it runs', async () => {
  const { server, queue } = await plainDeployment();
  const seen = await startMonitor(server);
  const coordinator = reader(server);
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop, message }) => failures.push(`${loop}: ${message}`));
  coordinator.process('pooled', async () => {}, { pool: { min: 1, max: 4 } });
  await coordinator.start();
  const served = startApp(DROVER, {
    args: ['serve', '--read-only', '--port', '0'],
    env: { REDIS_URL: server.url },
    cwd: server.dir,
  });
  onTestFinished(() => served[Symbol.asyncDispose]());
  const at = / is at (\S+)$/.exec(await served.line(' is at http'))![1]!;
  const events = new QueueEvents('plain', { connection: createClient(server) });
  onTestFinished(() => events.close());
  // Longer than all but the slowest loops pause.
  const until12s = performance.now() + 12_000;
  while (performance.now() < until12s) {
    await askAll(coordinator);
    expect((await fetch(`${at}/api/v1/overview`)).status).toBe(200);
    expect((await fetch(`${at}/api/v1/workers`)).status).toBe(200);
    await queue.getJobCounts();
  }
  await coordinator.stop();
  const flags = (await createClient({ url: server.adminUrl }).call('COMMAND')) as [
    string,
    number,
    string[],
  ][];
  const writes = new Set(flags.filter(([, , of]) => of.includes('write')).map(([name]) => name));
  const commands = [...new Set(seen.map(({ command }) => command))];
  expect(commands).toContain('eval');
  expect(seen.filter(({ command }) => writes.has(command) || command === 'publish')).toEqual([]);
  const loads = seen.filter(({ command, text }) => command === 'script' && /"load"/i.test(text));
  expect(loads).toEqual([]);
  expect([...writes].filter((name) => !WRITES.has(name))).toEqual([]);
  expect(failures).toEqual([]);
}, 60_000);

test('with rights to read only, everything is answered and nothing fails again and again', async () => {
  const { server } = await plainDeployment({ aclLines: [READER] });
  const coordinator = reader(server);
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop, message }) => failures.push(`${loop}: ${message}`));
  await coordinator.start();
  await askAll(coordinator);
  const stream = await coordinator.control.call('overview.watch', {}, { principal: admin });
  let deltas = 0;
  for await (const { event } of stream) {
    if (event === 'delta') deltas += 1;
    if (deltas === 8) break;
  }
  expect(coordinator.getRedisHealth().status).toBe('healthy');
  expect(failures).toEqual([]);
}, 60_000);

test('what would change something is refused with READ_ONLY, by every way in', async () => {
  const { server, queue } = await plainDeployment();
  const coordinator = reader(server);
  const rejected = nextEvent(coordinator, 'processor.rejected');
  coordinator.process('plain', async () => {});
  expect((await rejected).message).toMatch(/readOnly/);
  await coordinator.start();
  const refused = { code: 'READ_ONLY' };
  const own = coordinator.queue('plain');
  await expect(own.add('job', {})).rejects.toMatchObject(refused);
  await expect(own.addBulk([{ name: 'job', data: {} }])).rejects.toMatchObject(refused);
  await expect(coordinator.queue('other').add('job', {})).rejects.toMatchObject(refused);
  await expect(own.pause()).rejects.toMatchObject(refused);
  await expect(own.obliterate({ force: true })).rejects.toMatchObject(refused);
  await expect(own.upsertJobScheduler('s', { every: 1_000 })).rejects.toMatchObject(refused);
  const [job] = await own.getJobs(['waiting'], 0, 0);
  await expect(job!.remove()).rejects.toMatchObject(refused);
  await expect(job!.updateData({})).rejects.toMatchObject(refused);
  await expect(
    coordinator.deadLetters.replay({ queue: 'plain', filter: '' }, { actor: 'me' }),
  ).rejects.toMatchObject(refused);
  const counts = await queue.getJobCounts('waiting', 'delayed');
  expect(counts).toMatchObject({ waiting: 20, delayed: 1 });
  expect(await createClient(server).keys('coordinator:*')).toEqual([]);
}, 30_000);

test('in a pipeline only what writes is refused, and a transaction with such is refused as a whole', async () => {
  const { server } = await plainDeployment();
  const client = clientMaker({ options: { host: server.host, port: server.port } }, true)({});
  onTestFinished(() => client.disconnect());
  const [read, written, last] = (await client
    .pipeline()
    .exists('bull:plain:meta')
    .set('a', 1)
    .llen('bull:plain:wait')
    .exec())!;
  expect(read).toEqual([null, 1]);
  expect(written![0]).toMatchObject({ code: 'READ_ONLY' });
  expect(last).toEqual([null, 20]);
  const transaction = client.multi().exists('a').set('a', 1).exec();
  await expect(transaction).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(await client.multi().exists('a').exec()).toEqual([[null, 0]]);
  expect(await client.exists('a')).toBe(0);
});

test('while Redis is away an add is refused in time, and nothing is put onto the disk', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'drover-read-only-')), 'spool');
  const coordinator = createCoordinator(
    { url: 'redis://127.0.0.1:1' },
    { readOnly: true, whenDown: 'spool', addTimeoutMs: 300, spool: { path: folder } },
  );
  const spooling = coordinator.queue(defineQueue('spooling', { whenDown: 'spool' }));
  await coordinator.start();
  for (const queue of [spooling, coordinator.queue('other')])
    await expect(queue.add('job', {})).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await coordinator.stop();
  expect(existsSync(folder)).toBe(false);
});

test('a pool of others is not scaled', async () => {
  const { server } = await plainDeployment();
  const others = createCoordinator(server);
  others.process('pooled', async () => {}, { pool: { min: 1, max: 4 } });
  await others.start();
  const coordinator = reader(server);
  await coordinator.start();
  await until(async () => {
    const error = await coordinator.scaleWorkers('pooled', 3).catch((thrown: unknown) => thrown);
    return (error as { code?: string }).code === 'READ_ONLY';
  });
}, 30_000);

test('what a version of long ago has left is not counted, and stays', async () => {
  const { server } = await plainDeployment();
  const redis = createClient(server);
  await redis.rpush('bull:plain:wait', '0:0');
  const coordinator = reader(server);
  await coordinator.start();
  expect(await coordinator.queue('plain').getJobCounts('waiting')).toEqual({ waiting: 20 });
  expect(await redis.lindex('bull:plain:wait', -1)).toBe('0:0');
}, 30_000);

test('a listener of a read-only coordinator hears what others do', async () => {
  const { server, queue } = await plainDeployment();
  const coordinator = reader(server);
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop, message }) => failures.push(`${loop}: ${message}`));
  await coordinator.start();
  const heard: string[] = [];
  const events = coordinator.queueEvents('plain');
  events.on('waiting', ({ jobId }) => heard.push(jobId));
  await events.waitUntilReady();
  const job = await queue.add('heard', {});
  await until(() => heard.includes(job.id!));
  expect(failures).toEqual([]);
}, 30_000);
