import { expect, test } from 'vitest';
import type { View } from './command.ts';
import { type Look, show } from './show.ts';

const look: Look = { output: 'people', isColoured: false, columns: 80 };
const shown = (answer: unknown, view: View, over: Partial<Look> = {}): string[] =>
  show(answer, view, { ...look, ...over }).data.split('\n');

test('the fields of a record are written by the unit that their name ends in', () => {
  const answer = {
    ...{ failedAt: 1_795_751_640_000, waitMs: 95_000, dataBytes: 70_211, errorRatio: 0.051 },
    nested: { uptimeSeconds: 3_700, seenAt: null },
  };
  expect(shown(answer, { kind: 'record' })).toEqual([
    'failedAt              2026-11-27 03:54 UTC',
    'waitMs                1m 35s',
    'dataBytes             69 KB',
    'errorRatio            5.1 %',
    'nested.uptimeSeconds  1h 1m',
    'nested.seenAt         -',
  ]);
  expect(shown(answer, { kind: 'record' }, { output: 'plain' })[1]).toBe('waitMs\t95000');
});

test('a list of jobs is shown by their ids, and any other list as JSON', () => {
  const answer = { sample: [{ id: '17', name: 'a' }, { id: '18' }], steps: [{ at: 1 }] };
  expect(shown(answer, { kind: 'record' })).toEqual(['sample  17, 18', 'steps   [{"at":1}]']);
  expect(shown(answer, { kind: 'record' }, { output: 'plain' })[0]).toMatch(/^sample\t17, 18$/);
});

test('in a table the head says once that times are UTC', () => {
  const view: View = { kind: 'table', columns: [['AT', 'at', 'time']], empty: '' };
  expect(shown([{ at: 1_795_751_640_000 }], view)).toEqual(['AT UTC', '2026-11-27 03:54']);
});

test('rows in which nothing is known are left out for people only', () => {
  const view: View = {
    kind: 'table',
    columns: [['N', 'n', 'number']],
    hides: ['source', 'absent'],
    empty: 'Nothing is known.',
  };
  const known = { n: 1, source: 'measured' };
  const absent = { n: null, source: 'absent' };
  expect(shown([absent, known], view)).toEqual(['N', '1']);
  expect(shown([absent, known], view, { output: 'plain' })).toEqual(['', '1']);
  expect(show([absent], view, look)).toEqual({ data: '', remark: 'Nothing is known.' });
});

test('grants say where they hold, unless that is everywhere', () => {
  const grants = [
    { may: ['operator', 'data.read'], queues: ['mails-*', 'eu:*'] },
    { may: ['viewer'], queues: ['*'] },
  ];
  const view: View = { kind: 'record', formats: { grants: 'grants' } };
  expect(shown({ grants }, view)).toEqual(['grants  operator, data.read on mails-*, eu:*; viewer']);
});
