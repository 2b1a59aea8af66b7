/** What the doctor finds in queues of plain BullMQ: each fault is provoked, named by its id, mended as printed, and gone. */
import { FlowProducer, Queue, type QueueOptions, Worker } from 'bullmq';
import type { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { FindingView } from '../../src/operations/doctor/doctor-views.ts';
import { drover } from '../faces/command-line.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type Seen, startMonitor } from '../support/monitor.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const CALLER = {
  principal: { kind: 'loopback', id: 'test', name: 'test', grants: [{ may: ['admin'] }] },
} as const;
const LONG_AGO = 2 * 3_600_000;

interface Place {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly coordinator: Coordinator;
  readonly queue: Queue;
}

async function place(
  options: Partial<QueueOptions> = {},
  aclLines?: readonly string[],
): Promise<Place> {
  const server = await startRedis(aclLines ? { aclLines } : {});
  onTestFinished(() => server.stop());
  const redis = createClient({ url: server.adminUrl });
  const queue = new Queue('mails', { connection: createClient(server), ...options });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  await queue.waitUntilReady();
  await queue.add('first', {}, { jobId: 'first' });
  await queue.remove('first');
  await redis.del('bull:mails:marker');
  // So nobody sweeps meanwhile: what goes here goes by the doctor.
  await redis.set('coordinator:lease:fleet', 'somebody else', 'PX', 3_600_000);
  const coordinator = await startCoordinator(server);
  await until(async () => (await look(coordinator, {})).length >= 0, { what: 'the doctor looks' });
  return { server, redis, coordinator, queue };
}

/** Findings about queues. Rates and second looks are those of the look before. */
async function look(coordinator: Coordinator, input: object): Promise<readonly FindingView[]> {
  const report = await coordinator.control.call(
    'doctor.run',
    { quick: true, queue: 'mails', ...input },
    CALLER,
  );
  return report.findings.filter(({ severity }) => severity !== 'unverified');
}

async function found(coordinator: Coordinator, id: string): Promise<FindingView | undefined> {
  await look(coordinator, {});
  return (await look(coordinator, {})).find((finding) => finding.id === id);
}

/** Does what the remedy says: a command of ours by the real program, one of redis-cli by a client. */
async function obey({ server, redis }: Place, line: string, id = ''): Promise<void> {
  const command = line.replace(/ \(.*\)$/, '').replace('<id>', id);
  const ours = /npx drover (.*)$/.exec(command)?.[1];
  if (ours === undefined) {
    const words = command.replace(/^redis-cli /, '').split(' ');
    await redis.call(words[0]!, ...words.slice(1));
    return;
  }
  const isAsking = /--fix|job (?:remove|retry)|scheduler remove/.test(ours);
  const words = [...ours.split(' '), ...(isAsking ? ['--yes'] : []), '-r', server.url];
  const { code, stderr } = await drover(words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

async function workerOf({ server }: Place): Promise<Worker> {
  const worker = new Worker('mails', async () => 'done', {
    connection: createClient(server),
    // As one that nothing wakes but the marker.
    ...{ drainDelay: 3_600 },
  });
  onTestFinished(() => worker.close(true));
  await worker.waitUntilReady();
  return worker;
}

/** As a process leaves it in Redis that keeps completed jobs so. */
async function keepCompleted(redis: Redis): Promise<void> {
  const policy = {
    ...{ completed: { count: 50, ageMs: 30 * 24 * 3_600_000 }, failed: { count: 500 } },
    ...{ progressMs: 3_600_000, events: { count: 10_000, bytes: 10_000_000 } },
  };
  await redis.hset('coordinator:retention:mails', `policy ${JSON.stringify(policy)}`, Date.now());
  await redis.zadd('coordinator:retention', Date.now() + 3_600_000, 'mails');
}

/** Whether a worker waits for the marker. */
function isIdle({ redis }: Place): Promise<boolean> {
  return redis.client('LIST').then((list) => /flags=b .*cmd=bzpopmin/.test(String(list)));
}

test('Q01: jobs wait and the workers sleep, until the marker is put back', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  await workerOf(here);
  await until(() => isIdle(here));
  await queue.pause();
  await queue.add('send', {}, { timestamp: Date.now() - 60_000 });
  await redis
    .multi()
    .hdel('bull:mails:meta', 'paused')
    .del('bull:mails:marker')
    .lmove('bull:mails:paused', 'bull:mails:wait', 'LEFT', 'LEFT')
    .exec();
  const finding = await found(coordinator, 'Q01');
  expect(finding).toMatchObject({ severity: 'critical', isFixable: true, queue: 'mails' });
  await obey(here, finding!.remedy[0]!);
  await until(async () => (await queue.getJobCounts('completed')).completed === 1);
  expect(await found(coordinator, 'Q01')).toBeUndefined();
}, 60_000);

test('Q02: delayed jobs are overdue, until a worker is woken', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  await workerOf(here);
  await until(() => isIdle(here));
  const at = Date.now() - 60_000;
  await redis
    .multi()
    .hset('bull:mails:7', { name: 'send', data: '{}', opts: '{}', timestamp: at, delay: 1_000 })
    .zadd('bull:mails:delayed', (at + 1_000) * 0x1000, '7')
    .exec();
  const finding = await found(coordinator, 'Q02');
  expect(finding).toMatchObject({ severity: 'critical' });
  await obey(here, finding!.remedy[0]!);
  await until(async () => (await queue.getJobCounts('completed')).completed === 1);
  expect(await found(coordinator, 'Q02')).toBeUndefined();
}, 60_000);

test('Q03: jobs that stalled too often are named, and put back as printed', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  const job = await queue.add('send', {});
  await redis
    .multi()
    .lrem('bull:mails:wait', 0, job.id!)
    .zadd('bull:mails:failed', Date.now(), job.id!)
    .hset(`bull:mails:${job.id}`, {
      ...{ failedReason: 'job stalled more than allowable limit', finishedOn: Date.now() },
    })
    .exec();
  const finding = await found(coordinator, 'Q03');
  expect(finding).toMatchObject({ severity: 'critical' });
  await obey(here, finding!.remedy.at(-1)!, job.id);
  expect(await queue.getWaitingCount()).toBe(1);
  expect(await found(coordinator, 'Q03')).toBeUndefined();
}, 60_000);

