import type { Job, LockManager } from 'bullmq';
import { expect, test } from 'vitest';
import { createDeferred } from '../base/deferred.ts';
import { FakeClock } from '../base/fake-clock.ts';
import type { EventName } from '../events.ts';
import { RunningJob } from './running-job.ts';
import { Timeouts } from './timeouts.ts';

const JOB = { id: '7', name: 'make', queueName: 'photos' } as Job;
const LOGGER = { info() {}, warn() {}, error() {}, debug() {} };

function setUp(endChild?: () => void) {
  const clock = new FakeClock();
  const events: [EventName, object][] = [];
  const timeouts = new Timeouts({
    ...{ timeoutMs: 30_000, graceMs: 5_000, clock },
    announce: (name, payload) => void events.push([name, payload]),
    ...(endChild && { endChild }),
  });
  const locks = { trackJob: () => new AbortController() } as unknown as LockManager;
  const running = new RunningJob(JOB, 'token', () => locks, LOGGER);
  const work = createDeferred<string>();
  const bound = timeouts.bound(JOB, running, work.promise);
  bound.catch(() => {});
  return { clock, events, running, work, bound };
}

test('a job that ends in time never hears of its limit', async () => {
  const { clock, events, running, work, bound } = setUp();
  await clock.pass(29_999);
  work.resolve('done');
  expect(await bound).toBe('done');
  running.end();
  await clock.pass(60_000);
  expect(running.signal.aborted).toBe(false);
  expect(events).toEqual([]);
});

test('when the time is up the signal is aborted with the reason, and a result within the grace counts', async () => {
  const { clock, running, work, bound } = setUp();
  await clock.pass(30_000);
  expect(running.signal.reason).toMatchObject({ code: 'JOB_TIMED_OUT' });
  await clock.pass(4_999);
  work.resolve('done');
  expect(await bound).toBe('done');
});

test('one that goes on fails without being waited for, and what comes late is ignored and announced', async () => {
  const { clock, events, work, bound } = setUp();
  await clock.pass(35_000);
  await expect(bound).rejects.toThrow(
    'took longer than 30s, and did not stop within the 5s after its signal: it may still be running in this process',
  );
  await clock.pass(7_000);
  work.resolve('late');
  await clock.pass(0);
  const about = { queue: 'photos', jobId: '7', jobName: 'make' };
  expect(events).toEqual([
    ['job.timed-out', { ...about, timeoutMs: 30_000 }],
    ['job.abandoned', { ...about, timeoutMs: 30_000, graceMs: 5_000 }],
    ['result.ignored', { ...about, outcome: 'returned', lateMs: 7_000 }],
  ]);
});

test('a job in a child is ended with it, and nothing is left behind', async () => {
  const ended: string[] = [];
  const { clock, events, work, bound } = setUp(() => void ended.push('child'));
  await clock.pass(35_000);
  await expect(bound).rejects.toThrow('did not stop within the 5s after its signal: it was ended');
  work.reject(new Error('Unexpected exit code'));
  await clock.pass(0);
  expect(ended).toEqual(['child']);
  expect(events.map(([name]) => name)).toEqual(['job.timed-out']);
});
