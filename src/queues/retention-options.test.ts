import { expect, test } from 'vitest';
import { keepJobsOf, type RetentionOptions, resolveRetention } from './retention-options.ts';

const DAY_MS = 86_400_000;

test('without options the specification’s ages hold, and the numbers of always', () => {
  expect(resolveRetention('q')).toEqual({
    completed: { count: 100, ageMs: DAY_MS },
    failed: { count: 500, ageMs: 7 * DAY_MS },
    progressMs: 3_600_000,
    events: { count: 10_000, bytes: 16_777_216 },
    maxBytes: undefined,
  });
  expect(resolveRetention('q', {})).toEqual(resolveRetention('q'));
});

test('a state that is given is given as a whole', () => {
  const { completed, failed } = resolveRetention('q', { completed: { count: 5 } });
  expect(completed).toEqual({ count: 5, ageMs: undefined });
  expect(failed).toEqual({ count: 500, ageMs: 7 * DAY_MS });
  expect(resolveRetention('q', { failed: { age: '2h' } }).failed).toEqual({
    ...{ count: undefined, ageMs: 7_200_000 },
  });
});

test('BullMQ is told what it does by itself, in whole seconds and few jobs at a time', () => {
  expect(keepJobsOf({ count: 5, ageMs: 1_500 })).toEqual({ count: 5, age: 2, limit: 100 });
  expect(keepJobsOf({ count: undefined, ageMs: DAY_MS })).toEqual({ age: 86_400, limit: 100 });
  expect(keepJobsOf({ count: 0, ageMs: undefined })).toEqual({ count: 0 });
  expect(keepJobsOf({ count: undefined, ageMs: undefined })).toEqual({ count: -1 });
});

test.each([
  [{ completed: {} }, 'retention.completed of queue "q" cannot be used: got {}', 'leave it out'],
  [{ completed: { age: '0s' } }, 'retention.completed.age', 'count: 0'],
  [{ completed: { age: '500ms' } }, 'retention.completed.age', 'give 1 s to 100 years'],
  [{ failed: { age: '999999d' } }, 'retention.failed.age', '100 years'],
  [{ failed: { age: 'soon' } }, 'retention.failed.age', 'write it as "24h"'],
  [{ failed: { age: Number.NaN } }, 'got NaN', '"24h"'],
  [{ failed: { age: null } }, 'got null', '"24h"'],
  [{ failed: { age: ['1d'] } }, 'got ["1d"]', '"24h"'],
  [{ completed: { count: -1 } }, 'got -1', 'whole number from 0 on'],
  [{ completed: { count: 1.5 } }, 'got 1.5', 'whole number'],
  [{ completed: { count: '100' } }, 'got "100"', 'whole number'],
  [{ completed: true }, 'retention.completed', 'give an object of count, age'],
  [{ completed: null }, 'retention.completed', 'give an object of count, age'],
  [{ completed: { cuont: 3 } }, 'retention.completed.cuont', 'only count, age'],
  [{ complete: { count: 3 } }, 'retention.complete', 'only completed, failed, progress'],
  [{ progress: 0 }, 'retention.progress', 'give 1 s'],
  [{ events: { count: 5 } }, 'retention.events.count', 'from 100 on'],
  [{ events: { bytes: '1kb' } }, 'retention.events.bytes', 'at least 64kb'],
  [{ maxBytes: '1kb' }, 'retention.maxBytes', 'at least 1024kb'],
  [{ maxBytes: Number.POSITIVE_INFINITY }, 'retention.maxBytes', 'at least 1024kb'],
  [[], 'retention of queue "q"', 'write it as'],
  ['24h', 'retention of queue "q"', 'write it as'],
] as [unknown, string, string][])(
  '%j is refused, and the message says why',
  (given, what, remedy) => {
    const resolve = () => resolveRetention('q', given as RetentionOptions);
    expect(resolve).toThrow(what);
    expect(resolve).toThrow(remedy);
    expect(resolve).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  },
);
