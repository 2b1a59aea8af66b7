/** While Redis refuses: one line, calm loops, a health answer that names the word, and recovery by itself. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as nextTurn } from 'node:timers/promises';
import type { Coordinator, Logger } from 'drover';
import { http } from 'drover/http';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

interface Fault {
  readonly word: string;
  begin(admin: Redis, server: RedisServer): Promise<unknown>;
  end(admin: Redis, server: RedisServer): Promise<unknown>;
}

const NOT_ADDED = /QUEUE_UNAVAILABLE|OUTCOME_UNKNOWN/;
const dumpFile = (server: RedisServer): string => join(server.dir, 'dump.rdb');

const FAULTS: readonly Fault[] = [
  {
    word: 'NOREPLICAS',
    begin: (admin) => admin.config('SET', 'min-replicas-to-write', '1'),
    end: (admin) => admin.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    word: 'OOM',
    begin: (admin) => admin.config('SET', 'maxmemory', '1mb'),
    end: (admin) => admin.config('SET', 'maxmemory', '0'),
  },
  {
    word: 'READONLY',
    begin: (admin) => admin.replicaof('127.0.0.1', '1'),
    end: (admin) => admin.replicaof('NO', 'ONE'),
  },
  {
    word: 'MISCONF',
    begin: async (admin, server) => {
      rmSync(dumpFile(server), { force: true });
      mkdirSync(dumpFile(server));
      await admin.bgsave();
      await until(async () => (await admin.info('persistence')).includes('last_bgsave_status:err'));
    },
    end: async (admin, server) => {
      rmSync(dumpFile(server), { recursive: true });
      await admin.bgsave();
    },
  },
  {
    word: 'BUSY',
    begin: async (admin, server) => {
      await admin.config('SET', 'busy-reply-threshold', '200');
      const looping = new Redis(server.port, { maxRetriesPerRequest: null });
      onTestFinished(() => looping.disconnect());
      looping.eval('while true do end', 0).catch(() => {});
      await until(() =>
        admin.ping().then(
          () => false,
          ({ message }) => message.startsWith('BUSY'),
        ),
      );
    },
    end: (admin) => admin.script('KILL'),
  },
  {
    word: 'NOPERM',
    begin: (admin) => admin.acl('SETUSER', 'app', '-evalsha', '-eval'),
    end: (admin) => admin.acl('SETUSER', 'app', '+evalsha', '+eval'),
  },
];

function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Asks for health again and again until the returned function is called, which gives the latencies. */
function ask(coordinator: Coordinator): () => Promise<number[]> {
  const { fetch } = http(coordinator);
  const latencies: number[] = [];
  let isAsking = true;
  const asking = (async () => {
    while (isAsking) {
      const sentAt = performance.now();
      await fetch(new Request('http://localhost/health/redis'));
      latencies.push(performance.now() - sentAt);
      await nextTurn(5);
    }
  })();
  return async () => {
    isAsking = false;
    await asking;
    return latencies;
  };
}

async function startGuarded() {
  const server = await startRedis({
    aclLines: ['user app on >p ~* &* +@all'],
    config: { appendonly: 'no', save: '3600 1000000' },
  });
  onTestFinished(() => server.stop());
  const admin = createClient({ url: server.url.replace('://', '://harness:harness@') });
  return { server, admin, url: server.url.replace('://', '://app:p@') };
}

