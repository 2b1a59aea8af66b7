/** What the face says while Redis comes, goes, hangs and returns: from memory, and true. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { type Answer, ask, askMany } from './ask.ts';
import { HANGS_AFTER_MS, PATIENT } from './conformance.ts';
import { serveFace } from './hosts.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function serverOfItsOwn(port?: number): Promise<RedisServer> {
  const own = await startRedis(port === undefined ? {} : { port });
  onTestFinished(() => own.stop());
  return own;
}

async function proxyTo(target: RedisServer): Promise<TcpProxy> {
  const proxy = await startProxy({ target });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Sends a PING the same way; tells whether the answer has come. */
function pingWith(client: Redis): { hasAnswered: boolean } {
  const ping = { hasAnswered: false };
  client.ping().then(
    () => {
      ping.hasAnswered = true;
    },
    () => {}, // The test is over.
  );
  return ping;
}

function whenAnswered(url: string, status: number, what: string): Promise<Answer> {
  return until(
    async () => {
      const answer = await ask(url);
      return answer.status === status && answer;
    },
    { what },
  );
}

test('a Redis that is killed and comes back: healthy, unhealthy, healthy, each with its since', async () => {
  const own = await serverOfItsOwn();
  const coordinator = await startCoordinator(own);
  await coordinator.queue('kept').add('job', {});
  const origin = await serveFace(coordinator);
  const redis = `${origin}/health/redis`;
  const up = (await ask(redis)).json();
  expect(up).toMatchObject({ status: 'healthy' });
  const counted = await until(
    async () => {
      const health = (await ask(`${origin}/api/v1/queue/health`)).json();
      return Array.isArray(health.queues) && health.queues.length === 1 && health;
    },
    { what: 'the queue is counted' },
  );

  const lost = nextEvent(coordinator, 'connection.closed', ({ role }) => role === 'command');
  await own.kill();
  await lost;
  const down = await ask(redis);
  expect(down.status).toBe(503);
  expect(down.json()).toMatchObject({
    status: 'unhealthy',
    redis: { host: '127.0.0.1', port: own.port, connected: false, error: expect.any(String) },
  });
  expect(down.json().since).toBeGreaterThanOrEqual(Number(up.since));
  const queues = await ask(`${origin}/api/v1/queue/health`);
  expect(queues.status).toBe(503);
  // The last count stays, with its age.
  expect(queues.json()).toMatchObject({
    status: 'unhealthy',
    takenAt: counted.takenAt,
    queues: [{ queue: 'kept', counts: { waiting: 1 } }],
  });

  const back = nextEvent(coordinator, 'connection.ready', ({ role }) => role === 'command');
  await own.restart();
  await back;
  const again = await ask(redis);
  expect(again.status).toBe(200);
  expect(again.json()).toMatchObject({ status: 'healthy', redis: { error: null } });
  expect(again.json().since).toBeGreaterThanOrEqual(Number(down.json().since));
});

test(
  'a Redis that accepts and never says a word is unhealthy, and nobody waits for it',
  async () => {
    const proxy = await proxyTo(server);
    proxy.mode = 'silence';
    const coordinator = await startCoordinator(proxy, { ...PATIENT, readyWithinMs: 50 });
    coordinator.process('silent', async () => {});
    const origin = await serveFace(coordinator);
    const ping = pingWith(createClient(proxy));
    const answers = await askMany(origin, 50);
    expect(ping.hasAnswered).toBe(false);
    expect(answers).toHaveLength(50);
    const { status, json } = await ask(`${origin}/health/redis`);
    expect(status).toBe(503);
    expect(json()).toMatchObject({
      status: 'unhealthy',
      redis: { port: proxy.port, connected: false, error: 'Connecting for the first time' },
    });
    const ready = await ask(`${origin}/health/ready`);
    expect(ready.status).toBe(503);
    expect(ready.json()).toMatchObject({
      reason: 'not working on: silent',
      queues: [{ queue: 'silent', ready: false, reason: 'has not fetched yet' }],
    });
    expect((await ask(`${origin}/api/v1/queue/health`)).status).toBe(503);
    expect((await ask(`${origin}/health/live`)).status).toBe(200);
  },
  HANGS_AFTER_MS,
);

describe.each(['silence', 'blackhole'] as const)('a Redis that falls silent (%s)', (mode) => {
  test(
    '50 answers are what they were before, while a PING the same way gets none',
    async () => {
      const proxy = await proxyTo(server);
      const coordinator = await startCoordinator(proxy, PATIENT);
      coordinator.process('hushed', async () => {});
      const origin = await serveFace(coordinator);
      await whenAnswered(`${origin}/health/ready`, 200, 'the worker waits');
      const before = (await ask(`${origin}/health/redis`)).json();
      const beside = createClient(proxy);
      await beside.ping();
      proxy.mode = mode;
      const ping = pingWith(beside);
      const answers = await askMany(origin, 50);
      expect(ping.hasAnswered).toBe(false);
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      expect((await ask(`${origin}/health/redis`)).json()).toEqual(before);
    },
    HANGS_AFTER_MS,
  );
});

