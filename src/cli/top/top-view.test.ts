import { describe, expect, test } from 'vitest';
import type { OverviewRow, OverviewView } from '../../operations/live/live-views.ts';
import { widthOf } from '../table.ts';
import { difference, keysOf } from './screen.ts';
import { BEFORE, type Deed, press, rowsOf, selectedOf, type TopState } from './top-state.ts';
import { viewOf } from './top-view.ts';

const row = (queue: string, waiting: number, more: Partial<OverviewRow> = {}): OverviewRow =>
  ({
    ...{ queue, counts: { waiting, failed: 1 }, isPaused: false, oldestWaitingMs: waiting * 1_000 },
    ...{ workers: 1, slots: 4, active: 2, throughputPerMinute: 60, errorRatio: 0.01 },
    ...{ health: 'healthy', ...more },
  }) as OverviewRow;

const overview = (queues: readonly OverviewRow[]): OverviewView =>
  ({
    ...{ redis: 'healthy', takenAt: 1_764_000_000_000, ageMs: 0, totals: { waiting: 9 } },
    ...{ processes: 2, queues, uncounted: [], oldestRowAt: 1_000, isComplete: true, problem: null },
  }) as OverviewView;

const some: TopState = {
  ...BEFORE,
  overview: overview([
    row('mails', 5),
    row('thumbnails', 90, { health: 'stuck' }),
    row('日本語のキュー', 2, { isPaused: true }),
    row('evil\x1b[2J\nname', 1),
    ...Array.from({ length: 60 }, (_, i) => row(`queue-${String(i).padStart(2, '0')}`, i)),
  ]),
  pools: [{ queue: 'mails', current: 2, target: 5 }] as unknown as TopState['pools'],
};

const pressed = (state: TopState, ...keys: string[]): { state: TopState; deeds: Deed[] } => {
  const deeds: Deed[] = [];
  let now = state;
  for (const key of keys) {
    const { state: next, deed } = press(now, key);
    if (deed) deeds.push(deed);
    now = next;
  }
  return { state: now, deeds };
};

describe.each([
  [40, 10],
  [80, 24],
  [200, 60],
  [10, 3],
  [1, 1],
])('on a screen of %i × %i', (columns, rows) => {
  const states: [string, TopState][] = [
    ['rows', some],
    ['before the first look', BEFORE],
    ['Redis away', { ...some, problem: 'connect ECONNREFUSED' }],
    ['help', { ...some, mode: 'help' }],
    ['filter', { ...some, mode: 'filter', typed: 'm'.repeat(300) }],
    ['name', pressed(some, 'E').state],
    ['no queues', { ...BEFORE, overview: overview([]) }],
  ];
  test.each(states)('%s: fills it, and no line is wider', (_, state) => {
    const lines = viewOf(state, { columns, rows });
    expect(lines).toHaveLength(rows);
    expect(lines.map(({ text }) => widthOf(text)).filter((width) => width !== columns)).toEqual([]);
    expect(lines.map(({ text }) => text).join('')).not.toMatch(/\p{Cc}/u);
  });
});

test('what matters is there at 80 × 24: oldest wait, throughput, slots on their way', () => {
  const text = viewOf(some, { columns: 80, rows: 24 })
    .map((line) => line.text)
    .join('\n');
  expect(text).toContain('Oldest wait: 1m 30s in thumbnails');
  expect(text).toContain(`${64 * 60}/min`);
  expect(text).toMatch(/mails .* 2>5/);
  expect(text).toContain('E empty');
});

test('what nobody knows is no 0', () => {
  const unknown = overview([row('mails', 1, { throughputPerMinute: null })]);
  const [first] = viewOf({ ...BEFORE, overview: unknown }, { columns: 100, rows: 5 });
  expect(first!.text).toContain('-/min');
});

test('a Redis that was never seen is not taken for one in which nothing waits', () => {
  const never = { ...overview([]), redis: 'unhealthy', takenAt: null } as OverviewView;
  const text = viewOf({ ...BEFORE, overview: never }, { columns: 80, rows: 5 })
    .map((line) => line.text)
    .join('\n');
  expect(text).toContain('No answer yet: Redis cannot be reached');
  expect(text).not.toMatch(/Nothing waits|No queues/);
});