test.each(FAULTS)('$word', { timeout: 60_000 }, async ({ word, begin, end }) => {
  const { server, admin, url } = await startGuarded();
  const lines: string[] = [];
  const write = (_fields: object, line: string): void => void lines.push(line);
  const logger: Logger = { info: write, warn: write, error: write, debug: write };
  const coordinator = await startCoordinator({ url }, { addTimeoutMs: 500, logger });
  const ran = new Set<string>();
  const names = ['a', 'b', 'c'];
  for (const name of names)
    coordinator.process(name, async (job) => void ran.add(`${name}:${job.id}`), {
      concurrency: 5,
      drainDelay: 1,
    });
  await until(() => coordinator.operations.health.ready().status === 'ready');
  for (const name of names) {
    await coordinator.queue(name).add('before', {});
    await until(() => ran.has(`${name}:1`));
    // Due while Redis refuses: only then does the fetch write, and is refused.
    const later = { name: 'held', data: {}, opts: { delay: 1_500 } };
    await coordinator.queue(name).addBulk([later, later, later]);
  }
  const errors: string[] = [];
  for (const name of ['worker.error', 'loop.failed', 'connection.error'] as const)
    coordinator.on(name, ({ message }) => errors.push(message));
  lines.length = 0;
  const refused = nextEvent(coordinator, 'redis.refused');
  const held = Promise.all(
    names.map((name) => nextEvent(coordinator, 'fetch.held', ({ queue }) => queue === name)),
  );
  await begin(admin, server);
  const startedAt = performance.now();
  const commandsBefore = await commandsOf(admin);
  const stopAsking = ask(coordinator);
  const adding = coordinator.queue('a').add('refused', {});
  await expect(adding).rejects.toMatchObject({ code: expect.stringMatching(NOT_ADDED) });
  expect(await refused).toMatchObject({ reason: word, message: expect.stringContaining(word) });
  // More than two seconds, in which everything has its turn to be refused.
  await held;
  for (let i = 0; i < 3; i += 1)
    await expect(coordinator.queue('a').add('refused', {})).rejects.toMatchObject({
      code: expect.stringMatching(NOT_ADDED),
    });
  const health = coordinator.getRedisHealth();
  expect(health).toMatchObject({ status: 'unhealthy', redis: { connected: true } });
  expect(health.redis.error).toMatch(new RegExp(`refuses commands \\(${word}\\): .{20}`));
  expect(coordinator.operations.health.ready().reason).toContain(word);
  const seconds = (performance.now() - startedAt) / 1_000;
  const latencies = await stopAsking();
  expect(percentile(latencies, 0.99)).toBeLessThan(200);
  expect(errors.length / names.length / seconds).toBeLessThanOrEqual(1);
  expect(lines.filter((line) => line.includes(`(${word})`))).toHaveLength(1);
  const commandsAfter = await commandsOf(admin);
  if (commandsBefore !== undefined && commandsAfter !== undefined)
    expect((commandsAfter - commandsBefore) / seconds).toBeLessThan(100);
  const accepted = nextEvent(coordinator, 'redis.accepted');
  await end(admin, server);
  await until(() => ran.size === 12, { what: 'the held jobs have run' });
  expect(await accepted).toMatchObject({ reason: word });
  expect(coordinator.getRedisHealth().status).toBe('healthy');
});

/** Commands that the server has run; undefined while it is busy. */
async function commandsOf(admin: Redis): Promise<number | undefined> {
  const stats = await admin.info('stats').catch(() => '');
  const found = /total_commands_processed:(\d+)/.exec(stats);
  return found ? Number(found[1]) : undefined;
}

test('a wait that is denied pauses longer and longer, and jobs run all the same', async () => {
  const { admin, url } = await startGuarded();
  const coordinator = await startCoordinator({ url });
  const ran: string[] = [];
  coordinator.process('poll', async ({ name }) => void ran.push(name), { drainDelay: 1 });
  await until(() => coordinator.operations.health.ready().status === 'ready');
  const refused = nextEvent(coordinator, 'redis.refused');
  await admin.acl('SETUSER', 'app', '-bzpopmin');
  await coordinator.queue('poll').add('first', {});
  await until(() => ran.length === 1);
  expect(await refused).toMatchObject({ reason: 'NOPERM' });
  await coordinator.queue('poll').add('second', {});
  await until(() => ran.length === 2, { what: 'the job, found by the deadline of the wait' });
});

test('where INFO is denied it starts and works', async () => {
  const { admin, url } = await startGuarded();
  await admin.acl('SETUSER', 'app', '-info');
  const coordinator = await startCoordinator({ url });
  const completed = new Set<string>();
  coordinator.process('blind', async () => 'done');
  coordinator.queueEvents('blind').on('completed', ({ jobId }) => completed.add(jobId));
  await coordinator.queueEvents('blind').waitUntilReady();
  const jobs = await coordinator
    .queue('blind')
    .addBulk(Array.from({ length: 300 }, () => ({ name: 'job', data: {} })));
  await coordinator.flows.add({
    name: 'parent',
    queueName: 'blind',
    children: [{ name: 'child', queueName: 'blind' }],
  });
  await until(() => completed.size === jobs.length + 2, { what: 'all jobs' });
  expect(coordinator.getRedisHealth().status).toBe('healthy');
});

test('a command that is denied to an observer does not make Redis unhealthy', async () => {
  const { admin, url } = await startGuarded();
  await admin.acl('SETUSER', 'app', '-client|list');
  const coordinator = await startCoordinator({ url });
  await coordinator.queue('observed').add('job', {});
  expect(coordinator.operations.health.queues().connections).toBe(null);
  expect(coordinator.getRedisHealth().status).toBe('healthy');
});
