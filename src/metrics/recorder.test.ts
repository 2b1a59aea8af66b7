import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { EventBus } from '../events.ts';
import { MOST_NAMES, OTHER } from './queue-recorder.ts';
import { MOST_QUEUES, Recorder } from './recorder.ts';

const MINUTE = 60_000;

function setUp({ isServerKnown = true } = {}) {
  const clock = new FakeClock();
  const bus = new EventBus();
  const server = { isKnown: isServerKnown, offsetMs: 0 };
  const recorder = new Recorder({
    ...{ clock, bus, labelOf: (queue) => `my-app:${queue}` },
    serverNow: () =>
      server.isKnown ? clock.monotonic() + 1_764_000_000_000 + server.offsetMs : undefined,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      await clock.pass(Math.min(left, 1_000));
      recorder.sample([]);
    }
  };
  return { clock, bus, recorder, server, pass };
}

function finish(recorder: Recorder, jobName: string, queue = 'my-app:photos'): void {
  const observer = recorder.queue(queue);
  observer.fetched(jobName, 10, 100);
  observer.ended(jobName, 'completed', 20);
}

test('jobs are counted by name and outcome, and only completed runs and first waits are timed', () => {
  const { recorder } = setUp();
  const observer = recorder.queue('my-app:photos');
  observer.added('make', 3);
  observer.fetched('make', 10, 100);
  observer.ended('make', 'retried', 5_000);
  observer.fetched('make', undefined, 100);
  observer.ended('make', 'completed', 20);
  observer.fetched('send', 0, 50);
  observer.ended('send', 'dead', 5_000);
  const record = recorder.take()[0]!.records.get('my-app:photos')!;
  const make = record.names.get('make')!;
  expect(make).toMatchObject({ added: 3, started: 2, retried: 1, completed: 1, payloadBytes: 200 });
  expect([make.wait.count, make.run.count, make.run.max]).toEqual([1, 1, 20]);
  const send = record.names.get('send')!;
  expect(send).toMatchObject({ dead: 1, started: 1 });
  expect([send.wait.count, send.run.count]).toEqual([1, 0]);
});

test('stalled, timed-out and cancelled jobs are heard of as events', () => {
  const { recorder, bus } = setUp();
  const about = { queue: 'photos', jobId: '1', jobName: 'make' };
  bus.announce('job.stalled', about);
  bus.announce('job.timed-out', { ...about, timeoutMs: 1 });
  bus.announce('job.cancelled', about);
  bus.announce('job.cancelled', about);
  const record = recorder.take()[0]!.records.get('my-app:photos')!;
  expect(record.stalled).toBe(1);
  expect(record.names.get('make')).toMatchObject({ timedOut: 1, cancelled: 2 });
});

test('what was taken is not taken again, and totals go on growing', () => {
  const { recorder } = setUp();
  finish(recorder, 'make');
  recorder.take();
  expect(recorder.take()).toEqual([]);
  finish(recorder, 'make');
  const { names } = recorder.totals[0]!;
  expect(names[0]).toMatchObject({ jobName: 'make', completed: 2, started: 2, payloadBytes: 200 });
  expect([names[0]!.run.count, names[0]!.run.sumMs]).toEqual([2, 40]);
});

test('many job names share one beyond the bound, whatever they are', () => {
  const { recorder } = setUp();
  for (let i = 0; i < 1_000; i += 1) finish(recorder, `name-${i}-${'x'.repeat(200)}`);
  finish(recorder, OTHER);
  const { names } = recorder.totals[0]!;
  expect(names).toHaveLength(MOST_NAMES);
  expect(names.find(({ jobName }) => jobName === OTHER)).toMatchObject({ completed: 982 });
  expect(names.reduce((sum, { completed }) => sum + completed, 0)).toBe(1_001);
  expect(Math.max(...names.map(({ jobName }) => jobName.length))).toBeLessThanOrEqual(100);
});