test('the selected row is on the screen, wherever it is', () => {
  const { state } = pressed(some, ...Array<string>(40).fill('j'));
  const lines = viewOf(state, { columns: 80, rows: 10 });
  const [selected] = lines.filter(({ look }) => look === 'selected');
  expect(selected!.text.trimStart()).toMatch(new RegExp(`^${selectedOf(state)!.queue}`));
});

test('a Redis that was never reached is not said to have no queues', () => {
  const never = { ...overview([]), redis: 'unhealthy' as const, takenAt: null, ageMs: null };
  const state = { ...BEFORE, overview: never, problem: 'connect ECONNREFUSED' };
  const lines = viewOf(state, { columns: 80, rows: 24 }).map(({ text }) => text.trimEnd());
  expect(lines[0]).toBe('No answer yet: connect ECONNREFUSED');
  expect(lines).not.toContain('No queues.');
});

test('keys move, sort and filter', () => {
  const names = (state: TopState): string[] => rowsOf(state).map(({ queue }) => queue);
  expect(names(pressed(some, 'l').state)[0]).toBe('thumbnails');
  expect(names(pressed(some, 'l', 'h').state)[0]).toBe(names(some)[0]);
  const filtered = pressed(some, '/', 'T', 'h', 'u', 'x', 'backspace', 'enter').state;
  expect([names(filtered), filtered.mode]).toEqual([['thumbnails'], 'rows']);
  expect(names(pressed(filtered, 'escape').state)).toHaveLength(64);
  expect(pressed(some, '/', 'q', 'j').state.filter).toBe('qj');
  expect(names(pressed(some, '/', 'q', 'j', 'escape').state)).toHaveLength(64);
});

test('nothing changes without a yes, and nothing goes without its name', () => {
  const mails = pressed(some, '/', 'm', 'a', 'i', 'l', 's', 'enter').state;
  expect(pressed(mails, 'p').deeds).toEqual([]);
  expect(pressed(mails, 'p', 'n').deeds).toEqual([]);
  expect(pressed(mails, 'p', 'y').deeds).toEqual([{ kind: 'pause', queue: 'mails' }]);
  expect(pressed(mails, 'r', 'Y').deeds).toEqual([{ kind: 'resume', queue: 'mails' }]);
  expect(pressed(mails, 'e', 'y', 'enter').deeds).toEqual([]);
  expect(pressed(mails, 'E', 'y', 'enter').deeds).toEqual([]);
  expect(pressed(mails, 'E', 'm', 'a', 'i', 'l', 'enter').deeds).toEqual([]);
  expect(pressed(mails, 'E', 'm', 'a', 'i', 'l', 's', 'escape').deeds).toEqual([]);
  expect(pressed(mails, 'E', ...'mails', 'enter').deeds).toEqual([
    { kind: 'empty', queue: 'mails', confirm: 'mails' },
  ]);
});

test('a row that shifts under the hand is not the one that was meant', () => {
  const asked = pressed(some, 'j', 'p').state;
  const meant = asked.pending!.queue;
  const shifted = { ...asked, overview: overview([row('aaa', 1), ...some.overview!.queues]) };
  expect(pressed(shifted, 'y').deeds).toEqual([{ kind: 'pause', queue: meant }]);
});

test('only lines that differ are written', () => {
  expect(difference(['a', 'b', 'c'], ['a', 'B', 'c'])).toBe('\x1b[2;1HB\x1b[0m\x1b[K');
  expect(difference(['a'], ['a'])).toBe('');
  expect(difference(['a', 'b'], ['a'])).toBe('\x1b[2;1H\x1b[J');
});

test('bytes of a terminal are keys; sequences that nobody knows are none', () => {
  expect(keysOf('j\x1b[A\x1bOB\r\x7f\x03')).toEqual([
    'j',
    'up',
    'down',
    'enter',
    'backspace',
    'ctrl-c',
  ]);
  expect(keysOf('\x1b[15;5~E')).toEqual(['E']);
  expect(keysOf('\x1b')).toEqual(['escape']);
  expect(keysOf('日')).toEqual(['日']);
});

test('queues that cannot be counted are told of', () => {
  const some = { ...overview([row('mails', 1)]), uncounted: ['broken'] };
  const [first] = viewOf({ ...BEFORE, overview: some }, { columns: 100, rows: 5 });
  expect(first!.text).toContain('1 queue  1 cannot be counted');
});
