/** What operators see of schedulers and do with them, on queues without any Drover. */
import type { Queue } from 'bullmq';
import { defineQueue } from 'drover';
import { beforeEach, expect, test } from 'vitest';
import type { Grant } from '../../src/access/principal.ts';
import type { ActionCaller } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { callerOf, plainQueue } from './operate-queues.ts';

const HOUR = 3_600_000;
const queue = 'eu:mails';
const { server, redis } = await shareRedis();
let mails: Queue;
beforeEach(async () => {
  mails = plainQueue(server, 'mails', { prefix: 'eu' });
  await mails.waitUntilReady();
});

async function startConsole(grants?: readonly Grant[]): Promise<ActionCaller> {
  return callerOf(await startCoordinator(server, { metrics: false }), grants);
}

test('schedulers come the next first, in pages, with their schedule in words', async () => {
  await mails.upsertJobScheduler('nightly', { pattern: '0 3 * * *', tz: 'Europe/Berlin' });
  await mails.upsertJobScheduler('often', { every: 5 * 60_000 });
  await mails.upsertJobScheduler('seldom', { pattern: '0 0 1 1 *' });
  const ann = await startConsole();
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const wanted = { queue, limit: 1, ...(cursor !== undefined && { cursor }) };
    const page = await ann.call('schedulers.list', wanted);
    expect(HANDLERS['schedulers.list']!.output.parse(page)).toEqual(page);
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(ids).toEqual(['often', 'nightly', 'seldom']);
  expect(await ann.call('schedulers.get', { queue, scheduler: 'nightly' })).toMatchObject({
    ...{ queue, id: 'nightly', jobName: 'nightly', pattern: '0 3 * * *', everyMs: null },
    ...{ timeZone: 'Europe/Berlin', words: 'At 03:00 (Europe/Berlin)', limit: null, endsAt: null },
    nextAt: expect.any(Number),
  });
});

test('those of all queues that may be seen are one list, the next to run first', async () => {
  const reports = plainQueue(server, 'reports');
  const hidden = plainQueue(server, 'hidden');
  await mails.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { data: { to: 'Ann' } });
  await reports.upsertJobScheduler('often', { every: 5_000 }, { name: 'count' });
  await hidden.upsertJobScheduler('seldom', { pattern: '0 0 1 1 *' });
  await redis.zadd('bull:reports:repeat', 7, 'older::::1000');
  const ann = await startConsole([{ may: ['viewer'], queues: ['reports', 'eu:*'] }]);
  const all = await ann.call('schedulers.all', {});
  expect(HANDLERS['schedulers.all']!.output.parse(all)).toEqual(all);
  expect(all).toMatchObject({ total: 3, looked: 2, isComplete: true });
  expect(all.rows.map(({ id, jobName }) => [id, jobName])).toEqual([
    ['older::::1000', null],
    ['often', 'count'],
    ['nightly', 'nightly'],
  ]);
  expect(all.rows[2]).toMatchObject({ queue, words: 'At 03:00', dataBytes: 12 });
  const {
    data: _data,
    unreadable: _unreadable,
    ...row
  } = await ann.call('schedulers.get', {
    ...{ queue, scheduler: 'nightly' },
  });
  expect(all.rows[2]).toEqual(row);
  const some = await ann.call('schedulers.all', { limit: 2 });
  expect([some.rows.length, some.total]).toEqual([2, 3]);
});

test('schedulers of the same time are all told, page by page', async () => {
  for (let i = 0; i < 25; i += 1) await mails.upsertJobScheduler(`s${i}`, { pattern: '0 0 1 1 *' });
  const ann = await startConsole();
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const wanted = { queue, limit: 10, ...(cursor !== undefined && { cursor }) };
    const page = await ann.call('schedulers.list', wanted);
    for (const { id } of page.rows) ids.add(id);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(ids.size).toBe(25);
});

