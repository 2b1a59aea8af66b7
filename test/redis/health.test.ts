/** The health of Redis and of queues against a real server: what is read, judged, kept, and shown from memory. */
import { Worker } from 'bullmq';
import { type Coordinator, defineQueue } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { EventBus } from '../../src/events.ts';
import { HealthWriter } from '../../src/health/health-writer.ts';
import { readPulses } from '../../src/health/queue-pulse.ts';
import type { QueueSignals, RecentFigures } from '../../src/health/queue-signals.ts';
import { createKeys } from '../../src/keys.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const keys = createKeys('coordinator');

/** Judges queues of a coordinator as the leader does, as often as a test likes. */
function judging(
  coordinator: Coordinator,
  names: readonly string[],
  known: { recent?: Partial<RecentFigures>; promises?: boolean } = {},
) {
  const bus = new EventBus();
  const changes: string[] = [];
  bus.on('queue.health-changed', ({ queue, from, to }) =>
    changes.push(`${queue}: ${from} → ${to}`),
  );
  const command = new Connection({
    role: 'command',
    name: 'health-test',
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: bus.announce,
  });
  onTestFinished(() => command.close());
  const signals = async (): Promise<QueueSignals[]> => {
    const targets = names.map((name) => ({ label: name, keyPrefix: `bull:${name}:` }));
    const pulses = await readPulses(await command.raw(), targets, Date.now());
    return Promise.all(
      names.map(async (name, i) => {
        const definition = known.promises === false ? null : coordinator.queues.define(name);
        return {
          ...(await coordinator.getQueueStats(name)),
          pulse: pulses[i]!,
          recent: known.recent ? { ...NOTHING_ENDED, ...known.recent } : null,
          ...{ windows: null, trend: [] },
          objectives: definition?.objectives ?? null,
          limits: definition?.health ?? null,
        };
      }),
    );
  };
  const writer = new HealthWriter({ command, keys, announce: bus.announce, signals });
  return {
    changes,
    async round(): Promise<void> {
      await command.client;
      await writer.round();
    },
  };
}

const NOTHING_ENDED: RecentFigures = {
  spanMs: 300_000,
  source: 'measured',
  finished: 0,
  dead: 0,
  failedAttempts: 0,
  waitP95Ms: null,
  waits: 0,
  runMeanMs: null,
  throughputPerMinute: 0,
  arrivalsPerMinute: 0,
};

/** The statuses that are kept for these queues. */
async function statuses(...names: string[]): Promise<(string | null)[]> {
  const client = createClient(server);
  return Promise.all(names.map((name) => client.hget(keys.health(name), 'status')));
}

const heartbeat = (coordinator: Coordinator, queue: string) =>
  until(async () => (await coordinator.getQueueStats(queue)).workers > 0, { what: 'a heartbeat' });

test('what the server says of itself is there in numbers, with its time, and nobody asks for it', async () => {
  const coordinator = await startCoordinator(server);
  await until(() => coordinator.getRedisHealth().takenAt !== null);
  const health = coordinator.getRedisHealth();
  const number = expect.any(Number);
  expect(health).toMatchObject({
    status: 'healthy',
    redis: { connected: true },
    memory: {
      ...{ used: number, peak: number, usedBytes: number, peakBytes: number },
      ...{ limitBytes: null, policy: 'noeviction', fragmentationRatio: number },
    },
    connections: { connected: number, blocked: number, max: number, rejected: 0 },
    operations: {
      ...{ opsPerSec: number, keyspaceHits: number, keyspaceMisses: number },
      ...{ evictedKeys: 0, expiredKeys: number },
    },
    persistence: {
      loading: false,
      aof: { enabled: true, lastWriteStatus: 'ok', lastRewriteStatus: 'ok' },
      rdb: { lastSaveStatus: 'ok', lastSaveAt: number },
    },
    replication: { role: 'primary', replicas: 0, replicasOnline: 0, lagBytes: null },
    server: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/), mode: 'standalone' },
    warnings: [],
  });
  expect(health.connections.connected).toBeGreaterThan(0);
  // As code that cuts INFO apart would read it.
  expect(Number(health.memory.used)).toBe(health.memory.usedBytes);
});