test('Q04: active without a lock, and a lock without an end that nobody holds', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  const job = await queue.add('send', {});
  await redis.lmove('bull:mails:wait', 'bull:mails:active', 'LEFT', 'LEFT');
  expect((await found(coordinator, 'Q04'))?.seen).toBe(`active without a lock: "${job.id}"`);
  const worker = new Worker('mails', async () => 'done', {
    ...{ connection: createClient(here.server), stalledInterval: 100 },
  });
  onTestFinished(() => worker.close(true));
  await until(async () => (await queue.getJobCounts('completed')).completed === 1);
  expect(await found(coordinator, 'Q04')).toBeUndefined();
  await redis.set('bull:mails:17:lock', 'of nobody');
  const finding = await found(coordinator, 'Q04');
  expect(finding?.seen).toBe('locked and not active: "17"');
  await obey(here, finding!.remedy[0]!);
  expect(await found(coordinator, 'Q04')).toBeUndefined();
}, 60_000);

test('Q05: a parent whose child is not there is named', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  const flows = new FlowProducer({ connection: createClient(here.server) });
  onTestFinished(() => flows.close());
  const children = Array.from({ length: 8 }, (_, i) => ({
    ...{ name: 'child', queueName: 'mails', data: { i } },
  }));
  const flow = await flows.add({ name: 'parent', queueName: 'mails', children });
  expect(await found(coordinator, 'Q05')).toBeUndefined();
  await redis.del(`bull:mails:${flow.children![5]!.job.id}`);
  const finding = await found(coordinator, 'Q05');
  expect(finding).toMatchObject({ severity: 'critical' });
  expect(finding!.seen).toContain(flow.job.id!);
  await obey(here, finding!.remedy.at(-1)!.replace(/, and .*$/, ''), flow.job.id);
  expect(await queue.getJob(flow.job.id!)).toBeUndefined();
  expect(await found(coordinator, 'Q05')).toBeUndefined();
}, 60_000);

test('Q06: an old job, a forgotten pause, and a counter below the highest id', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  await queue.add('send', {}, { timestamp: Date.now() - LONG_AGO });
  expect((await found(coordinator, 'Q06'))?.seen).toContain('the oldest job waits for');
  await queue.pause();
  const reason = { by: 'somebody', reason: null, at: Date.now() - LONG_AGO };
  await redis.hset('coordinator:pauses', 'mails', JSON.stringify(reason));
  const paused = await found(coordinator, 'Q06');
  expect(paused).toMatchObject({ severity: 'warning', isFixable: false });
  expect(paused!.seen).toContain('paused for 2h');
  await obey(here, paused!.remedy[0]!);
  expect(await queue.isPaused()).toBe(false);
  await queue.drain();
  expect(await found(coordinator, 'Q06')).toBeUndefined();
  await queue.add('send', {});
  const last = await queue.add('send', {});
  await redis.set('bull:mails:id', '1');
  const finding = await found(coordinator, 'Q06');
  expect(finding).toMatchObject({ severity: 'critical', isFixable: true });
  await obey(here, finding!.remedy[0]!);
  expect(Number((await queue.add('send', {})).id)).toBeGreaterThan(Number(last.id));
  expect(await found(coordinator, 'Q06')).toBeUndefined();
}, 90_000);

