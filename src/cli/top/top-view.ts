/**
 * The live view as lines: one for each row of the screen, none wider than it. Pure.
 */
import { formatDuration, formatTime } from '../../base/units.ts';
import type { OverviewRow } from '../../operations/live/live-views.ts';
import { toCell, UNKNOWN } from '../cells.ts';
import type { Format } from '../command.ts';
import { printable } from '../printable.ts';
import { cut, pad } from '../table.ts';
import { rowsOf, type Sort, selectedOf, type TopState } from './top-state.ts';

/** How many columns and rows the screen has. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A line, and how it stands out. */
export interface Line {
  readonly text: string;
  readonly look: 'plain' | 'head' | 'selected' | 'alarm' | 'dim';
}

interface Shown {
  readonly title: string;
  readonly width: number;
  readonly sort: Sort | null;
  readonly of: (row: OverviewRow, state: TopState) => string;
}

const cell = (value: unknown, format: Format): string => toCell(value, format);

/** The first is as wide as there is room; those that do not fit are left out, from the last on. */
const COLUMNS: readonly Shown[] = [
  {
    ...{ title: 'WAIT', width: 8, sort: 'waiting' },
    of: ({ counts }) =>
      cell(
        counts.waiting === undefined ? null : counts.waiting + (counts.prioritized ?? 0),
        'number',
      ),
  },
  { title: 'RUN', width: 6, sort: 'active', of: ({ active }) => cell(active, 'number') },
  {
    title: 'OLDEST',
    width: 8,
    sort: 'oldest',
    of: ({ oldestWaitingMs }) => cell(oldestWaitingMs, 'duration'),
  },
  { title: 'FAILED', width: 8, sort: 'failed', of: ({ counts }) => cell(counts.failed, 'number') },
  {
    ...{ title: 'PER MIN', width: 8, sort: 'throughput' },
    of: ({ throughputPerMinute }) => cell(throughputPerMinute, 'number'),
  },
  { title: 'SLOTS', width: 9, sort: null, of: slotsOf },
  { title: 'HEALTH', width: 10, sort: null, of: healthOf },
  { title: 'ERRORS', width: 7, sort: null, of: ({ errorRatio }) => cell(errorRatio, 'ratio') },
  { title: 'WORKERS', width: 7, sort: null, of: ({ workers }) => cell(workers, 'number') },
  { title: 'DELAYED', width: 8, sort: null, of: ({ counts }) => cell(counts.delayed, 'number') },
];
const LEAST_NAME = 12;
const MOST_NAME = 60;

/** The whole screen. */
export function viewOf(state: TopState, size: Size): readonly Line[] {
  const { rows } = size;
  const body = state.mode === 'help' ? helpLines() : tableLines(state, size);
  const top = headLines(state);
  const bottom: Line = { text: footOf(state), look: state.mode === 'rows' ? 'dim' : 'alarm' };
  const room = Math.max(0, rows - top.length - 1);
  const filled = [
    ...body.slice(0, room),
    ...Array<Line>(Math.max(0, room - body.length)).fill(EMPTY),
  ];
  return [...top, ...filled, bottom]
    .slice(0, rows)
    .map(({ text, look }) => ({ text: pad(cut(text, size.columns), size.columns), look }));
}

const EMPTY: Line = { text: '', look: 'plain' };

