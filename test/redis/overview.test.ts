/** The overview of all queues: one sampler for all viewers, only what each may see, and outages as a state. */
import { Queue, Worker } from 'bullmq';
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { LiveEvent, OverviewRow, OverviewView } from '../../src/operations/live/live-views.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let made = 0;
function viewer(queues?: readonly string[]): Principal {
  made += 1;
  const id = `viewer-${made}`;
  return { kind: 'token', id, name: id, grants: [{ may: ['viewer'], ...(queues && { queues }) }] };
}

function ask(coordinator: Coordinator, principal = viewer()): Promise<OverviewView> {
  return coordinator.control.call('overview.get', {}, { principal });
}

async function watch(coordinator: Coordinator, principal = viewer(), lastEventId?: string) {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const input = lastEventId === undefined ? {} : { lastEventId };
  const caller = { principal, signal: ending.signal };
  const stream = await coordinator.control.call('overview.watch', input, caller);
  const events = stream[Symbol.asyncIterator]();
  return { ending, events, next: async () => (await events.next()).value as LiveEvent };
}

const rowOf = ({ queues }: OverviewView, queue: string): OverviewRow =>
  queues.find((row) => row.queue === queue)!;

test('counts, pauses, the oldest wait and the workers of plain BullMQ are shown', async () => {
  const connection = createClient(server);
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('glance');
  await queue.add('old', {}, { timestamp: Date.now() - 60_000 });
  await queue.add('later', {}, { delay: 3_600_000 });
  await queue.pause();
  const worker = new Worker('glance', async () => {}, { connection });
  onTestFinished(() => worker.close(true));
  await worker.waitUntilReady();
  const row = await until(async () => {
    const seen = rowOf(await ask(coordinator), 'glance');
    return seen.workers === 1 && seen;
  });
  expect(row).toMatchObject({
    ...{ counts: { waiting: 1, delayed: 1, active: 0, completed: 0 }, isPaused: true },
    ...{ slots: null, throughputPerMinute: null, throughputFrom: 'absent', errorRatio: null },
  });
  expect(row.oldestWaitingMs).toBeGreaterThanOrEqual(60_000);
});

test('what ended in the last minute is derived where nobody measures, and unknown where jobs are removed', async () => {
  const redis = createClient(server);
  const coordinator = await startCoordinator(server, { metrics: false });
  coordinator.queue('kept');
  coordinator.queue('removed');
  const now = Date.now();
  const of = (from: number, ...ago: number[]) =>
    ago.flatMap((ms, i) => [now - ms, String(from + i)]);
  await redis.zadd('bull:kept:completed', ...of(1, 1_000, 2_000, 3_000, 600_000));
  await redis.zadd('bull:kept:failed', ...of(10, 1_000));
  await redis.zadd('bull:removed:completed', ...of(1, 1_000, 2_000));
  const view = await ask(coordinator);
  expect(rowOf(view, 'kept')).toMatchObject({
    ...{ throughputPerMinute: 4, throughputFrom: 'derived', errorRatio: 0.25 },
  });
  expect(rowOf(view, 'removed')).toMatchObject({
    ...{ throughputPerMinute: null, throughputFrom: 'absent', errorRatio: null },
  });
});

test('nobody sees a queue that they may not read, nor its jobs in the totals, once or live', async () => {
  const coordinator = await startCoordinator(server);
  await coordinator.queue('a-mine').add('job', {});
  await coordinator.queue('b-secret').add('job', {});
  const limited = viewer(['a-*']);
  const view = await ask(coordinator, limited);
  expect(view.queues.map(({ queue }) => queue)).toEqual(['a-mine']);
  expect(view.totals.waiting).toBe(1);
  const { next } = await watch(coordinator, limited);
  const first = await next();
  await coordinator.queue('b-secret').add('job', {});
  await coordinator.queue('a-mine').add('job', {});
  const events = [first];
  while (!events.some(({ event, text }) => event === 'delta' && text.includes('a-mine')))
    events.push(await next());
  expect(JSON.stringify(events)).not.toContain('b-secret');
  expect(events.at(-1)!.data).toMatchObject({ totals: { waiting: 2 } });
});

