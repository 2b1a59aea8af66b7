/** Rows of jobs, of whatever is stored. */
import { expect, test } from 'vitest';
import { optionsOf, ROW_FIELDS, type StoredRow, toJobRow, toStoredRow } from './job-row.ts';
import { jobRowSchema } from './job-schemas.ts';
import type { JobRow } from './job-views.ts';

const stored = (fields: StoredRow['fields'], score: number | null = null): StoredRow => ({
  ...{ id: '7', score, bytes: 2, fields },
});
const plain = (text: string): string => text;
const row = (fields: StoredRow['fields'], score?: number, state: JobRow['state'] = 'waiting') => {
  const shown = toJobRow('photos', stored(fields, score), state, plain);
  expect(jobRowSchema.safeParse(shown).error?.issues ?? []).toEqual([]);
  return shown;
};

test('a job is shown with what BullMQ stores of it', () => {
  const fields = {
    ...{ name: 'resize', timestamp: '1000', processedOn: '2000', finishedOn: '3000', atm: '2' },
    ...{
      opts: '{"attempts":3}',
      priority: '4',
      delay: '0',
      failedReason: 'no answer',
      rjk: 'nightly',
    },
    parentKey: 'bull:albums:12',
  };
  expect(row(fields, 3_000, 'failed')).toEqual({
    ...{ queue: 'photos', id: '7', name: 'resize', state: 'failed', addedAt: 1_000 },
    ...{ startedAt: 2_000, finishedAt: 3_000, runsAt: null, attemptsMade: 2, attempts: 3 },
    ...{ priority: 4, failedReason: 'no answer', dataBytes: 2, scheduler: 'nightly' },
    parent: { queue: 'albums', id: '12' },
  });
});

test('what is not stored is null, never 0 or 1970', () => {
  expect(row({})).toMatchObject({
    ...{ name: '', addedAt: null, startedAt: null, finishedAt: null, runsAt: null },
    ...{ failedReason: null, parent: null, scheduler: null, attempts: 1, attemptsMade: 0 },
  });
  const odd = { timestamp: 'yesterday', processedOn: '', finishedOn: 'NaN', atm: 'x', opts: '[' };
  expect(row(odd)).toMatchObject({ addedAt: null, startedAt: null, finishedAt: null, attempts: 1 });
});

test('a delayed job runs at the time in its score', () => {
  const at = 1_800_000_000_000;
  const fields = { timestamp: '1000', delay: '5' };
  expect(row(fields, at * 0x1000 + 5, 'delayed').runsAt).toBe(at);
  expect(row(fields, at, 'completed').runsAt).toBeNull();
});

test('a huge name and a huge reason are cut, and the reason is hidden before', () => {
  const huge = 'x'.repeat(10_000);
  const shown = row({ name: huge, failedReason: huge });
  expect(shown.name).toBe(`${'x'.repeat(500)}…`);
  expect(shown.failedReason).toBe(`${'x'.repeat(500)}…`);
  const hidden = toJobRow('q', stored({ failedReason: `${huge}secret` }), 'failed', () => 'hidden');
  expect(hidden.failedReason).toBe('hidden');
});

test.each([
  [undefined, {}],
  ['', {}],
  ['null', {}],
  ['7', {}],
  [`{"attempts":3,"cut":"${'x'.repeat(20)}`, {}],
  ['{"attempts":3}', { attempts: 3 }],
])('options %j are %j', (text, options) => {
  expect(optionsOf(text)).toEqual(options);
});

test("a script's reply is a row, and none where the hash is gone", () => {
  const values = ROW_FIELDS.map((field) => (field === 'name' ? 'resize' : null));
  expect(toStoredRow(['7', '5.5', 12, ...values])).toEqual({
    ...{ id: '7', score: 5.5, bytes: 12, fields: { name: 'resize' } },
  });
  expect(toStoredRow(['7', '', 12, ...values])?.score).toBeNull();
  expect(toStoredRow(['7', '5'])).toBeUndefined();
});
