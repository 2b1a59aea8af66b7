import { QueueEvents } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('listeners of many queues each hear all of their own events and nothing else', async () => {
  const coordinator = await startCoordinator(server);
  const heard = new Map<string, string[]>();
  const names = Array.from({ length: 20 }, (_, i) => `events-${i}`);
  for (const name of names) {
    heard.set(name, []);
    const events = coordinator.queueEvents(name);
    events.on('completed', ({ returnvalue }) => heard.get(name)!.push(String(returnvalue)));
    coordinator.process(name, async (job) => `${name}/${(job.data as { i: number }).i}`, 5);
  }
  await until(() => coordinator.operations.health.ready().status === 'ready');
  for (const name of names)
    await coordinator
      .queue(name)
      .addBulk(Array.from({ length: 25 }, (_, i) => ({ name: 'job', data: { i } })));
  await until(() => [...heard.values()].every((events) => events.length === 25), {
    what: '500 events',
  });
  for (const [name, events] of heard)
    expect(new Set(events)).toEqual(new Set(Array.from({ length: 25 }, (_, i) => `${name}/${i}`)));
});

test('a listener that starts with an older id hears everything since, by pages', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('history');
  await queue.addBulk(Array.from({ length: 2_500 }, (_, i) => ({ name: 'job', data: { i } })));
  const heard = new Set<string>();
  const events = new QueueEvents(
    'history',
    { connection: {}, lastEventId: '0-0' },
    coordinator.backend,
  );
  events.on('added', ({ jobId }) => void heard.add(jobId));
  await until(() => heard.size === 2_500, { what: 'all 2,500 events' });
  await queue.add('one-more', {});
  await until(() => heard.size === 2_501, { what: 'the event after catching up' });
  await events.close();
});

test('large entries are read in bounded replies: a small output buffer limit cuts nobody off', async () => {
  const admin = createClient(server);
  await admin.config('SET', 'client-output-buffer-limit', 'normal 8mb 4mb 5');
  const coordinator = await startCoordinator(server);
  const large = 'x'.repeat(100_000);
  const queues = ['large-1', 'large-2', 'large-3'];
  const closed: string[] = [];
  coordinator.on('connection.closed', ({ role }) => closed.push(role));
  for (const name of queues)
    for (let i = 0; i < 120; i += 1)
      await admin.xadd(
        `bull:${name}:events`,
        '*',
        'event',
        'completed',
        'jobId',
        String(i),
        'returnvalue',
        JSON.stringify(large),
      );
  const heard = new Map<string, number>();
  const listeners = queues.map((name) => {
    const events = new QueueEvents(
      name,
      { connection: {}, lastEventId: '0-0' },
      coordinator.backend,
    );
    events.on('completed', () => heard.set(name, (heard.get(name) ?? 0) + 1));
    return events;
  });
  await until(() => queues.every((name) => heard.get(name) === 120), { what: 'all large events' });
  expect(closed).toEqual([]);
  await Promise.all(listeners.map((events) => events.close()));
  await admin.config('SET', 'client-output-buffer-limit', 'normal 0 0 0');
});

test('a listener that was trimmed past is told that events may be missing', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('trimmed');
  await queue.addBulk([1, 2, 3].map((i) => ({ name: 'job', data: { i } })));
  const admin = createClient(server);
  const [first] = await admin.xrange('bull:trimmed:events', '-', '+', 'COUNT', 1);
  await admin.xtrim('bull:trimmed:events', 'MAXLEN', 1);
  const lost = nextEvent(coordinator, 'events.lost');
  const events = new QueueEvents(
    'trimmed',
    { connection: {}, lastEventId: first![0] },
    coordinator.backend,
  );
  expect(await lost).toMatchObject({ stream: 'bull:trimmed:events', from: first![0] });
  await events.close();
});

test('events that came while the events socket was cut are heard after the reconnect', async () => {
  const coordinator = await startCoordinator(server);
  const heard = new Set<string>();
  const events = coordinator.queueEvents('cut');
  events.on('added', ({ jobId }) => void heard.add(jobId));
  const queue = coordinator.queue('cut');
  await events.waitUntilReady();
  await queue.add('before', {});
  await until(() => heard.size === 1, { what: 'the first event' });
  const admin = createClient(server);
  for (let round = 0; round < 5; round += 1) {
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(async () => {
      await queue.add('during', {}).catch(() => {});
      return true;
    });
  }
  const added = await queue.getJobCountByTypes('waiting');
  await until(() => heard.size === added, { what: `all ${added} events` });
});
