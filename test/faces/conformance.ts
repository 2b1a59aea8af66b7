/**
 * What the HTTP face promises wherever it is mounted: one suite, called for every host.
 *
 * Each promise is checked with and without a `basePath`. What Redis does over time is in
 * `redis-states.test.ts`; here it is up, not there, not configured, or frozen.
 */
import { connect } from 'node:net';
import type { Coordinator } from 'drover';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, reserve } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask, askMany, ROUTES } from './ask.ts';
import { fakeAction } from './fake-actions.ts';
import { type Host, NOT_OURS } from './hosts.ts';

/** What the suite needs. */
export interface Conformance {
  readonly host: Host;
  /** A running server; it is frozen for a moment by one of the tests. */
  readonly server: () => RedisServer;
}

const HELD_IN_MEMORY = 50;
/** What is answered of a server that never said a word: null, not missing and not 0. */
const NOTHING_KNOWN = {
  memory: { used: null, peak: null },
  operations: { opsPerSec: null },
  server: { flavour: null, version: null },
  warnings: [],
  takenAt: null,
};

/**
 * For tests in which Redis hangs. What asked Redis would hang with it: nothing of the coordinator gives up
 * before the test does (the sockets do so after 15 s).
 */
export const PATIENT = { addTimeoutMs: '10m' } as const;
export const HANGS_AFTER_MS = 10_000;