test('Q07: ids whose jobs are gone are named, and taken out as printed', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  const job = await queue.add('send', {});
  await redis.del(`bull:mails:${job.id}`);
  const finding = await found(coordinator, 'Q07');
  expect(finding).toMatchObject({ severity: 'critical', seen: `ids without a hash: "${job.id}"` });
  const [command] = finding!.remedy.filter((line) => line.startsWith('redis-cli '));
  expect(command).toBe(`redis-cli LREM bull:mails:wait 0 ${job.id}`);
  await obey(here, command!);
  expect(await found(coordinator, 'Q07')).toBeUndefined();
}, 60_000);

test('Q08: a schedule without workers is named, and removed as printed; a process that is gone has none', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  await queue.upsertJobScheduler('nightly', { every: 3_600_000 });
  const killed = 'coordinator:hosts:killed:1';
  await redis.hset(killed, 'beatAt', Date.now(), 'queues', '{"mails":{"workers":1}}');
  await redis.zadd('coordinator:hosts', Date.now(), 'killed:1');
  await redis.pexpire(killed, 5 * 60_000);
  expect(await found(coordinator, 'Q08')).toBeUndefined();
  await redis.pexpire(killed, 4 * 60_000);
  const finding = await found(coordinator, 'Q08');
  expect(finding).toMatchObject({ severity: 'warning' });
  await obey(here, finding!.remedy.at(-1)!, 'nightly');
  expect(await found(coordinator, 'Q08')).toBeUndefined();
}, 60_000);

test('MEM05, MEM07, MEM08: a big job, a long stream, a job in no list', async () => {
  const here = await place({ streams: { events: { maxLen: 10 } } });
  const { redis, coordinator, queue } = here;
  const big = await queue.add('send', { x: 'x'.repeat(2_000_000) });
  expect(await found(coordinator, 'MEM05')).toMatchObject({ severity: 'critical' });
  await queue.remove(big.id!);
  expect(await found(coordinator, 'MEM05')).toBeUndefined();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; i += 1) pipeline.xadd('bull:mails:events', '*', 'event', 'added');
  await pipeline.exec();
  const stream = await found(coordinator, 'MEM07');
  expect(stream).toMatchObject({ severity: 'warning', isFixable: true });
  const lost = await queue.add('send', {});
  const kept = await queue.add('send', {});
  await redis.lrem('bull:mails:wait', 0, lost.id!);
  const orphan = await found(coordinator, 'MEM08');
  expect(orphan).toMatchObject({ seen: `in no list: "${lost.id}"`, isFixable: true });
  await obey(here, stream!.remedy[0]!);
  expect(await found(coordinator, 'MEM07')).toBeUndefined();
  await obey(here, orphan!.remedy[0]!);
  expect((await queue.getWaiting()).map(({ id }) => id).sort()).toEqual([lost.id, kept.id].sort());
  expect(await found(coordinator, 'MEM08')).toBeUndefined();
}, 60_000);

test('MEM06: completed jobs beyond a retention are deleted by id of the check only', async () => {
  const here = await place();
  const { redis, coordinator, queue } = here;
  await keepCompleted(redis);
  const now = Date.now();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 1_200; i += 1) {
    pipeline.hset(`bull:mails:x${i}`, { name: 'x', data: '{}', opts: '{}', timestamp: now });
    pipeline.zadd('bull:mails:completed', now + i, `x${i}`);
  }
  await pipeline.exec();
  expect(await found(coordinator, 'MEM06')).toMatchObject({ isFixable: true });
  const fix = (input: object) => coordinator.control.call('doctor.fix', input, CALLER);
  const [all, would] = await Promise.all([
    fix({ dryRun: true }),
    fix({ checks: ['MEM06'], dryRun: true }),
  ]);
  expect(all.map(({ id }) => id)).not.toContain('MEM06');
  expect(would).toMatchObject([
    { outcome: 'would', does: 'delete completed jobs beyond the newest 50 or older than 720h 0m' },
  ]);
  expect(await queue.getCompletedCount()).toBe(1_200);
  await Promise.all([fix({ checks: ['MEM06'] }), fix({ checks: ['MEM06'] })]);
  expect((await queue.getCompleted()).map(({ id }) => id)).toContain('x1199');
  expect(await queue.getCompletedCount()).toBe(50);
  expect(await found(coordinator, 'MEM06')).toBeUndefined();
}, 60_000);

