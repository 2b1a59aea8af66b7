import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { type PoolOptions, resolvePool } from './pool-options.ts';

const A_FUNCTION = { isFile: false };
const A_FILE = { isFile: true };
const least: PoolOptions = { min: 1, max: 8 };

test('what is not given has its default', () => {
  expect(resolvePool(least, A_FUNCTION)).toEqual({
    ...{ min: 1, max: 8, perHostMax: 8, concurrency: 50, waitP95Ms: 5_000, isolation: 'none' },
    ...{ weight: 1, mode: 'auto', idleAfterMs: 60_000, startMs: 100, schedule: [] },
    efficacy: 'advise',
  });
});

test('a processor in a file has a process for each slot, as many as there are processors', () => {
  expect(resolvePool(least, A_FILE)).toMatchObject({
    isolation: 'process',
    concurrency: availableParallelism(),
  });
  expect(resolvePool({ ...least, isolation: 'thread' }, A_FILE)).toMatchObject({
    isolation: 'thread',
    concurrency: availableParallelism(),
  });
});

test("the queue's promise is kept, unless the pool makes one of its own", () => {
  const promised = { ...A_FUNCTION, waitP95Ms: 2_000 };
  expect(resolvePool(least, promised).waitP95Ms).toBe(2_000);
  expect(resolvePool({ ...least, waitP95: '10s' }, promised).waitP95Ms).toBe(10_000);
});

test('everything can be said', () => {
  const options: Required<PoolOptions> = {
    ...{ min: 0, max: 100, perHostMax: 30, concurrency: 10, waitP95: '500ms', isolation: 'none' },
    ...{ weight: 0.5, mode: 'recommend', idleAfter: '5m', startTime: '30s', efficacy: 'enforce' },
    schedule: [
      { cron: '45 8 * * 1-5', timeZone: 'Europe/Berlin', for: '9h', min: 20 },
      { cron: '@daily', for: 60_000, min: 1 },
    ],
  };
  expect(resolvePool(options, A_FUNCTION)).toEqual({
    ...{ min: 0, max: 100, perHostMax: 30, concurrency: 10, waitP95Ms: 500, isolation: 'none' },
    ...{ weight: 0.5, mode: 'recommend', idleAfterMs: 300_000, startMs: 30_000 },
    schedule: [
      { cron: '45 8 * * 1-5', timeZone: 'Europe/Berlin', forMs: 32_400_000, min: 20 },
      { cron: '@daily', timeZone: 'UTC', forMs: 60_000, min: 1 },
    ],
    efficacy: 'enforce',
  });
});

test('min may be more than one host can have', () => {
  expect(resolvePool({ min: 10, max: 20, perHostMax: 4 }, A_FUNCTION).min).toBe(10);
});

const floor = { cron: '* * * * *', for: '1h', min: 2 };

test.each([
  [{ min: 9 }, 'pool.max must be at least pool.min (9), got 8: raise it'],
  [{ max: undefined }, 'pool.max must be a whole number of at least 1, got undefined'],
  [{ max: 0 }, 'pool.max must be a whole number of at least 1, got 0'],
  [
    { max: Number.POSITIVE_INFINITY },
    'pool.max must be a whole number of at least 1, got Infinity',
  ],
  [{ max: '8' }, 'pool.max must be a whole number of at least 1, got "8"'],
  [{ min: -1 }, 'pool.min must be a whole number of at least 0, got -1'],
  [{ min: 1.5 }, 'pool.min must be a whole number of at least 0, got 1.5'],
  [{ min: Number.NaN }, 'pool.min must be a whole number of at least 0, got NaN'],
  [{ perHostMax: 0 }, 'pool.perHostMax must be a whole number of at least 1, got 0'],
  [{ concurrency: 2.5 }, 'pool.concurrency must be a whole number of at least 1, got 2.5'],
  [{ waitP95: 'soon' }, 'pool.waitP95 must be a duration of at least 1 ms: got "soon"'],
  [{ waitP95: 0 }, 'pool.waitP95 must be a duration of at least 1 ms: got 0'],
  [{ waitP95: {} }, 'pool.waitP95 must be a duration of at least 1 ms: got [object Object]'],
  [{ idleAfter: -5 }, 'pool.idleAfter must be a duration of at least 1 ms: got -5'],
  [{ startTime: Number.NaN }, 'pool.startTime must be a duration of at least 0 ms: got NaN'],
  [{ weight: 0 }, 'pool.weight must be a number above 0, got 0'],
  [{ weight: Number.POSITIVE_INFINITY }, 'pool.weight must be a number above 0, got Infinity'],
  [{ mode: 'on' }, 'pool.mode must be one of "auto", "recommend", "off", got "on"'],
  [{ efficacy: true }, 'pool.efficacy must be one of "off", "advise", "enforce", got true'],
  [{ isolation: 'fork' }, 'pool.isolation must be one of "none", "process", "thread", got "fork"'],
  [{ isolation: 'process' }, 'give the processor as a file'],
  [{ perHostMin: 1 }, 'pool.perHostMin is no option: did you mean "perHostMax"?'],
  [{ replicas: 1 }, 'pool.replicas is no option: the options are min, max, perHostMax'],
  [{ schedule: floor }, 'pool.schedule must be a list of { cron, for, min }'],
  [{ schedule: [null] }, 'pool.schedule[0] must be an object, got null'],
  [
    { schedule: [floor, { ...floor, min: 9 }] },
    'pool.schedule[1].min must be at most pool.max (8), got 9',
  ],
  [
    { schedule: [{ ...floor, min: 0 }] },
    'pool.schedule[0].min must be a whole number of at least 1',
  ],
  [{ schedule: [{ ...floor, for: undefined }] }, 'pool.schedule[0].for must be a duration'],
  [{ schedule: [{ ...floor, tz: 'UTC' }] }, 'pool.schedule[0].tz is no option'],
  [
    { schedule: [{ ...floor, timeZone: 'Mars/Base' }] },
    'pool.schedule[0].timeZone must name a time zone',
  ],
  [{ schedule: [{ ...floor, cron: '' }] }, 'pool.schedule[0].cron must be a cron expression'],
  [
    { schedule: [{ ...floor, cron: '61 * * * *' }] },
    'pool.schedule[0].cron must be a cron expression',
  ],
  [{ schedule: [{ ...floor, cron: '* * * * * *' }] }, 'of five fields'],
  [
    { schedule: [{ ...floor, cron: '0 0 31 2 *' }] },
    'pool.schedule[0].cron must be a cron expression',
  ],
])('%j is refused', (options, message) => {
  const resolve = (): unknown => resolvePool({ ...least, ...options } as PoolOptions, A_FUNCTION);
  expect(resolve).toThrow(message);
  expect(resolve).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test.each([null, 8, 'auto', [1, 8]])('a pool that is %j is refused', (pool) => {
  expect(() => resolvePool(pool as never, A_FUNCTION)).toThrow('pool must be an object');
});

test('a file cannot do without isolation', () => {
  expect(() => resolvePool({ ...least, isolation: 'none' }, A_FILE)).toThrow(
    'pool.isolation cannot be "none" for a processor in a file',
  );
});