test('a scheduler is made, changed in what is given, run now and removed', async () => {
  const ann = await startConsole();
  const scheduler = 'report';
  const of = { queue, scheduler };
  const made = { ...of, pattern: '0 9 * * 1-5', timeZone: 'UTC', jobName: 'send', data: { to: 1 } };
  expect(await ann.call('schedulers.set', made)).toMatchObject({
    ...{ pattern: '0 9 * * 1-5', timeZone: 'UTC', jobName: 'send', data: { to: 1 } },
  });
  expect(await ann.call('schedulers.set', { ...of, every: '2h' })).toMatchObject({
    ...{ pattern: null, timeZone: null, everyMs: 2 * HOUR, jobName: 'send', data: { to: 1 } },
    words: 'Every 2h 0m',
  });
  expect(await ann.call('schedulers.set', { ...of, data: { to: 2 } })).toMatchObject({
    ...{ everyMs: 2 * HOUR, data: { to: 2 } },
  });
  const { jobId } = await ann.call('schedulers.run', of);
  const job = await mails.getJob(jobId);
  expect(job).toMatchObject({ name: 'send', data: { to: 2 } });
  expect(job!.opts).not.toHaveProperty('repeat');
  expect(await mails.getJobSchedulersCount()).toBe(1);
  expect(await ann.call('schedulers.remove', of)).toEqual({ removed: true });
  expect(await ann.call('schedulers.remove', of)).toEqual({ removed: false });
  await expect(ann.call('schedulers.get', of)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(ann.call('schedulers.run', of)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what else a scheduler has stays when its schedule is changed', async () => {
  const endDate = Date.now() + 1_000 * HOUR;
  await mails.upsertJobScheduler(
    ...(['ends', { every: HOUR, limit: 9, endDate }, { opts: { attempts: 4 } }] as const),
  );
  const ann = await startConsole();
  expect(await ann.call('schedulers.set', { queue, scheduler: 'ends', every: '3h' })).toMatchObject(
    { everyMs: 3 * HOUR, limit: 9, endsAt: endDate },
  );
  expect((await mails.getJobScheduler('ends'))?.template?.opts).toMatchObject({ attempts: 4 });
});

test('schedules that would harm are refused, and nothing is stored', async () => {
  const ann = await startConsole();
  const bad: [object, string][] = [
    [{}, '/pattern'],
    [{ pattern: '0 0 31 2 *' }, '/pattern'],
    [{ pattern: '* * * *' }, '/pattern'],
    [{ pattern: `${'0,'.repeat(240)}0 * * * *` }, '/pattern'],
    [{ pattern: 5 }, '/pattern'],
    [{ pattern: '* * * * *', every: '5m' }, '/every'],
    [{ every: '999ms' }, '/every'],
    [{ every: '1ms' }, '/every'],
    [{ every: '-5m' }, '/every'],
    [{ every: '1000000000d' }, '/every'],
    [{ pattern: '* * * * *', timeZone: 'Mars/Olympus' }, '/timeZone'],
    [{ every: '5m', timeZone: 'UTC' }, '/timeZone'],
    [{ every: '5m', jobName: '' }, '/jobName'],
    [{ every: '5m', limit: 5 }, '/limit'],
  ];
  for (const [fields, pointer] of bad)
    await expect(
      ann.call('schedulers.set', { queue, scheduler: 's', ...fields }),
      JSON.stringify(fields).slice(0, 80),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID', pointer });
  await expect(
    ann.call('schedulers.set', { queue, scheduler: 'a\nb', every: '5m' }),
  ).rejects.toMatchObject({ pointer: '/scheduler' });
  await expect(
    ann.call('schedulers.set', { queue: 'eu:none', scheduler: 's', every: '5m' }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await redis.keys('eu:mails:*')).toEqual(['eu:mails:meta']);
});

test('what an older BullMQ has left is shown as far as it goes, and not removed by looking', async () => {
  await redis.zadd('eu:mails:repeat', Date.now(), 'job:1:::* * * * *');
  const ann = await startConsole();
  const { rows } = await ann.call('schedulers.list', { queue });
  expect(rows).toMatchObject([{ id: 'job:1:::* * * * *', jobName: null, data: null }]);
  await expect(ann.call('schedulers.run', { queue, scheduler: rows[0]!.id })).rejects.toMatchObject(
    { code: 'STATE_CONFLICT' },
  );
  expect(await redis.zcard('eu:mails:repeat')).toBe(1);
});

test('secret fields of a template are hidden without the right to read data', async () => {
  const payload = { redact: ['password'], compressAbove: '1b' } as const;
  const logins = defineQueue('logins', { payload });
  const coordinator = await startCoordinator(server, { metrics: false });
  const data = { user: 'ann', password: 'hunter2', text: 'x'.repeat(200) };
  await coordinator.queue(logins).waitUntilReady();
  const admin = callerOf(coordinator);
  const of = { queue: 'logins', scheduler: 'daily' };
  const viewer = callerOf(coordinator, [{ may: ['viewer', 'schedulers.edit'] }]);
  const told = JSON.stringify(await viewer.call('schedulers.set', { ...of, every: '1h', data }));
  expect(told).not.toContain('hunter2');
  expect((await admin.call('schedulers.get', of)).data).toEqual(data);
  expect(await redis.hget('bull:logins:repeat:daily', 'data')).not.toContain('hunter2');
  const seen = await viewer.call('schedulers.list', { queue: 'logins' });
  expect(JSON.stringify(seen)).not.toContain('hunter2');
  expect(seen.rows[0]!.data).toMatchObject({
    user: 'ann',
    password: expect.stringMatching(/hidden/),
  });
});