/** Declares the suite for one host. */
export function describeFaceIn({ host, server }: Conformance): void {
  describe.each([
    ['at the root', ''],
    ['at a path of its own', '/ops'],
  ])(`in ${host.name} %s`, (_where, basePath) => {
    const mount = async (coordinator: Coordinator): Promise<string> =>
      `${await host.mount(coordinator, basePath)}${basePath}`;

    test('a healthy Redis answers 200 with where it is and since when', async () => {
      const base = await mount(await startCoordinator(server()));
      const { status, headers, json } = await ask(`${base}/health/redis`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(json()).toMatchObject({
        status: 'healthy',
        redis: { host: '127.0.0.1', port: server().port, connected: true, error: null },
        since: expect.any(Number),
        memory: { used: expect.any(Number), peak: expect.any(Number) },
        connections: { connected: expect.any(Number), blocked: expect.any(Number) },
        operations: { opsPerSec: expect.any(Number), keyspaceHits: expect.any(Number) },
        takenAt: expect.any(Number),
      });
    });

    test('a Redis that is not there answers 503 with the reason', async () => {
      const port = await reserve();
      const base = await mount(await startCoordinator({ url: `redis://127.0.0.1:${port}` }));
      const redis = await ask(`${base}/health/redis`);
      expect(redis.status).toBe(503);
      expect(redis.json()).toMatchObject({
        status: 'unhealthy',
        redis: {
          host: '127.0.0.1',
          port,
          connected: false,
          error: expect.stringContaining('ECONNREFUSED'),
        },
        since: expect.any(Number),
        ...NOTHING_KNOWN,
      });
      const queues = await ask(`${base}/api/v1/queue/health`);
      expect(queues.status).toBe(503);
      expect(queues.json()).toMatchObject({ status: 'unhealthy', takenAt: null, queues: [] });
      expect((await ask(`${base}/health/live`)).status).toBe(200);
    });

    test('a Redis that nobody configured is a state, not a failure', async () => {
      for (const name of ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT']) vi.stubEnv(name, '');
      onTestFinished(() => void vi.unstubAllEnvs());
      const coordinator = await startCoordinator({ url: '' });
      coordinator.process('disabled', async () => {});
      const base = await mount(coordinator);
      const redis = await ask(`${base}/health/redis`);
      expect(redis.status).toBe(200);
      expect(redis.json()).toMatchObject({
        status: 'disabled',
        redis: { host: null, port: null, connected: false, error: null },
        since: expect.any(Number),
        ...NOTHING_KNOWN,
      });
      const queues = await ask(`${base}/api/v1/queue/health`);
      expect(queues.status).toBe(200);
      expect(queues.json()).toMatchObject({ status: 'disabled', takenAt: null, queues: [] });
      expect((await ask(`${base}/health/ready`)).status).toBe(200);
    });

    test('the health of all queues comes with the age of the count', async () => {
      const coordinator = createCoordinator(server());
      // A queue of its own each time: the suite runs many times on one server.
      const queue = `counted-${host.name.replace(/\W/g, '')}${basePath.replace('/', '-')}`;
      await coordinator.queue(queue).add('job', {});
      await coordinator.start();
      const base = await mount(coordinator);
      const { status, json } = await until(
        async () => {
          const answer = await ask(`${base}/api/v1/queue/health`);
          return answer.json().takenAt !== null && answer;
        },
        { what: 'the queues are counted' },
      );
      expect(status).toBe(200);
      expect(json()).toMatchObject({
        status: 'healthy',
        redis: { connected: true },
        takenAt: expect.any(Number),
        ageMs: expect.any(Number),
        queues: [{ queue, counts: { waiting: 1, active: 0, failed: 0 }, isPaused: false }],
      });
    });

    test('alive is every process that answers, ready is one that waits for its jobs', async () => {
      const coordinator = createCoordinator(server());
      coordinator.process('ready', async () => {});
      const base = await mount(coordinator);
      const live = await ask(`${base}/health/live`);
      expect(live.status).toBe(200);
      expect(live.json()).toEqual({ status: 'alive', version: expect.any(String) });
      const early = await ask(`${base}/health/ready`);
      expect(early.status).toBe(503);
      expect(early.json()).toEqual({ status: 'not-ready', reason: 'not started yet', queues: [] });
      await coordinator.start();
      const ready = await until(
        async () => {
          const answer = await ask(`${base}/health/ready`);
          return answer.text.includes('waiting for jobs') && answer;
        },
        { what: 'the worker waits' },
      );
      expect(ready.status).toBe(200);
      expect(ready.json()).toEqual({
        status: 'ready',
        reason: 'every queue is being worked on',
        queues: [{ queue: 'ready', ready: true, reason: 'waiting for jobs' }],
      });
    });

    test('HEAD answers as GET does, without a body', async () => {
      const base = await mount(createCoordinator(server()));
      for (const route of ROUTES) {
        const get = await ask(`${base}${route}`);
        const head = await ask(`${base}${route}`, { method: 'HEAD' });
        expect(head.status).toBe(get.status);
        expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
        expect(head.text).toBe('');
      }
    });

    test('a query changes nothing', async () => {
      const base = await mount(createCoordinator(server()));
      expect((await ask(`${base}/health/live?from=probe&x=%2F`)).status).toBe(200);
    });

    test('a probe that speaks HTTP/1.0 and names no host is answered', async () => {
      const { hostname, port } = new URL(await mount(createCoordinator(server())));
      const probe = connect(Number(port), hostname);
      probe.end(`GET ${basePath}/health/live HTTP/1.0\r\n\r\n`);
      let reply = '';
      for await (const chunk of probe) reply += chunk;
      expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    });

    test('a body reaches its action, also one that was read before, and a stream of events arrives', async () => {
      const anything = z.looseObject({});
      fakeAction('queues.pause', {
        ...{ input: anything, output: anything },
        run: (_operations: unknown, input: object) => input,
      });
      fakeAction('overview.watch', {
        ...{ input: anything, output: anything },
        async *run() {
          yield { id: '7', event: 'redis', data: { is: 'up' }, text: '{"is":"up"}' };
        },
      });
      const base = await mount(createCoordinator(server()));
      const paused = await ask(`${base}/api/v1/queues/a%2Fb/pause`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-drover': '1' },
        body: JSON.stringify({ reason: 'ünd' }),
      });
      expect([paused.status, paused.text]).toEqual([200, '{"reason":"ünd","queue":"a/b"}']);
      const stream = await ask(`${base}/api/v1/overview/stream`);
      expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(stream.text).toContain('id: 7\nevent: redis\ndata: {"is":"up"}\n\n');
    });

    test("an unknown path is a problem that names it, or the host's", async () => {
      const base = await mount(createCoordinator(server()));
      for (const path of ['/nothing', '/health', '/health/redis/more', '/api/v2/queue/health']) {
        const { status, headers, json, text } = await ask(`${base}${path}`);
        expect(status).toBe(404);
        if (basePath === '' && host.passesOn) {
          expect(text).toBe(NOT_OURS);
          continue;
        }
        expect(headers.get('content-type')).toBe('application/problem+json');
        expect(json()).toMatchObject({
          ...{ title: 'Not found', status: 404, code: 'NOT_FOUND' },
          detail: `There is nothing at ${basePath}${path}: ${basePath}/api/v1 says what there is`,
          correlationId: headers.get('x-request-id'),
        });
      }
    });

    test("the host's other routes work, with bodies that were read before the face", async () => {
      const origin = await host.mount(createCoordinator(server()), basePath);
      const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const body = JSON.stringify({ it: 'is read' });
      expect((await ask(`${origin}/app/hello`)).text).toBe('hello');
      expect((await ask(`${origin}/app/echo`, { ...post, body })).json()).toEqual({
        it: 'is read',
      });
      // Nothing here takes a body: it is refused, by the face or by the host, and never hangs.
      const refused = await ask(`${origin}${basePath}/health/redis`, { ...post, body });
      expect([404, 405]).toContain(refused.status);
      if (refused.status === 405) expect(refused.headers.get('allow')).toBe('GET, HEAD');
      expect((await ask(`${origin}${basePath}/health/live`)).status).toBe(200);
      if (basePath === '') return;
      for (const outside of ['/health/live', `${basePath}x/health/live`, '/']) {
        const { status, text } = await ask(`${origin}${outside}`);
        expect([outside, status, text]).toEqual([outside, 404, NOT_OURS]);
      }
    });

    test(
      `${HELD_IN_MEMORY} answers arrive while Redis is frozen and answers nobody`,
      async () => {
        const coordinator = createCoordinator(server(), PATIENT);
        coordinator.process('frozen', async () => {});
        await coordinator.start();
        const base = await mount(coordinator);
        await until(async () => (await ask(`${base}/health/ready`)).status === 200);
        const direct = createClient(server());
        await direct.ping();
        server().freeze();
        onTestFinished(() => server().thaw()); // Also when the test hangs: others follow.
        let hasAnswered = false;
        const pong = direct.ping().then((answer) => {
          hasAnswered = true;
          return answer;
        });
        const answers = await askMany(base, HELD_IN_MEMORY);
        expect(hasAnswered).toBe(false);
        expect(answers.map(({ status }) => status)).toEqual(Array(HELD_IN_MEMORY).fill(200));
        server().thaw();
        expect(await pong).toBe('PONG');
      },
      HANGS_AFTER_MS,
    );
  });
}
