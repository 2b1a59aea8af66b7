/**
 * What the live view knows and which row is meant, and what keys make of it. Pure.
 *
 * Keys that destroy are upper-case; whatever changes something is confirmed on a line of its own first.
 */

import type { PoolView } from '../../operations/fleet/pool-views.ts';
import type { OverviewRow, OverviewView } from '../../operations/live/live-views.ts';

/** By what rows are sorted, in the order of the columns. */
export const SORTS = ['queue', 'waiting', 'active', 'failed', 'oldest', 'throughput'] as const;
/** One of them. */
export type Sort = (typeof SORTS)[number];

/** Something that a key wants done. */
export type Deed =
  | { readonly kind: 'pause' | 'resume'; readonly queue: string }
  | { readonly kind: 'empty'; readonly queue: string; readonly confirm: string };

/** Everything that the screen is made of. */
export interface TopState {
  readonly overview: OverviewView | null;
  readonly pools: readonly PoolView[];
  /** Why the last look failed; null: it did not. */
  readonly problem: string | null;
  readonly selected: string | null;
  readonly filter: string;
  readonly sort: Sort;
  readonly mode: 'rows' | 'filter' | 'confirm' | 'name' | 'help';
  /** What is typed in the modes that take a text. */
  readonly typed: string;
  /** What is to be confirmed. */
  readonly pending: { readonly kind: Deed['kind']; readonly queue: string } | null;
  readonly message: string;
  readonly isReadOnly: boolean;
}

/** Before the first look. */
export const BEFORE: TopState = {
  ...{ overview: null, pools: [], problem: null, selected: null, filter: '', sort: 'queue' },
  ...{ mode: 'rows', typed: '', pending: null, message: '', isReadOnly: false },
};

/** After a key: the state, and what is to be done. */
export interface Pressed {
  readonly state: TopState;
  readonly deed?: Deed;
  readonly ends?: true;
}

/** The rows that are shown, in their order. */
export function rowsOf({ overview, filter, sort }: TopState): readonly OverviewRow[] {
  const rows = overview?.queues ?? [];
  const wanted = filter.toLowerCase();
  return rows
    .filter(({ queue }) => queue.toLowerCase().includes(wanted))
    .toSorted((a, b) => by(b, sort) - by(a, sort) || (a.queue < b.queue ? -1 : 1));
}

function by(row: OverviewRow, sort: Sort): number {
  const { counts } = row;
  if (sort === 'waiting') return (counts.waiting ?? 0) + (counts.prioritized ?? 0);
  if (sort === 'active') return row.active;
  if (sort === 'failed') return counts.failed ?? 0;
  if (sort === 'oldest') return row.oldestWaitingMs ?? -1;
  return sort === 'throughput' ? (row.throughputPerMinute ?? -1) : 0;
}

/** The row that is meant: the selected one, or the first. */
export function selectedOf(state: TopState): OverviewRow | undefined {
  const rows = rowsOf(state);
  return rows.find(({ queue }) => queue === state.selected) ?? rows[0];
}

/** What a key does. Keys are named: `j`, `up`, `enter`, `escape`, `backspace`. */
export function press(state: TopState, key: string): Pressed {
  if (key === 'ctrl-c') return { state, ends: true };
  if (state.mode === 'filter') return pressInFilter(state, key);
  if (state.mode === 'confirm') return pressInConfirm(state, key);
  if (state.mode === 'name') return pressInName(state, key);
  if (state.mode === 'help') return { state: { ...state, mode: 'rows' } };
  return pressInRows({ ...state, message: '' }, key);
}

function pressInRows(state: TopState, key: string): Pressed {
  const queue = selectedOf(state)?.queue;
  switch (key) {
    case 'q':
      return { state, ends: true };
    case 'j':
    case 'down':
      return { state: moved(state, 1) };
    case 'k':
    case 'up':
      return { state: moved(state, -1) };
    case 'l':
    case 'right':
    case 's':
      return { state: sorted(state, 1) };
    case 'h':
    case 'left':
      return { state: sorted(state, -1) };
    case '/':
      return { state: { ...state, mode: 'filter', typed: state.filter } };
    case '?':
      return { state: { ...state, mode: 'help' } };
    case 'escape':
      return { state: { ...state, filter: '' } };
    case 'p':
      return { state: asking(state, 'pause', queue) };
    case 'r':
      return { state: asking(state, 'resume', queue) };
    case 'E':
      return { state: asking(state, 'empty', queue) };
    default:
      return { state };
  }
}

function moved(state: TopState, by: number): TopState {
  const rows = rowsOf(state);
  const at = rows.findIndex(({ queue }) => queue === selectedOf(state)?.queue);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  return { ...state, selected: next?.queue ?? null };
}

function sorted(state: TopState, by: number): TopState {
  const at = SORTS.indexOf(state.sort);
  return { ...state, sort: SORTS[(at + by + SORTS.length) % SORTS.length]! };
}

function asking(state: TopState, kind: Deed['kind'], queue: string | undefined): TopState {
  if (queue === undefined) return state;
  const mode = kind === 'empty' ? 'name' : 'confirm';
  return { ...state, mode, typed: '', pending: { kind, queue }, selected: queue };
}

function pressInFilter(state: TopState, key: string): Pressed {
  if (key === 'escape') return { state: { ...state, mode: 'rows', typed: '', filter: '' } };
  if (key === 'enter') return { state: { ...state, mode: 'rows', filter: state.typed, typed: '' } };
  const typed = edited(state.typed, key);
  return { state: { ...state, typed, filter: typed } };
}

function pressInConfirm(state: TopState, key: string): Pressed {
  const { pending } = state;
  const back: TopState = { ...state, mode: 'rows', pending: null };
  if (key.toLowerCase() !== 'y' || !pending || pending.kind === 'empty')
    return { state: { ...back, message: 'Nothing was done.' } };
  return { state: back, deed: { kind: pending.kind, queue: pending.queue } };
}

function pressInName(state: TopState, key: string): Pressed {
  const { pending, typed } = state;
  const back: TopState = { ...state, mode: 'rows', pending: null, typed: '' };
  if (key === 'escape' || !pending) return { state: { ...back, message: 'Nothing was done.' } };
  if (key !== 'enter') return { state: { ...state, typed: edited(typed, key) } };
  if (typed !== pending.queue)
    return { state: { ...back, message: 'That is not its name: nothing was done.' } };
  return { state: back, deed: { kind: 'empty', queue: pending.queue, confirm: typed } };
}

function edited(text: string, key: string): string {
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  return [...key].length === 1 ? text + key : text;
}
