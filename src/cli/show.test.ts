import { expect, test } from 'vitest';
import type { View } from './command.ts';
import { show } from './show.ts';

const people = { output: 'people', isColoured: false, columns: 80 } as const;
const shown = (answer: unknown, view: View = { kind: 'record' }) => show(answer, view, people).data;

test('a value is written by the unit in its name, and what is not known is a dash', () => {
  const answer = {
    ...{ startedAt: 1_764_000_000_000, tookMs: 90_000, dataBytes: 2_048, errorRatio: 0.25 },
    ...{ load: { cpuRatio: 0.5 }, rate: 12.3456, resultAt: null, skipped: {}, uptimeSeconds: 60 },
  };
  expect(shown(answer).split('\n')).toEqual([
    'startedAt      2025-11-24 16:00 UTC',
    'tookMs         1m 30s',
    'dataBytes      2 KB',
    'errorRatio     25 %',
    'load.cpuRatio  50 %',
    'rate           12.35',
    'resultAt       -',
    'skipped        -',
    'uptimeSeconds  1m 0s',
  ]);
});

test('lists of objects are lines, and no JSON', () => {
  const grants = [{ may: ['viewer', 'jobs.add'], queues: ['mail*'] }, { may: ['admin'] }];
  expect(shown({ grants })).toBe('grants  \n    may viewer, jobs.add; queues mail*\n    may admin');
});

test('data of applications stays as it is: only JSON tells its text from its numbers', () => {
  const view: View = { kind: 'record', formats: { data: 'json' } };
  expect(shown({ data: { sentAt: 1_764_000_000_000 } }, view)).toBe(
    'data  {"sentAt":1764000000000}',
  );
});

test('rows before the first of which anything is known are left out; with none, a sentence', () => {
  const rows = [
    { n: 1, source: 'absent' },
    { n: 2, source: 'measured' },
    { n: 3, source: 'absent' },
  ];
  const view: View = { kind: 'table', columns: [['N', 'n']], empty: 'None.', source: 'source' };
  expect(shown(rows, view)).toBe('N\n2\n3');
  expect(show(rows.slice(0, 1), view, people)).toEqual({ data: '', remark: 'None.' });
  expect(show(rows, view, { ...people, output: 'plain' }).data).toBe('1\n2\n3');
});

test('in a table the head says once that times are UTC', () => {
  const view: View = { kind: 'table', columns: [['AT', 'at', 'time']], empty: '' };
  expect(shown([{ at: 1_795_751_640_000 }], view)).toBe('AT UTC\n2026-11-27 03:54');
});

test('grants say where they hold, unless that is everywhere', () => {
  const grants = [
    { may: ['operator', 'data.read'], queues: ['mails-*', 'eu:*'] },
    { may: ['viewer'], queues: ['*'] },
  ];
  const view: View = { kind: 'record', formats: { grants: 'grants' } };
  expect(shown({ grants }, view)).toBe('grants  operator, data.read on mails-*, eu:*; viewer');
});
