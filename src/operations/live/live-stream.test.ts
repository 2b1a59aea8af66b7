/** Viewers read the last minute of changes at their own pace; who sees the same shares what is made. */
import { expect, test } from 'vitest';
import { type Eyes, LiveStream } from './live-stream.ts';
import type { LiveEvent, OverviewRow } from './live-views.ts';
import type { Moment } from './overview-sampler.ts';

const ALL: Eyes = { name: '["*"]', sees: () => true };
const ONLY_A: Eyes = { name: '["a*"]', sees: (queue) => queue.startsWith('a') };

function row(queue: string, waiting: number, oldestWaitingMs: number | null = null): OverviewRow {
  return {
    ...{ queue, counts: { waiting }, isPaused: false, oldestWaitingMs, oldestWaitingAt: 5 },
    ...{ workers: 0, slots: 0, active: 0, errorRatio: null, health: null, reasons: [] },
    ...{ pausedFor: null, healthSince: null, waitP95Ms: null, waitObjectiveMs: null },
    ...{ deadLetters: 0, pool: null, trend: [] },
    ...{ throughputPerMinute: null, throughputFrom: 'absent' },
  };
}

function moment(takenAt: number, ...rows: OverviewRow[]): Moment {
  return {
    ...{ redis: 'healthy', takenAt, processes: 1, isComplete: true, problem: null },
    ...{ uncounted: [], oldestRowAt: takenAt },
    rows: new Map(rows.map((each) => [each.queue, each])),
  };
}

function reading(stream: LiveStream, eyes = ALL, lastEventId?: string) {
  const ending = new AbortController();
  const events = stream.read(eyes, lastEventId, ending.signal);
  return { next: async () => (await events.next()).value as LiveEvent, ending, events };
}

test('everything comes first, then only the rows that are different and those that are gone', async () => {
  const stream = new LiveStream('r', moment(1, row('a', 1), row('b', 1), row('c', 1)));
  const { next } = reading(stream);
  expect(await next()).toMatchObject({ event: 'overview', data: { totals: { waiting: 3 } } });
  stream.push(moment(2, row('a', 1, 900), row('b', 5)), 0);
  const { event, data, text } = await next();
  expect(event).toBe('delta');
  expect(data).toMatchObject({ queues: [row('b', 5)], gone: ['c'], totals: { waiting: 6 } });
  expect(JSON.parse(text)).toEqual(data);
});

test('a row that says nothing new but that the oldest job waits on is not sent', async () => {
  const stream = new LiveStream('r', moment(1, row('a', 1, 1_000)));
  const { next } = reading(stream);
  await next();
  stream.push(moment(2, row('a', 1, 2_000)), 0);
  expect((await next()).data).toMatchObject({ queues: [], takenAt: 2 });
});

test('an event is made once for all who see the same, and never shows what may not be seen', async () => {
  const stream = new LiveStream('r', moment(1, row('a', 1), row('b', 1)));
  const [first, second, limited] = [reading(stream), reading(stream), reading(stream, ONLY_A)];
  expect(await first.next()).toBe(await second.next());
  expect((await limited.next()).text).not.toContain('"b"');
  stream.push(moment(2, row('b', 7)), 0);
  const shared = await first.next();
  expect(await second.next()).toBe(shared);
  const { data } = await limited.next();
  expect(data).toMatchObject({ queues: [], gone: ['a'], totals: {} });
});

test('who comes back soon gets what was missed, who comes back late gets everything', async () => {
  const stream = new LiveStream('r', moment(0, row('a', 0)));
  const { next, ending } = reading(stream);
  const { id } = await next();
  ending.abort();
  for (let i = 1; i <= 3; i += 1) stream.push(moment(i, row('a', i)), 0);
  const back = reading(stream, ALL, id);
  expect(await back.next()).toMatchObject({ event: 'delta', data: { takenAt: 1 } });
  expect(await back.next()).toMatchObject({ event: 'delta', data: { takenAt: 2 } });
  for (let i = 4; i <= 200; i += 1) stream.push(moment(i, row('a', i)), 0);
  expect(await reading(stream, ALL, id).next()).toMatchObject({ event: 'overview' });
  expect(stream.kept).toBe(60);
});

test.each(['other-1', 'r-99', 'r-', 'r-1e3', '', '\r\n'])(
  'the id "%s" is of no event here: everything comes',
  async (id) => {
    const stream = new LiveStream('r', moment(0, row('a', 0)));
    stream.push(moment(1, row('a', 1)), 0);
    expect(await reading(stream, ALL, id).next()).toMatchObject({ event: 'overview' });
  },
);

test('a reader that is far behind is told so and gets one overview, not all that it missed', async () => {
  const stream = new LiveStream('r', moment(0, row('a', 0)));
  const { next } = reading(stream);
  await next();
  for (let i = 1; i <= 500; i += 1) stream.push(moment(i, row('a', i)), 0);
  expect(await next()).toMatchObject({ event: 'lag', data: { missed: 500 } });
  expect(await next()).toMatchObject({ event: 'overview', data: { takenAt: 500 } });
  stream.push(moment(501, row('a', 501)), 0);
  expect(await next()).toMatchObject({ event: 'delta', data: { takenAt: 501 } });
});

test('that Redis is away is an event of its own, and the end of the signal is the end', async () => {
  const stream = new LiveStream('r', moment(1, row('a', 0)));
  const { next, ending, events } = reading(stream);
  await next();
  stream.push({ ...moment(1, row('a', 0)), redis: 'unhealthy' }, 900);
  expect(await next()).toMatchObject({
    ...{ event: 'redis', data: { redis: 'unhealthy', takenAt: 1, ageMs: 900 } },
  });
  const last = events.next();
  ending.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});