test('a viewer without any queue is refused', async () => {
  const coordinator = await startCoordinator(server);
  const nobody: Principal = { kind: 'token', id: 'n', name: 'n', grants: [] };
  await expect(ask(coordinator, nobody)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('all viewers together cost what one costs: one command a second, and one more every five', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = await startCoordinator(own);
  for (let i = 0; i < 20; i += 1) coordinator.queue(`many-${i}`);
  const seen = await startMonitor(own);
  const sent = () => seen.filter(({ from }) => from !== 'lua');
  const looks = () =>
    sent().filter(({ text }) => text.includes('HEXISTS') && text.includes('ZCOUNT'));
  const viewers = await Promise.all(Array.from({ length: 50 }, () => watch(coordinator)));
  const counts = viewers.map(() => 0);
  viewers.forEach(({ next }, i) => {
    void (async () => {
      while (await next()) counts[i]! += 1;
    })();
  });
  await until(() => counts.every((count) => count >= 6) && looks().length >= 5, {
    timeoutMs: 20_000,
  });
  const most = Math.max(...counts);
  expect(looks().length).toBeLessThanOrEqual(most + 1);
  const lists = sent().filter(({ command, text }) => command === 'client' && /list/i.test(text));
  expect(lists.length).toBeLessThanOrEqual(4);
  for (const { ending } of viewers) ending.abort();
  await until(() => coordinator.operations.live.streams === 0);
}, 40_000);

test('while Redis is away the last sample is shown with its age, and viewers are told', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = await startCoordinator(own);
  await coordinator.queue('kept').add('job', {});
  const { next } = await watch(coordinator);
  await next();
  await own.kill();
  const change = await until(
    async () => {
      const event = await next();
      return event.event === 'redis' && event;
    },
    { timeoutMs: 20_000 },
  );
  expect(change.data).toMatchObject({ redis: 'unhealthy' });
  const view = await ask(coordinator);
  expect(view).toMatchObject({ redis: 'unhealthy', takenAt: expect.any(Number) });
  expect(rowOf(view, 'kept').counts.waiting).toBe(1);
  await own.restart();
  await until(async () => (await next()).event === 'redis', { timeoutMs: 20_000 });
}, 60_000);

test('an overview that never could be taken says so, and is no error', async () => {
  const coordinator = await startCoordinator({ url: 'redis://127.0.0.1:1' });
  expect(await ask(coordinator)).toMatchObject({
    ...{ redis: 'unhealthy', takenAt: null, ageMs: null, queues: [], totals: {} },
  });
});

test('a stream goes on after the last event that was seen, and ends with the coordinator', async () => {
  const coordinator = await startCoordinator(server);
  const first = await watch(coordinator);
  await first.next();
  const { id } = await first.next();
  first.ending.abort();
  expect(await first.events.next()).toEqual({ done: true, value: undefined });
  const second = await watch(coordinator, viewer(), id);
  expect((await second.next()).event).not.toBe('overview');
  const end = (async () => {
    while (!(await second.events.next()).done);
    return 'ended';
  })();
  await coordinator.stop({ timeoutMs: 1_000 });
  expect(await end).toBe('ended');
  await expect(watch(coordinator)).rejects.toMatchObject({ code: 'STOPPED' });
});

test('one principal has at most 20 streams, also of those that were never read', async () => {
  const coordinator = await startCoordinator(server);
  const principal = viewer();
  const open = await Promise.all(Array.from({ length: 20 }, () => watch(coordinator, principal)));
  await expect(watch(coordinator, principal)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await watch(coordinator);
  await open[0]!.events.return!();
  await watch(coordinator, principal);
  open[1]!.ending.abort();
  await watch(coordinator, principal);
});

test.each([
  [{ lastEventId: 'x'.repeat(30_000) }, '/lastEventId'],
  [{ lastEventId: 5 }, '/lastEventId'],
  [{ queue: 'x' }, '/queue'],
])('the input %j is refused with a pointer', async (input, pointer) => {
  const coordinator = await startCoordinator(server);
  await expect(
    coordinator.control.call('overview.watch', input, { principal: viewer() }),
  ).rejects.toMatchObject({ code: 'INPUT_INVALID', pointer });
});

test('a user who may not read keys of Drover sees all that BullMQ tells, and is refused once', async () => {
  const own = await startRedis({ aclLines: ['user default on nopass ~bull:* &* +@all'] });
  onTestFinished(() => own.stop());
  const queue = new Queue('plain', { connection: createClient({ url: own.adminUrl }) });
  onTestFinished(() => queue.close());
  await queue.add('job', {});
  const coordinator = await startCoordinator(own);
  coordinator.queue('plain');
  const view = await until(async () => {
    const seen = await ask(coordinator);
    return seen.takenAt !== null && seen;
  });
  expect(rowOf(view, 'plain')).toMatchObject({ counts: { waiting: 1 }, health: null, slots: null });
  expect(view).toMatchObject({ processes: null, problem: null });
  const { next } = await watch(coordinator);
  for (let seen = 0; seen < 8; seen += 1) await next(); // Longer than what changes slowly is good for.
  const log = (await createClient({ url: own.adminUrl }).acl('LOG')) as string[][];
  // Other loops of this process are refused too; the script of the overview was once.
  const ofTheScript = log.filter((entry) => entry[entry.indexOf('context') + 1] === 'lua');
  expect(ofTheScript.map((entry) => [entry[entry.indexOf('object') + 1], entry[1]])).toContainEqual(
    ['coordinator:hosts', 1],
  );
}, 30_000);