test('where INFO is denied all figures are unknown, and Redis is healthy', async () => {
  const guarded = await startRedis({ aclLines: ['user app on >p ~* &* +@all -info'] });
  onTestFinished(() => guarded.stop());
  const url = guarded.url.replace('://', '://app:p@');
  const coordinator = await startCoordinator({ url });
  await until(() => coordinator.getRedisHealth().status === 'healthy');
  expect(coordinator.getRedisHealth()).toMatchObject({
    memory: { used: null, usedBytes: null, policy: null },
    connections: { connected: null },
    operations: { opsPerSec: null },
    server: { flavour: null, version: null },
    warnings: [],
    takenAt: null,
  });
});

test('while Redis is away the last known figures stay, with their time', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = await startCoordinator(own);
  await until(() => coordinator.getRedisHealth().takenAt !== null);
  await own.kill();
  const down = await until(() => {
    const health = coordinator.getRedisHealth();
    return !health.redis.connected && health;
  });
  expect(down).toMatchObject({ status: 'unhealthy', memory: { used: expect.any(Number) } });
  expect(down.takenAt).toBeLessThanOrEqual(Date.now());
  await own.restart();
  await until(() => (coordinator.getRedisHealth().takenAt ?? 0) > down.takenAt!, {
    what: 'newer figures',
  });
});

test('a primary tells of its replica, and a replica of its link', async () => {
  const primary = await startRedis();
  onTestFinished(() => primary.stop());
  const replica = await startRedis({
    // A file that is rewritten after the first sync might outlive the server in its folder.
    config: { replicaof: `127.0.0.1 ${primary.port}`, appendonly: 'no' },
  });
  onTestFinished(() => replica.stop());
  const admin = createClient(primary);
  await until(async () => (await admin.info('replication')).includes('state=online'));
  const coordinators = [await startCoordinator(primary), await startCoordinator(replica)];
  const [ofPrimary, ofReplica] = coordinators.map((coordinator) => coordinator.getRedisHealth());
  expect(ofPrimary?.replication).toEqual({
    ...{ role: 'primary', replicas: 1, replicasOnline: 1 },
    ...{ lagBytes: expect.any(Number), linkStatus: null },
  });
  expect(ofReplica?.replication).toMatchObject({ role: 'replica', linkStatus: 'up' });
  expect(ofReplica?.warnings.map(({ code }) => code)).toEqual(['replica']);
});

test('memory that is nearly full is told before it is', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const admin = createClient(own);
  // Made by the server: a value that is sent would be counted twice while it arrives.
  await admin.setrange('ballast', 30 * 1_024 ** 2, 'x');
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', String(Math.round(used * 1.17)));
  const coordinator = await startCoordinator(own);
  await until(() => coordinator.getRedisHealth().takenAt !== null);
  const { status, warnings } = coordinator.getRedisHealth();
  expect(status).toBe('healthy');
  expect(warnings.map(({ code }) => code.replace('critical', 'high'))).toEqual(['memory-high']);
});

test('paused, without workers, failing and well: each by what is in Redis, kept in its hash', async () => {
  const coordinator = createCoordinator(server);
  coordinator.process('well', async () => {}, { drainDelay: 1 });
  coordinator.process(
    'failing',
    async () => {
      throw new Error('no');
    },
    { drainDelay: 1 },
  );
  await coordinator.start();
  for (const name of ['paused', 'nobody', 'due', 'well'])
    await coordinator.queue(name).add('job', {}, { delay: name === 'due' ? 1 : 0 });
  await coordinator.queue('paused').pause();
  await coordinator
    .queue('failing')
    .addBulk(Array.from({ length: 12 }, () => ({ name: 'job', data: {}, opts: { attempts: 1 } })));
  await until(async () => (await coordinator.getQueueStats('failing')).counts.failed === 12);
  await until(async () => (await coordinator.getQueueStats('well')).counts.completed === 1);
  const judge = judging(coordinator, ['paused', 'nobody', 'due', 'well']);
  const judgeFailing = judging(coordinator, ['failing'], {
    recent: { finished: 12, dead: 12, failedAttempts: 12, runMeanMs: 3 },
  });
  await judge.round();
  await judgeFailing.round();
  expect(await statuses('paused', 'nobody', 'due', 'well', 'failing')).toEqual([
    ...['paused', 'no-workers', 'no-workers', 'healthy', 'unhealthy'],
  ]);
  const client = createClient(server);
  expect(await client.hgetall(keys.health('failing'))).toMatchObject({
    lastCheck: expect.stringMatching(/^\d{13}$/),
    status: 'unhealthy',
    errorRate: '1',
    avgProcessingTime: '3',
    reasons: expect.stringContaining('12 of 12 jobs (100 %) failed for good'),
  });
  expect(await client.hexists(keys.health('nobody'), 'errorRate')).toBe(0);
  expect(await client.pttl(keys.health('nobody'))).toBeGreaterThan(0);
  expect(await client.pttl(keys.health('nobody'))).toBeLessThanOrEqual(300_000);
  // Well and never seen before is no news.
  expect(judge.changes).toEqual([
    'paused: null → paused',
    'nobody: null → no-workers',
    'due: null → no-workers',
  ]);
});