test('queues beyond the bound are not measured and harm nobody', () => {
  const { recorder } = setUp();
  for (let i = 0; i < MOST_QUEUES + 10; i += 1) finish(recorder, 'x', `queue-${i}`);
  expect(recorder.totals).toHaveLength(MOST_QUEUES);
});

test('a window ends with its minute, within a second', async () => {
  const { recorder, pass } = setUp();
  finish(recorder, 'make');
  await pass(MINUTE);
  finish(recorder, 'make');
  finish(recorder, 'make');
  const windows = recorder.take();
  expect(windows.map(({ minute }) => minute)).toEqual([29_400_000, 29_400_001]);
  const counts = windows.map(({ records }) => records.get('my-app:photos')!.total.completed);
  expect(counts).toEqual([1, 2]);
});

test("this host's clock may jump: minutes are the server's", async () => {
  const { recorder, clock, pass } = setUp();
  finish(recorder, 'make');
  clock.jump(-7 * 24 * 60 * MINUTE);
  await pass(MINUTE);
  finish(recorder, 'make');
  expect(recorder.take().map(({ minute }) => minute)).toEqual([29_400_000, 29_400_001]);
});

test("what was counted before the server's clock was known goes to the server's minute", async () => {
  const { recorder, server, pass } = setUp({ isServerKnown: false });
  finish(recorder, 'make');
  await pass(2_000);
  server.isKnown = true;
  await pass(1_000);
  finish(recorder, 'make');
  const windows = recorder.take();
  expect(windows.map(({ minute }) => minute)).toEqual([29_400_000]);
  expect(windows[0]!.records.get('my-app:photos')!.total.completed).toBe(2);
});

test('slots are counted by the time that they are there, busy ones apart', async () => {
  const { recorder, clock } = setUp();
  for (let second = 0; second <= 10; second += 1) {
    recorder.sample([{ queue: 'photos', slots: 4, active: second % 2 === 0 ? 4 : 9 }]);
    await clock.pass(1_000);
  }
  const record = recorder.take({ all: true })[0]!.records.get('photos')!;
  expect(record).toMatchObject({ slotMs: 40_000, busyMs: 40_000 });
});

test('a process that was suspended does not count the time as slots', async () => {
  const { recorder, clock } = setUp();
  recorder.sample([{ queue: 'photos', slots: 1, active: 0 }]);
  await clock.pass(10 * MINUTE);
  recorder.sample([{ queue: 'photos', slots: 1, active: 0 }]);
  const [window] = recorder.take({ all: true });
  expect(window!.records.get('photos')!.slotMs).toBeLessThanOrEqual(5_000);
});

test('a queue in which only time passes is written once a minute', async () => {
  const { recorder, clock } = setUp();
  let written = 0;
  for (let second = 0; second < 130; second += 1) {
    recorder.sample([{ queue: 'photos', slots: 4, active: 0 }]);
    await clock.pass(1_000);
    if (second % 5 === 4) written += recorder.take().length;
  }
  expect(written).toBeGreaterThanOrEqual(2);
  expect(written).toBeLessThanOrEqual(3);
  expect(recorder.take({ all: true })).toHaveLength(1);
});

test('payloads are counted by queue and kind, for the life of the process', () => {
  const { recorder } = setUp();
  finish(recorder, 'make');
  recorder.packed('my-app:photos', 'result', 6_000, 900);
  recorder.offloaded('my-app:photos', 'result', 600);
  recorder.take({ all: true });
  recorder.packed('my-app:photos', 'data', 4_000, 700);
  const { payloads } = recorder.totals[0]!;
  expect([payloads.data.sumBytes, payloads.result.sumBytes]).toEqual([100, 6_000]);
  expect(payloads.packed).toMatchObject({
    data: { plain: 4_000, stored: 700, offloaded: 0 },
    result: { plain: 6_000, stored: 900, offloaded: 600 },
  });
});