test('a Redis that evicts keys is unhealthy with the remedy, unless it was allowed', async () => {
  const evicting = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  onTestFinished(() => evicting.stop());
  const refusing = await serveFace(await startCoordinator(evicting));
  const refused = await ask(`${refusing}/health/redis`);
  expect(refused.status).toBe(503);
  expect(refused.json()).toMatchObject({
    status: 'unhealthy',
    redis: {
      connected: false,
      error: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
    },
  });
  const allowing = await serveFace(await startCoordinator(evicting, { allowEviction: true }));
  expect((await ask(`${allowing}/health/redis`)).status).toBe(200);
});

describe('ready', () => {
  test('not before the first fetch, and as soon as Redis lets the worker wait', async () => {
    const port = await reserve();
    const coordinator = await startCoordinator({ url: `redis://127.0.0.1:${port}` });
    coordinator.process('late', async () => {});
    const ready = `${await serveFace(coordinator)}/health/ready`;
    const early = await ask(ready);
    expect(early.status).toBe(503);
    expect(early.json()).toEqual({
      status: 'not-ready',
      reason: 'not working on: late',
      queues: [{ queue: 'late', ready: false, reason: 'has not fetched yet' }],
    });
    await serverOfItsOwn(port);
    const late = await whenAnswered(ready, 200, 'the worker fetches');
    expect(late.json()).toMatchObject({
      status: 'ready',
      queues: [{ queue: 'late', ready: true }],
    });
  });

  test('not when Redis is lost, and again when it is back', async () => {
    const own = await serverOfItsOwn();
    const coordinator = await startCoordinator(own, { readyWithinMs: 50 });
    coordinator.process('lost', async () => {});
    const ready = `${await serveFace(coordinator)}/health/ready`;
    await whenAnswered(ready, 200, 'the worker waits');
    await own.kill();
    const lost = await whenAnswered(ready, 503, 'the worker is known not to fetch');
    expect(lost.json()).toMatchObject({
      status: 'not-ready',
      queues: [{ ready: false, reason: expect.stringMatching(/^has not fetched for \d+ s$/) }],
    });
    await own.restart();
    await whenAnswered(ready, 200, 'the worker waits again');
  });

  test('with all slots busy, though the worker neither waits nor fetches', async () => {
    const coordinator = await startCoordinator(server, { readyWithinMs: 1 });
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = new Promise<void>((resolve) => {
      coordinator.process('busy', async () => {
        resolve();
        await held;
      });
    });
    const origin = await serveFace(coordinator);
    await coordinator.queue('busy').add('job', {});
    await started;
    expect((await ask(`${origin}/health/ready`)).json()).toMatchObject({
      status: 'ready',
      queues: [{ queue: 'busy', ready: true, reason: 'all slots busy' }],
    });
    release();
  });

  test('not while one of several queues is not worked on, and the answer names it', async () => {
    const coordinator = await startCoordinator(server);
    coordinator.process('fine', async () => {});
    coordinator.process('impossible', async () => {}, -1);
    const ready = `${await serveFace(coordinator)}/health/ready`;
    const answer = await until(
      async () => {
        const each = await ask(ready);
        return each.text.includes('waiting for jobs') && each;
      },
      { what: 'the worker of the other queue waits' },
    );
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({
      reason: 'not working on: impossible',
      queues: [
        { queue: 'fine', ready: true },
        { queue: 'impossible', ready: false, reason: 'concurrency must be at least 1, got -1' },
      ],
    });
  });

  test('while a worker is paused: that is on purpose', async () => {
    const coordinator = await startCoordinator(server, { readyWithinMs: 1 });
    coordinator.process('at-rest', async () => {});
    const ready = `${await serveFace(coordinator)}/health/ready`;
    await whenAnswered(ready, 200, 'the worker waits');
    const [worker] = coordinator.workers.get('at-rest');
    await worker!.pause();
    expect((await ask(ready)).json()).toMatchObject({
      status: 'ready',
      queues: [{ queue: 'at-rest', ready: true, reason: 'paused' }],
    });
  });

  test('a web-only process works on nothing and is ready', async () => {
    const coordinator = await startCoordinator(server, { backgroundJobs: false });
    coordinator.process('elsewhere', async () => {});
    const { status, json } = await ask(`${await serveFace(coordinator)}/health/ready`);
    expect(status).toBe(200);
    expect(json()).toEqual({
      status: 'ready',
      reason: 'this process works on no queue',
      queues: [],
    });
  });

  test('not while stopping, although the last job still runs; alive all the same', async () => {
    const coordinator = await startCoordinator(server);
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const started = new Promise<void>((resolve) => {
      coordinator.process('draining', async () => {
        resolve();
        await held;
      });
    });
    const origin = await serveFace(coordinator);
    await coordinator.queue('draining').add('job', {});
    await started;
    expect((await ask(`${origin}/health/ready`)).status).toBe(200);
    const stopped = coordinator.stop();
    const stopping = await ask(`${origin}/health/ready`);
    expect(stopping.status).toBe(503);
    expect(stopping.json()).toEqual({ status: 'not-ready', reason: 'stopping', queues: [] });
    // Redis is still there, and needed.
    expect((await ask(`${origin}/health/redis`)).status).toBe(200);
    release();
    await stopped;
    expect((await ask(`${origin}/health/ready`)).status).toBe(503);
    expect((await ask(`${origin}/health/live`)).status).toBe(200);
    const closed = await ask(`${origin}/health/redis`);
    expect(closed.status).toBe(503);
    expect(closed.json()).toMatchObject({ redis: { error: 'Closed by stop()' } });
  });
});
