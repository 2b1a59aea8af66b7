import { expect, test } from 'vitest';
import { compareBackup } from './compare-backup.ts';
import type { BackupManifest, StateCounts } from './manifest.ts';
import type { LoadedData } from './scratch/loaded-data.ts';

const counts = (waiting: number): StateCounts => ({
  ...{ waiting, paused: 0, active: 0, delayed: 0, prioritized: 0 },
  ...{ waitingChildren: 0, completed: 0, failed: 0 },
});
const manifest = (isExact = true): BackupManifest =>
  ({
    counted: {
      ...{ isExact, keys: { least: 8, most: 10 } },
      queues: { mails: { least: counts(3), most: counts(5) } },
    },
  }) as unknown as BackupManifest;
const loaded = (
  waiting: number,
  { keys = 9, expired = 0 as number | null, more = {} as Record<string, StateCounts> } = {},
): LoadedData => {
  const queues = { mails: counts(waiting), ...more };
  return { databases: [{ database: 0, keys, labels: Object.keys(queues), queues }], expired };
};

test.each([
  [2, false],
  [3, true],
  [5, true],
  [6, false],
])('%i jobs where 3 to 5 were counted', (waiting, isRight) => {
  expect(compareBackup(manifest(), loaded(waiting)).isRight).toBe(isRight);
});

test('keys whose time has come count as there, and nothing is said where a server does not tell', () => {
  expect(compareBackup(manifest(), loaded(4, { keys: 5, expired: 3 })).isRight).toBe(true);
  expect(compareBackup(manifest(), loaded(4, { keys: 5, expired: 2 })).problems).toEqual([
    'it has 5 keys and 2 whose time had come, and 8 to 10 were counted when it was made',
  ]);
  expect(compareBackup(manifest(), loaded(4, { keys: 5, expired: null })).isRight).toBe(true);
  expect(compareBackup(manifest(), loaded(4, { keys: 11 })).isRight).toBe(false);
});

test('a queue that was not counted is wrong only where counts are exact', () => {
  const more = { others: counts(1) };
  expect(compareBackup(manifest(), loaded(4, { more })).problems).toEqual([
    'queue others has 1 waiting jobs, and 0 were counted',
  ]);
  expect(compareBackup(manifest(false), loaded(4, { more })).isRight).toBe(true);
});

test('an empty server has nothing of it', () => {
  const { isRight, problems } = compareBackup(manifest(), { databases: [], expired: 0 });
  expect([isRight, problems.length]).toEqual([false, 2]);
});