test('a queue whose keys may not be read is unverified, and the others are looked at', async () => {
  const lines = ['user default on nopass ~* &* +@all'];
  const { server, redis, coordinator, queue } = await place({}, lines);
  const other = new Queue('secret', { connection: createClient({ url: server.adminUrl }) });
  onTestFinished(() => other.close());
  await other.add('send', {});
  await queue.add('send', {}, { timestamp: Date.now() - LONG_AGO });
  await redis.call(
    ...(['ACL', 'SETUSER', 'default', 'resetkeys'] as const),
    ...['~bull:mails:*', '~coordinator:*', '~bull:secret:meta', '~bull:secret:wait'],
  );
  const second = await startCoordinator(server);
  const { findings } = await until(async () => {
    const report = await second.control.call('doctor.run', { quick: true }, CALLER);
    return report.queues > 0 && report;
  });
  const about = (label: string): string[] =>
    findings.filter(({ queue: of }) => of === label).map(({ id, severity }) => `${id} ${severity}`);
  expect(about('mails')).toContain('Q06 warning');
  expect(about('secret')).toEqual(['SCOPE unverified']);
  expect(coordinator).toBeDefined();
}, 60_000);

test('Redis that goes away while it is mended is told, and the mending does not hang', async () => {
  const { server, redis, coordinator, queue } = await place();
  await queue.add('send', {});
  await queue.add('send', {});
  await redis.set('bull:mails:id', '1');
  expect(await found(coordinator, 'Q06')).toBeDefined();
  const fixing = coordinator.control.call('doctor.fix', { checks: ['Q06'] }, CALLER).then(
    (views) => views.map(({ outcome }) => outcome),
    (error: { code?: string }) => error.code,
  );
  await server.kill();
  expect([['failed'], 'QUEUE_UNAVAILABLE']).toContainEqual(await fixing);
}, 60_000);

/** Whether it takes all that there is of something that grows with a queue. */
function isUnbounded({ command, words }: Seen): boolean {
  const [key = '', from, to] = words;
  const isLong = Number(to) - Number(from) >= 1_000;
  const isWhole = Number(to) === -1 && Number(from) >= 0;
  const isRange = /^(?:l|z(?:rev)?)range$/.test(command) && (isLong || isWhole);
  const isAll = isRange || /^(?:keys|smembers|hgetall|sort)$/.test(command);
  return (isAll && key.startsWith('bull:')) || words.length > 250;
}

test('200 queues with 100,000 jobs are looked at in some thousand commands, none of which is slow', async () => {
  const server = await startRedis({ config: { appendonly: 'no', 'slowlog-log-slower-than': '0' } });
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  const pipeline = redis.pipeline();
  for (let q = 0; q < 200; q += 1) {
    const key = `bull:q${q}:`;
    pipeline.hset(`${key}meta`, 'opts.maxLenEvents', 10_000, 'version', 'bullmq:6.7.0');
    pipeline.set(`${key}id`, 500);
    const ids = Array.from({ length: 500 }, (_, i) => String(i + 1));
    pipeline.lpush(`${key}wait`, ...ids.slice(0, 250));
    pipeline.zadd(`${key}completed`, ...ids.slice(250).flatMap((id) => [Number(id), id]));
    for (const id of ids)
      pipeline.hset(key + id, { name: 'x', data: '{}', opts: '{}', timestamp: Date.now() });
  }
  await pipeline.exec();
  const coordinator = await startCoordinator(server);
  const seen = await startMonitor(server);
  const report = await coordinator.control.call('doctor.run', { quick: true }, CALLER);
  expect(report.queues).toBe(200);
  await redis.echo('end');
  await until(() => seen.some(({ command }) => command === 'echo'));
  // What a script does inside is bounded by what it is given.
  const asked = seen.filter(({ from }) => from !== 'lua');
  expect(asked.length).toBeGreaterThan(1_000);
  expect(asked.length).toBeLessThan(8_000);
  expect(asked.filter(isUnbounded)).toEqual([]);
}, 120_000);
