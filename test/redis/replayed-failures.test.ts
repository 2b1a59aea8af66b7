/** From a failure to its replay, through the coordinator alone. */
import { expect, onTestFinished, test } from 'vitest';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

test('jobs that died are replayed when their cause is mended, also after their worker is gone', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const first = await startCoordinator(server);
  first.process('mail', async () => Promise.reject(new Error('no route')), { concurrency: 10 });
  const jobs = Array.from({ length: 20 }, (_, i) => ({
    ...{ name: 'send', data: { to: `user-${i}`, n: i }, opts: { attempts: 1 } },
  }));
  await first.queue('mail').addBulk(jobs);
  await until(async () => (await first.queue('mail').getJobCounts('failed')).failed === 20);
  await first.stop();

  const second = await startCoordinator(server);
  const ran: string[] = [];
  second.process('mail', async ({ data }) => void ran.push((data as { to: string }).to));
  const selection = { filter: 'queue:mail error:"no route" after:1h' };
  expect(await second.deadLetters.plan(selection)).toMatchObject({ eligible: 20, skipped: {} });
  const { id } = await second.deadLetters.replay(selection, { actor: 'ann', canary: { count: 3 } });
  await until(async () => (await second.deadLetters.bulkAction(id)).state === 'done', {
    timeoutMs: 20_000,
  });
  await until(() => ran.length === 20);
  expect(new Set(ran).size).toBe(20);
  const { rows } = await second.deadLetters.list({ filter: 'queue:mail' });
  expect(rows).toHaveLength(20);
  expect(rows.every(({ state, replayedBy }) => state === 'replayed' && replayedBy === id)).toBe(
    true,
  );

  // The same id dies once more: its record is dead again, and the action does not touch it.
  const redis = createClient(server);
  const provenance = await redis.hget(`bull:mail:${rows[0]!.jobId}`, 'drover');
  expect(JSON.parse(provenance!)).toMatchObject({ by: id, actor: 'ann' });
});

test('without Redis every call says so in time', async () => {
  const coordinator = createCoordinator({ url: 'redis://127.0.0.1:1' }, { addTimeoutMs: 200 });
  await coordinator.start();
  const { deadLetters } = coordinator;
  const calls = [
    () => deadLetters.list({ filter: 'queue:mail' }),
    () => deadLetters.get('mail', '1'),
    () => deadLetters.plan({ filter: 'queue:mail' }),
    () => deadLetters.replay({ queue: 'mail', ids: ['1'] }, { actor: 'ann' }),
    () => deadLetters.bulkActions(),
    () => deadLetters.abort('x', 'ann'),
    () => deadLetters.export({ filter: 'queue:mail' }).next(),
  ];
  for (const call of calls)
    await expect(call()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});