test('workers that take no jobs: stuck, and healthy again as soon as they do', async () => {
  const stuck = defineQueue('stuck', { health: { stuckAfter: '1s' } });
  const coordinator = createCoordinator(server);
  coordinator.process(stuck, async () => {}, { drainDelay: 1 });
  await coordinator.start();
  await heartbeat(coordinator, 'stuck');
  await coordinator.queue(stuck).add('first', {});
  await until(async () => (await coordinator.getQueueStats('stuck')).counts.completed === 1);
  const judge = judging(coordinator, ['stuck']);
  await judge.round();
  expect(await statuses('stuck')).toEqual(['healthy']);
  // As a worker that hangs: connected, with a heartbeat, and it fetches nothing.
  const worker = coordinator.workers.get(stuck)[0]!;
  await worker.pause();
  await coordinator.queue(stuck).add('second', {});
  await until(
    async () => {
      await judge.round();
      return (await statuses('stuck'))[0] === 'stuck';
    },
    { what: 'the queue is stuck', intervalMs: 100 },
  );
  worker.resume();
  await until(async () => (await coordinator.getQueueStats('stuck')).counts.completed === 2);
  await judge.round();
  expect(judge.changes).toEqual(['stuck: healthy → stuck', 'stuck: stuck → healthy']);
});

test('workers without Drover are seen by their locks, and missed when they are killed', async () => {
  const coordinator = await startCoordinator(server);
  const worker = new Worker('foreign', () => new Promise(() => {}), {
    connection: { host: server.host, port: server.port },
    ...{ lockDuration: 1_000, concurrency: 2, removeOnComplete: { count: 0 } },
  });
  worker.on('error', () => {});
  onTestFinished(() => worker.close(true));
  await coordinator.queue('foreign').addBulk([1, 2, 3].map(() => ({ name: 'job', data: {} })));
  await until(async () => (await coordinator.getQueueStats('foreign')).counts.active === 2);
  const client = createClient(server);
  // Started long ago by what the queue says, so that only the locks tell.
  const longAgo = Date.now() - 3_600_000;
  for (const id of ['1', '2']) await client.hset(`bull:foreign:${id}`, 'processedOn', longAgo);
  await client.del('bull:foreign:events');
  const judge = judging(coordinator, ['foreign']);
  await judge.round();
  expect(await statuses('foreign')).toEqual(['healthy']);
  await worker.close(true);
  await until(
    async () => {
      await judge.round();
      return (await statuses('foreign'))[0] === 'no-workers';
    },
    { what: 'the locks run out', intervalMs: 100 },
  );
});

test('a pulse tells of due jobs, of the last start or end, of limits and of the limiter', async () => {
  const coordinator = await startCoordinator(server);
  const client = createClient(server);
  const pulseOf = async (name: string) => {
    const target = { label: name, keyPrefix: `bull:${name}:` };
    return (await readPulses(client, [target], Date.now()))[0]!;
  };
  expect(await pulseOf('absent')).toEqual({
    ...{ due: 0, dueForMs: null, sinceProgressMs: null },
    ...{ isHeld: null, concurrency: null, isLimited: false },
  });
  const queue = coordinator.queue('pulse');
  await queue.setGlobalConcurrency(3);
  const anHour = 3_600_000;
  await queue.addBulk([
    { name: 'due', data: {}, opts: { delay: 1_000, timestamp: Date.now() - anHour } },
    { name: 'later', data: {}, opts: { delay: anHour } },
  ]);
  const delayed = await pulseOf('pulse');
  expect(delayed).toMatchObject({ due: 1, concurrency: 3, sinceProgressMs: null });
  expect(delayed.dueForMs).toBeGreaterThanOrEqual(anHour - 1_000);
  expect(delayed.dueForMs).toBeLessThan(anHour + 60_000);
  coordinator.process('vanishing', async () => {}, {
    drainDelay: 1,
    removeOnComplete: { count: 0 },
    limiter: { max: 1, duration: 60_000 },
  });
  await coordinator.queue('vanishing').add('job', {}, { removeOnComplete: true });
  await coordinator.queue('vanishing').add('job', {}, { removeOnComplete: true });
  // Nothing is left of the first job but its events, and the second one waits for the limiter.
  await until(
    async () => {
      const { isLimited, sinceProgressMs } = await pulseOf('vanishing');
      return isLimited && sinceProgressMs !== null;
    },
    { what: 'the events tell of the job that is gone' },
  );
  expect((await coordinator.getQueueStats('vanishing')).counts.completed).toBe(0);
});

