import type { Job } from 'bullmq';
import { expect, test } from 'vitest';
import { createDeferred } from '../base/deferred.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { ConnectionLost } from '../errors.ts';
import { createKeys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { isSuspect, Suspects } from './suspects.ts';

const SUSPICION = { label: 'photos', maxKills: 3 };

/** A hash of counts behind the few commands that are used; `failing` errors come before the first success. */
function setUp({ isReady = true, failing = 0 } = {}) {
  const counts = new Map<string, number>();
  const clock = new FakeClock();
  const announced: object[] = [];
  const redis = {
    multi: () => ({
      hincrby: (_key: string, id: string) => {
        counts.set(id, (counts.get(id) ?? 0) + 1);
        return { pexpire: () => ({ exec: async () => [[null, counts.get(id)]] }) };
      },
    }),
    hdel: async (_key: string, id: string) => {
      if (failing-- > 0) throw new ConnectionLost(true);
      counts.delete(id);
    },
  };
  const suspects = new Suspects({
    command: { isReady, raw: async () => redis } as unknown as Connection,
    keys: createKeys('coordinator'),
    announce: (_name, payload) => void announced.push(payload),
    clock,
  });
  return { suspects, counts, clock, announced };
}

function createJob(id: string) {
  const delayedUntil: number[] = [];
  const moveToDelayed = async (until: number): Promise<void> => void delayedUntil.push(until);
  const about = { name: 'make', queueName: 'photos', attemptsStarted: 2, attemptsMade: 0 };
  return { id, ...about, stalledCounter: 2, moveToDelayed, delayedUntil } as unknown as Job & {
    delayedUntil: number[];
  };
}

test('a job that stalled once is no suspect: it may have stood beside', () => {
  expect([0, 1, 2].map((stalledCounter) => isSuspect({ stalledCounter }))).toEqual([
    false,
    false,
    true,
  ]);
});

test('a suspect is counted while it runs and no longer', async () => {
  const { suspects, counts, clock } = setUp({ failing: 2 });
  const run = createDeferred<string>();
  const ended = suspects.run(createJob('1'), 'token', SUSPICION, () => run.promise);
  await clock.pass(0);
  expect(counts.get('1')).toBe(1);
  run.reject(new Error('an ordinary failure'));
  await expect(ended).rejects.toThrow('ordinary');
  await clock.pass(0);
  expect(counts.size).toBe(0);
});

test('a second suspect is put back for a moment, and may run when the first has ended', async () => {
  const { suspects, clock } = setUp();
  const run = createDeferred<string>();
  const first = suspects.run(createJob('1'), 'token', SUSPICION, () => run.promise);
  const second = createJob('2');
  const put = suspects.run(second, 'token', SUSPICION, async () => 'ran');
  await expect(put).rejects.toThrow('bullmq:movedToDelayed');
  expect(second.delayedUntil[0]).toBeGreaterThan(clock.now());
  expect(second.delayedUntil[0]).toBeLessThanOrEqual(clock.now() + 500);
  run.resolve('ended');
  await first;
  expect(await suspects.run(second, 'token', SUSPICION, async () => 'ran')).toBe('ran');
});

test('a job that has ended its process three times is failed for good without running', async () => {
  const { suspects, counts, announced } = setUp();
  counts.set('1', 2);
  expect(await suspects.run(createJob('1'), 'token', SUSPICION, async () => 'ran')).toBe('ran');
  counts.set('1', 3);
  let hasRun = false;
  const condemned = suspects.run(createJob('1'), 'token', SUSPICION, async () => {
    hasRun = true;
  });
  await expect(condemned).rejects.toMatchObject({
    name: 'UnrecoverableError',
    message: expect.stringContaining('its process ended 3 times'),
    cause: { code: 'JOB_IS_POISON' },
  });
  expect(hasRun).toBe(false);
  expect(announced).toEqual([{ queue: 'photos', jobId: '1', jobName: 'make', kills: 3 }]);
  expect(counts.size).toBe(0); // Whoever retries it by hand begins anew.
});

test('a Redis that cannot count lets it run', async () => {
  const { suspects, counts } = setUp({ isReady: false });
  counts.set('1', 99);
  expect(await suspects.run(createJob('1'), 'token', SUSPICION, async () => 'ran')).toBe('ran');
});

test('a process that ends in good order leaves no blame', async () => {
  const { suspects, counts, clock } = setUp();
  void suspects.run(createJob('1'), 'token', SUSPICION, () => new Promise(() => {}));
  await clock.pass(0);
  await suspects.forgive();
  expect(counts.size).toBe(0);
});
