import { expect, test } from 'vitest';
import {
  type BulkAction,
  type BulkState,
  type Command,
  commanded,
  judgeCanary,
  parseBulkAction,
  toHash,
  toHow,
} from './bulk-action.ts';

const HASH = { kind: 'replay', queue: 'q', actor: 'ann', state: 'running', createdAt: '1000' };
const action = (fields: Record<string, string>): BulkAction =>
  parseBulkAction('b1', { ...HASH, ...fields })!;

const STATES: readonly BulkState[] = [
  ...(['planned', 'canary', 'running', 'paused', 'done'] as const),
  ...(['aborted', 'failed', 'undoing', 'undone'] as const),
];

test.each<[Command, Partial<Record<BulkState, BulkState>>]>([
  ['pause', { planned: 'paused', canary: 'paused', running: 'paused' }],
  ['resume', { paused: 'running' }],
  ['abort', { planned: 'aborted', canary: 'aborted', running: 'aborted', paused: 'aborted' }],
  ['undo', { paused: 'undoing', done: 'undoing', aborted: 'undoing', failed: 'undoing' }],
])('%s leads where it may, and is refused elsewhere', (command, allowed) => {
  for (const state of STATES) {
    const to = allowed[state];
    const ask = (): BulkState => commanded(action({ state }), command);
    if (to) expect(ask()).toBe(to);
    else expect(ask).toThrow(`is ${state}: ${command} is possible while`);
  }
});

test('a pause goes on where it was', () => {
  expect(commanded(action({ state: 'paused', pausedIn: 'canary' }), 'resume')).toBe('canary');
});

test('only a replay can be undone', () => {
  const ask = (): BulkState => commanded(action({ kind: 'discard', state: 'done' }), 'undo');
  expect(ask).toThrow('only a replay');
});

test.each([
  [{ well: 10, died: 0, open: 0 }, 0, false, 'go'],
  [{ well: 9, died: 0, open: 1 }, 0, false, 'wait'],
  [
    { well: 9, died: 0, open: 1 },
    0,
    true,
    { reason: '1 of the first 10 jobs had not ended in time' },
  ],
  [{ well: 0, died: 1, open: 9 }, 0, false, { reason: '1 of the first 10 jobs died again' }],
  [{ well: 8, died: 2, open: 0 }, 0.2, false, 'go'],
  [{ well: 7, died: 3, open: 0 }, 0.2, false, { reason: '3 of the first 10 jobs died again' }],
  [{ well: 0, died: 0, open: 0 }, 0, false, 'go'],
])(
  'a canary of %j, of which %d may die, with time up: %s',
  (seen, tolerated, isTimeUp, verdict) => {
    expect(judgeCanary({ count: 10, waitMs: 1, tolerated }, seen, isTimeUp)).toEqual(verdict);
  },
);

test('wishes have defaults and bounds', () => {
  expect(toHow({ canary: { count: 10 } }, null)).toEqual({
    canary: { count: 10, waitMs: 300_000, tolerated: 0 },
    ...{ patch: null, perSecond: null, withJobs: false },
  });
  const wrong = [
    { perSecond: Number.NaN },
    { perSecond: -1 },
    { perSecond: 1e9 },
    { canary: { count: 1.5 } },
    { canary: { count: 10_000 } },
    { canary: { count: 1, waitMs: 1e12 } },
    { canary: { count: 1, tolerated: 1 } },
  ];
  for (const wishes of wrong) expect(() => toHow(wishes, null)).toThrow(/must be|must/);
});

test('an action is read as it was written', () => {
  const how = toHow({ canary: { count: 5 }, perSecond: 20 }, [{ op: 'remove', path: '/a' }]);
  const selection = { queue: 'q', filter: 'name:x', frozenAt: 1_000 };
  const written = toHash({ kind: 'replay', selection, actor: 'ann', total: 7, ...how });
  const hash = Object.fromEntries(Object.entries(written).map(([k, v]) => [k, String(v)]));
  expect(parseBulkAction('b1', hash)).toMatchObject({
    ...{ id: 'b1', kind: 'replay', selection, actor: 'ann', total: 7, state: 'planned', ...how },
    ...{ done: 0, skipped: {}, place: '', startedAt: null },
  });
});

test('what is missing or of another version is read as nothing, and not acted on', () => {
  expect(parseBulkAction('b1', {})).toBeUndefined();
  const odd = action({ state: 'dreaming', patch: '{', errors: 'x', done: 'many' });
  expect(odd).toMatchObject({ state: 'failed', patch: null, errors: [], done: 0 });
});