function headLines({ overview, problem, isReadOnly }: TopState): Line[] {
  if (!overview || (overview.takenAt === null && (problem || overview.redis === 'unhealthy'))) {
    const why = problem ?? (overview ? 'Redis cannot be reached' : null);
    return [{ text: why ? `No answer yet: ${printable(why)}` : 'Looking …', look: 'head' }, EMPTY];
  }
  const { totals, processes, redis, takenAt, queues } = overview;
  const sum = (of: (row: OverviewRow) => number | null): number | null => {
    const known = queues.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const first = [
    `Redis ${redis}`,
    `${queues.length} ${queues.length === 1 ? 'queue' : 'queues'}`,
    ...(overview.uncounted.length > 0 ? [`${overview.uncounted.length} cannot be counted`] : []),
    `${cell(processes, 'number')} processes`,
    `${cell(totals.waiting, 'number')} waiting`,
    `${cell(
      sum(({ active }) => active),
      'number',
    )} running`,
    `${cell(
      sum(({ throughputPerMinute }) => throughputPerMinute),
      'number',
    )}/min`,
    ...(isReadOnly ? ['read-only'] : []),
  ].join('  ');
  const isBad = problem !== null || redis === 'unhealthy';
  const since = (takenAt && formatTime(takenAt)) || 'never';
  return [
    { text: first, look: isBad ? 'alarm' : 'head' },
    problem
      ? { text: `As last known, ${since}: ${printable(problem)}`, look: 'alarm' }
      : { text: oldestOf(overview.queues), look: 'plain' },
  ];
}

function oldestOf(rows: readonly OverviewRow[]): string {
  const [oldest] = rows
    .filter(({ oldestWaitingMs }) => oldestWaitingMs !== null)
    .toSorted((a, b) => b.oldestWaitingMs! - a.oldestWaitingMs!);
  if (!oldest) return 'Nothing waits.';
  const since = formatDuration(oldest.oldestWaitingMs!);
  return `Oldest wait: ${since} in ${printable(oldest.queue)}`;
}

function tableLines(state: TopState, { columns, rows }: Size): Line[] {
  const shown = [...COLUMNS];
  const taken = (): number => shown.reduce((sum, { width }) => sum + width + 1, 0);
  while (shown.length > 2 && columns - taken() < LEAST_NAME) shown.pop();
  const name = Math.min(MOST_NAME, Math.max(6, columns - taken()));
  const mark = (title: string, sort: Sort | null): string =>
    sort === state.sort ? `${title}*` : title;
  const line = (first: string, of: (each: Shown) => string): string =>
    [
      pad(cut(first, name), name),
      ...shown.map((each) => pad(cut(of(each), each.width), each.width, true)),
    ].join(' ');
  const all = rowsOf(state);
  const room = Math.max(1, rows - 4);
  const selected = selectedOf(state);
  const at = selected ? all.indexOf(selected) : 0;
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), all.length - room));
  return [
    { text: line(mark('QUEUE', 'queue'), ({ title, sort }) => mark(title, sort)), look: 'head' },
    ...all.slice(from, from + room).map(
      (row): Line => ({
        text: line(`${row.isPaused ? '‖ ' : ''}${printable(row.queue)}`, ({ of }) =>
          of(row, state),
        ),
        look: row === selected ? 'selected' : isBad(row) ? 'alarm' : 'plain',
      }),
    ),
    ...(all.length === 0 ? [{ text: emptyWord(state), look: 'dim' } as const] : []),
  ];
}

function emptyWord({ overview, filter }: TopState): string {
  if (!overview || overview.takenAt === null) return '';
  return filter ? `No queue is named like "${printable(filter)}".` : 'No queues.';
}

function isBad({ health }: OverviewRow): boolean {
  return health === 'unhealthy' || health === 'stuck' || health === 'no-workers';
}

function healthOf({ health, isPaused }: OverviewRow): string {
  return isPaused ? 'paused' : health === null ? UNKNOWN : printable(health);
}

/** Slots, and the wanted ones while they differ. */
function slotsOf({ queue, slots }: OverviewRow, { pools }: TopState): string {
  const pool = pools.find((each) => each.queue === queue);
  if (!pool) return cell(slots, 'number');
  const { current, target } = pool;
  return current === target || target === null
    ? cell(current, 'number')
    : `${cell(current, 'number')}>${target}`;
}

function footOf({ mode, typed, pending, message, filter }: TopState): string {
  const queue = pending ? printable(pending.queue) : '';
  if (mode === 'filter') return `/${printable(typed)}`;
  if (mode === 'confirm') return `${pending?.kind} ${queue}? y: yes, any other key: no`;
  if (mode === 'name')
    return `EMPTY ${queue}: its waiting jobs are deleted. Type its name: ${printable(typed)}`;
  if (message) return printable(message);
  const filtered = filter ? `filter: ${printable(filter)} (Esc takes it off)  ` : '';
  return `${filtered}q quit  ? help  / filter  s sort  p pause  r resume  E empty`;
}

function helpLines(): Line[] {
  return [
    'j k, down up      the next row, the row before',
    'h l, left right   sort by another column; s too',
    '/                 filter by name; Esc takes it off',
    'p                 pause the selected queue',
    'r                 resume the selected queue',
    'E                 delete what waits in it; asks for its name',
    'q, Ctrl-C         end',
    '',
    'Any key: back.',
  ].map((text) => ({ text, look: 'plain' }));
}