test('a new leader knows since when, tells nothing twice, and forgets what is no longer known', async () => {
  const coordinator = await startCoordinator(server);
  await coordinator.queue('heir').add('job', {});
  const client = createClient(server);
  const first = judging(coordinator, ['heir'], { recent: { finished: 50, runMeanMs: 7 } });
  await first.round();
  await client.hset(keys.health('heir'), 'since', '1');
  const second = judging(coordinator, ['heir'], { recent: { finished: 50 } });
  await second.round();
  expect(second.changes).toEqual([]);
  expect(await client.hmget(keys.health('heir'), 'since', 'avgProcessingTime')).toEqual([
    '1',
    null,
  ]);
});

test('while Redis is away nobody judges: what is kept grows old and goes', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const bus = new EventBus();
  let asked = 0;
  const command = new Connection({
    role: 'command',
    name: 'health-test',
    createClient: clientMaker({ options: { host: own.host, port: own.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: bus.announce,
  });
  onTestFinished(() => command.close());
  const signals = async (): Promise<QueueSignals[]> => {
    asked += 1;
    return [];
  };
  const writer = new HealthWriter({ command, keys, announce: bus.announce, signals });
  await command.client;
  await writer.round();
  expect(asked).toBe(1);
  await own.kill();
  await until(() => !command.isReady, { what: 'the loss' });
  await writer.round();
  expect(asked).toBe(1);
});

test('every process shows what the leader judged, with its age, from memory', async () => {
  const coordinator = createCoordinator(server);
  await coordinator.queue('shown').add('job', {});
  await coordinator.start();
  await judging(coordinator, ['shown']).round();
  const other = createCoordinator(server);
  for (const name of ['shown', 'unjudged']) other.queue(name);
  await other.start();
  const { queues } = await until(() => {
    const view = other.operations.health.queues();
    return view.queues.length === 2 && view;
  });
  expect(queues.find(({ queue }) => queue === 'shown')).toMatchObject({
    counts: { waiting: 1 },
    health: {
      status: 'no-workers',
      reasons: [{ code: 'no-workers', message: expect.stringContaining('no worker is there') }],
      errorRate: null,
      ageMs: expect.any(Number),
      since: expect.any(Number),
    },
  });
  expect(queues.find(({ queue }) => queue === 'unjudged')?.health).toBeNull();
});

test('a leader that does not know the definition judges by what those who do have left', async () => {
  const defined = defineQueue('promised', { objectives: { waitP95: 1 } });
  const coordinator = createCoordinator(server);
  await coordinator.queue(defined).add('job', {}, { timestamp: Date.now() - 60_000 });
  coordinator.process(defined, async () => {});
  await coordinator.queue(defined).pause();
  await coordinator.start();
  const client = createClient(server);
  await until(() => client.hexists(keys.health('promised'), 'promises'), { what: 'the promise' });
  expect(await client.pttl(keys.health('promised'))).toBeGreaterThan(0);
  await heartbeat(coordinator, 'promised');
  const worker = coordinator.workers.get(defined)[0]!;
  await worker.pause();
  await coordinator.queue(defined).resume();
  await judging(coordinator, ['promised'], { promises: false, recent: { finished: 1 } }).round();
  expect(await statuses('promised')).toEqual(['degraded']);
  expect(await client.hget(keys.health('promised'), 'reasons')).toContain('1 ms are promised');
  expect(await client.hexists(keys.health('promised'), 'promises')).toBe(1);
});

test('verdicts that may not be read hide no statistics', async () => {
  const guarded = await startRedis({ aclLines: ['user app on >p ~* &* +@all -hgetall'] });
  onTestFinished(() => guarded.stop());
  const coordinator = createCoordinator({ url: guarded.url.replace('://', '://app:p@') });
  await coordinator.queue('hidden').add('job', {});
  await coordinator.start();
  const { queues } = await until(() => {
    const view = coordinator.operations.health.queues();
    return view.queues.length === 1 && view;
  });
  expect(queues[0]).toMatchObject({ counts: { waiting: 1 }, health: null });
});
