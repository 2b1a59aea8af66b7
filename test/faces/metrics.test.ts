/** What Prometheus scrapes: true figures of this process, from memory, in a form that Prometheus takes. */
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BUCKETS_MS } from '../../src/metrics/buckets.ts';
import { Exposition } from '../../src/metrics/exposition.ts';
import type { ExpositionFigures } from '../../src/metrics/exposition-input.ts';
import { METRICS } from '../../src/metrics/metric-catalogue.ts';
import { PayloadSizes } from '../../src/metrics/payload-sizes.ts';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask, figureOf } from './ask.ts';
import { serveFace } from './hosts.ts';

const isInstalled = hasPromtool();

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describe('GET /metrics', () => {
  test('is text of the format 0.0.4 that nobody keeps', async () => {
    const origin = await serveFace(await startCoordinator(server));
    const { status, headers, text } = await ask(`${origin}/metrics`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text.endsWith('\n')).toBe(true);
    expect(figureOf(text, 'drover_redis_up')).toBe(1);
    expect(figureOf(text, 'drover_redis_connections{role="command"}')).toBe(1);
  });

  test('has the counters of every queue before its first job, under the label of the queue', async () => {
    const coordinator = createCoordinator(server, { prefix: 'photos' });
    coordinator.process('thumbnails', async () => {});
    coordinator.queue('originals');
    const { text } = await ask(`${await serveFace(coordinator)}/metrics`);
    for (const queue of ['photos:thumbnails', 'photos:originals'])
      for (const name of ['bullmq_job_completed_total', 'drover_jobs_stalled_total'])
        expect([queue, figureOf(text, `${name}{queue="${queue}"}`)]).toEqual([queue, 0]);
  });

  test('tells that Redis is gone, and goes on telling all else', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const coordinator = await startCoordinator(own);
    coordinator.queue('thumbnails');
    const origin = await serveFace(coordinator);
    await own.kill();
    const { text } = await until(
      async () => {
        const answer = await ask(`${origin}/metrics`);
        return figureOf(answer.text, 'drover_redis_up') === 0 && answer;
      },
      { what: 'the loss shows' },
    );
    expect(figureOf(text, 'drover_redis_connections{role="command"}')).toBe(0);
    expect(figureOf(text, 'bullmq_job_completed_total{queue="thumbnails"}')).toBe(0);
    await own.restart();
    await until(
      async () => {
        const again = (await ask(`${origin}/metrics`)).text;
        return figureOf(again, 'drover_redis_reconnects_total{role="command"}') === 1;
      },
      { what: 'the reconnect is counted' },
    );
  });

  test('names no job, whatever its id, data and error', async () => {
    const coordinator = await startCoordinator(server, { prefix: 'discreet' });
    coordinator.process('letters', async () => {
      throw new Error('no-such-street');
    });
    const failed = new Promise<void>((resolve) => {
      coordinator.on('job.failed', () => resolve());
    });
    await coordinator
      .queue('letters')
      .add('send', { to: 'rosalind' }, { jobId: 'letter-4711', attempts: 1 });
    await failed;
    const { text } = await ask(`${await serveFace(coordinator)}/metrics`);
    expect(text).toContain('queue="discreet:letters"');
    for (const secret of ['rosalind', 'letter-4711', 'no-such-street'])
      expect(text).not.toContain(secret);
  });

  test('a coordinator without metrics says nothing of jobs', async () => {
    const coordinator = await startCoordinator(server, { metrics: false });
    coordinator.queue('unmeasured');
    const { text } = await ask(`${await serveFace(coordinator)}/metrics`);
    expect(text).not.toContain('unmeasured');
    expect(figureOf(text, 'drover_redis_up')).toBe(1);
  });

  test("two coordinators share nothing, and an application's registry can tell one of them", async () => {
    const [one, other] = [createCoordinator(server), createCoordinator(server)];
    one.queue('of-one');
    other.queue('of-the-other');
    const texts = [one, other].map(({ operations }) => operations.metrics.exposition());
    const [ofOne = '', ofOther = ''] = await Promise.all(texts);
    expect([ofOne.includes('of-the-other'), ofOther.includes('of-one"')]).toEqual([false, false]);
    const registry = new Registry();
    one.operations.metrics.collectInto(registry);
    expect(await registry.metrics()).toContain('queue="of-one"');
  });

  test.skipIf(!isInstalled)('passes promtool check metrics', async () => {
    const coordinator = await startCoordinator(server, { prefix: 'checked' });
    coordinator.process('thumbnails', async () => {});
    const { text } = await ask(`${await serveFace(coordinator)}/metrics`);
    expect(text).toContain('bullmq_job_completed_total{queue="checked:thumbnails"}');
    expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, words: '' });
  });

  test.skipIf(!isInstalled)('passes it with every metric of the catalogue', async () => {
    const text = await new Exposition(() => everything).text();
    for (const name of Object.keys(METRICS))
      expect([name, new RegExp(`^${name}(?:_count)?[ {]`, 'm').test(text)]).toEqual([name, true]);
    expect(promtool(['check', 'metrics'], text)).toEqual({ code: 0, words: '' });
  });
});

const times = { counts: [...BUCKETS_MS.map((_bound, i) => i), 2], sumMs: 4_321_500 };
const roles = { command: 1, wait: 2, events: 3, bulk: 4 };
function packedPayloads(): PayloadSizes {
  const sizes = new PayloadSizes();
  sizes.data.add(3_456);
  sizes.pack('result', 6_000, 900);
  return sizes;
}

/** Figures from which no metric is missing. */
const everything: ExpositionFigures = {
  ...{ version: '1.2.3', queues: ['thumbnails'], shutdownSeconds: 1.5 },
  totals: [
    {
      queue: 'thumbnails',
      stalled: 1,
      names: [
        {
          jobName: 'make "it"\n',
          ...{ added: 9, started: 12, completed: 7, retried: 3, dead: 2 },
          ...{ wait: times, run: times },
        },
      ],
      payloads: packedPayloads(),
    },
  ],
  deadLettersCaptured: new Map([['thumbnails', 2]]),
  fleet: {
    queues: [
      {
        stats: {
          queue: 'thumbnails',
          counts: {
            ...{ waiting: 1, active: 2, prioritized: 3, delayed: 4, 'waiting-children': 5 },
            ...{ completed: 6, failed: 7 },
          },
          ...{ isPaused: true, oldestWaitingMs: 1_500, workers: 2, slots: 8 },
        },
        ...{ status: 'paused', deadLetters: 9 },
      },
    ],
    memory: [{ queue: 'thumbnails', kinds: [{ kind: 'completed', bytes: 4_096 }] }],
    backups: [
      {
        ...{ label: 'queue', name: 'queue-20261127T070000Z', madeAt: 1_764_000_000_500 },
        ...{ bytes: 4_096, verifiedAt: 1_763_900_000_000, verifiedName: 'queue-20261126T031320Z' },
      },
    ],
    pools: [{ queue: 'thumbnails', min: 1, max: 8, current: 5, target: 7 }],
  },
  scaleEvents: [{ queue: 'thumbnails', direction: 'up', reason: 'backlog', count: 3 }],
  swept: [{ queue: 'thumbnails', kind: 'completed', count: 1_200 }],
  redis: {
    isUp: true,
    connected: { command: true, wait: true, events: false, bulk: false },
    reconnects: roles,
  },
};
