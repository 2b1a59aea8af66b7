import { expect, test } from 'vitest';
import { type ProcessOptions, resolveProcessOptions } from './process-options.ts';

test("Drover's own options never reach BullMQ, and have their defaults", () => {
  const resolved = resolveProcessOptions({ concurrency: 3, timeoutGraceMs: '2s' });
  expect(resolved.timeoutGraceMs).toBe(2_000);
  expect(resolved.worker.concurrency).toBe(3);
  expect(resolved.worker).not.toHaveProperty('timeoutGraceMs');
  expect(resolveProcessOptions(4)).toMatchObject({
    timeoutGraceMs: 5_000,
    worker: { concurrency: 4 },
  });
});

test("BullMQ's own limit of starts takes the place of ours", () => {
  expect(resolveProcessOptions({}).maxKills).toBe(3);
  expect(resolveProcessOptions({ maxStartedAttempts: 9 }).maxKills).toBeUndefined();
});

test.each<[ProcessOptions, string]>([
  [{ concurrency: 0 }, 'concurrency must be at least 1, got 0'],
  [{ maxKills: 0 }, 'maxKills must be at least 1, got 0'],
  [
    { conccurency: 2 } as never,
    'conccurency is no option of a worker: did you mean "concurrency"?',
  ],
  [{ timeoutGraceMs: 'soon' as '1s' }, 'timeoutGraceMs is no duration: got "soon"'],
])('%j is refused with the reason', (options, reason) => {
  expect(() => resolveProcessOptions(options)).toThrow(reason);
});

test('an option that only a later BullMQ knows reaches it', () => {
  const later = { bogus: 7 } as ProcessOptions;
  expect(resolveProcessOptions(later).worker).toMatchObject({ bogus: 7 });
});

test('a pool is sorted out, and its threads are BullMQ’s', () => {
  const pool = { min: 1, max: 4 };
  const ofFunction = resolveProcessOptions({ pool, lockDuration: 9_000 });
  expect(ofFunction).toMatchObject({ pool: { max: 4 }, worker: { lockDuration: 9_000 } });
  expect(ofFunction.worker).not.toHaveProperty('pool');
  expect(ofFunction.worker).not.toHaveProperty('useWorkerThreads');
  const ofFile = { isFile: true, waitP95Ms: 700 };
  const threads = resolveProcessOptions({ pool: { ...pool, isolation: 'thread' } }, ofFile);
  expect(threads).toMatchObject({ pool: { waitP95Ms: 700 }, worker: { useWorkerThreads: true } });
  expect(resolveProcessOptions({ pool }, ofFile).worker).not.toHaveProperty('useWorkerThreads');
});

test.each([
  [
    { concurrency: 5 },
    'concurrency and pool cannot both be given: bound one process by pool.concurrency',
  ],
  [{ useWorkerThreads: true }, 'say pool.isolation: "thread", and leave useWorkerThreads out'],
])('%j beside a pool is refused', (worker, message) => {
  expect(() => resolveProcessOptions({ ...worker, pool: { min: 1, max: 4 } })).toThrow(message);
});
