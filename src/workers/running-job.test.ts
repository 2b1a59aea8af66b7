import type { Job, LockManager } from 'bullmq';
import { expect, test } from 'vitest';
import { CoordinatorError } from '../errors.ts';
import { RunningJob } from './running-job.ts';

function setUp() {
  const tracked: unknown[][] = [];
  const locks = {
    trackJob: (...args: unknown[]) => {
      tracked.push(args);
      return new AbortController();
    },
  } as unknown as LockManager;
  const lines: [object, string][] = [];
  const write = (fields: object, message: string): void => void lines.push([fields, message]);
  const logger = { info: write, warn: write, error: write, debug: write };
  const job = { id: '7', name: 'make', queueName: 'photos', attemptsMade: 1, processedOn: 123 };
  const running = new RunningJob(job as Job, 'token', () => locks, logger);
  return { tracked, running, lines };
}

test('a controller is asked of BullMQ once, and only when the signal is wanted', () => {
  const { tracked, running } = setUp();
  expect(tracked).toEqual([]);
  const { signal } = running;
  expect(running.signal).toBe(signal);
  expect(tracked).toEqual([['7', 'token', 123, true]]);
});

test('looking at the signal is noticed, being told to stop is not looking', () => {
  const { running } = setUp();
  running.stop(new CoordinatorError('JOB_TIMED_OUT', 'too long'));
  expect(running.hasLooked).toBe(false);
  expect(running.signal.reason).toMatchObject({ code: 'JOB_TIMED_OUT' });
  expect(running.hasLooked).toBe(true);
});

test('the first reason to stop stays', () => {
  const { running } = setUp();
  running.stop(new CoordinatorError('JOB_TIMED_OUT', 'too long'));
  running.stop(new CoordinatorError('JOB_HANDED_BACK', 'stopping'));
  expect(running.stoppedBy).toMatchObject({ code: 'JOB_TIMED_OUT' });
});

test('after the end BullMQ is asked for nothing: it would renew the lock of a job that is gone', () => {
  const { tracked, running } = setUp();
  running.end();
  expect(running.signal.aborted).toBe(false);
  expect(tracked).toEqual([]);
});

test('a line of the logger says whose it is', () => {
  const { running, lines } = setUp();
  running.logger.warn({ size: 3 }, 'too small');
  const about = { queue: 'photos', jobId: '7', jobName: 'make', attempt: 2, size: 3 };
  expect(lines).toEqual([[about, 'too small']]);
});
