/** What `/metrics` counts: the jobs of this process, and the queues of the fleet by one process alone. */
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/metric-catalogue.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask, figureOf } from './ask.ts';
import { serveFace } from './hosts.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('the jobs of a process are counted by queue and name', async () => {
  const coordinator = await startCoordinator(server, { prefix: 'counted' });
  coordinator.process('thumbnails', async ({ name }) => {
    if (name === 'break') throw new Error('broken');
  });
  const queue = coordinator.queue('thumbnails');
  await queue.add('make', {});
  await queue.add('break', {}, { attempts: 2, backoff: 1 });
  const origin = await serveFace(coordinator);
  const labels = 'queue="counted:thumbnails"';
  const { text } = await until(
    async () => {
      const answer = await ask(`${origin}/metrics`);
      return figureOf(answer.text, `bullmq_job_failed_total{${labels}}`) === 1 && answer;
    },
    { what: 'the failed job is counted' },
  );
  expect(figureOf(text, `bullmq_job_completed_total{${labels}}`)).toBe(1);
  const finished = (name: string, outcome: string): number | undefined =>
    figureOf(text, `drover_jobs_finished_total{${labels},job_name="${name}",outcome="${outcome}"}`);
  expect([
    finished('make', 'completed'),
    finished('break', 'failed'),
    finished('break', 'dead'),
  ]).toEqual([1, 1, 1]);
  const named = `{${labels},job_name="make"}`;
  expect(figureOf(text, `drover_jobs_added_total${named}`)).toBe(1);
  expect(figureOf(text, `drover_job_run_seconds_count${named}`)).toBe(1);
  expect(figureOf(text, `drover_job_wait_seconds_count${named}`)).toBe(1);
  // A retry is no waiting, and a job that failed says nothing of how long its work takes.
  const broken = `{${labels},job_name="break"}`;
  expect(figureOf(text, `drover_job_wait_seconds_count${broken}`)).toBe(1);
  expect(figureOf(text, `drover_job_run_seconds_count${broken}`)).toBe(0);
  const size = '{queue="counted:thumbnails",kind="data"}';
  expect(figureOf(text, `drover_payload_bytes_count${size}`)).toBe(3);
  expect(figureOf(text, `drover_payload_bytes_sum${size}`)).toBe(3 * '{}'.length);
});

test('queues of the fleet are told by one process, and by another one when it stops', async () => {
  const options = { prefix: 'shared', coordinatorPrefix: 'shared-fleet' };
  const members = [
    await startCoordinator(server, options),
    await startCoordinator(server, options),
  ];
  await members[0]!.queue('thumbnails').add('make', {});
  members[1]!.queue('thumbnails');
  const waiting = 'drover_queue_jobs{queue="shared:thumbnails",state="waiting"}';
  const tellers = async (): Promise<Coordinator[]> => {
    const texts = await Promise.all(members.map((each) => each.operations.metrics.exposition()));
    return members.filter((_each, i) => figureOf(texts[i]!, waiting) === 1);
  };
  const [holder] = await until(
    async () => {
      const telling = await tellers();
      expect(telling.length).toBeLessThan(2);
      return telling.length === 1 && telling;
    },
    { what: 'one of the two tells', timeoutMs: 25_000 },
  );
  const text = await holder!.operations.metrics.exposition();
  for (const [name, { scope, labels }] of Object.entries(METRICS)) {
    if (name === 'drover_queue_memory_bytes') continue; // The leader looks at it more seldom: memory.test.ts waits.
    if (scope === 'fleet' && (labels as readonly string[]).includes('queue'))
      expect(text).toMatch(new RegExp(`^${name}\\{queue="shared:thumbnails"`, 'm'));
  }
  await holder!.stop();
  const other = members.find((each) => each !== holder);
  await until(async () => (await tellers()).includes(other!), {
    ...{ what: 'the other one tells', timeoutMs: 25_000 },
  });
}, 60_000);
