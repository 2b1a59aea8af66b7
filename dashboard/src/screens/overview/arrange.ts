/**
 * Which queues are shown, in which order and under which headings. Pure.
 */
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { type Tone, toneOfHealth } from '../../ui/badge.tsx';
import type { Sorting } from '../../ui/data-table.tsx';

/** What the address asks for. */
export interface Arrangement {
  /** Part of a name. */
  readonly text: string;
  /** Only queues of this health; null: all. */
  readonly health: string | null;
  readonly group: 'none' | 'health' | 'prefix';
  readonly sorting: Sorting;
}

/** Queues under one heading; null: there are no headings. */
export interface QueueGroup {
  readonly name: string | null;
  readonly rows: readonly OverviewRow[];
}

/** Worst first. */
const SEVERITY: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, quiet: 2, good: 3 };

type Value = (row: OverviewRow) => number | string | null;

/** What a column is sorted by: most, or worst, is greatest. What is not known comes last. */
const VALUES: Readonly<Record<string, Value>> = {
  queue: ({ queue }) => queue,
  health: (row) => -severityOf(row),
  waiting: waitingOf,
  active: ({ active }) => active,
  failed: ({ counts }) => counts.failed ?? 0,
  throughput: ({ throughputPerMinute }) => throughputPerMinute,
  errors: ({ errorRatio }) => errorRatio,
  wait: ({ waitP95Ms }) => waitP95Ms,
  // The oldest waits since the smallest moment.
  oldest: ({ oldestWaitingAt }) => (oldestWaitingAt === null ? null : -oldestWaitingAt),
  deadLetters: ({ deadLetters }) => deadLetters,
  pool: ({ pool }) => pool?.current ?? null,
};

/** How bad a queue is: 0 is worst. */
export function severityOf({ health }: Pick<OverviewRow, 'health'>): number {
  return SEVERITY[toneOfHealth(health)];
}

/** Jobs that could run now. */
export function waitingOf({ counts }: OverviewRow): number {
  return (counts.waiting ?? 0) + (counts.prioritized ?? 0);
}

/** The queues in order, under their headings. Where none is shown there is one group, without any. */
export function arrange(rows: readonly OverviewRow[], wishes: Arrangement): readonly QueueGroup[] {
  const { text, health, group, sorting } = wishes;
  const sought = text.trim().toLowerCase();
  const shown = rows.filter(
    (row) =>
      row.queue.toLowerCase().includes(sought) &&
      (health === null || (row.health ?? 'unknown') === health),
  );
  const sorted = shown.sort(compareBy(sorting));
  if (group === 'none' || sorted.length === 0) return [{ name: null, rows: sorted }];
  const groups = new Map<string, OverviewRow[]>();
  for (const row of sorted) {
    const name = group === 'health' ? (row.health ?? 'unknown') : prefixOf(row.queue);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, members]) => ({ name, rows: members }));
}

/** `mails-eu` and `mails-us` belong together, as do `shop:mails` and `shop:orders`. */
function prefixOf(queue: string): string {
  return /^[^:._-]+/.exec(queue)?.[0] ?? queue;
}

/** By code units: what a language's own order takes to load is felt at the first sight of the page. */
export function byName(a: OverviewRow, b: OverviewRow): number {
  return a.queue === b.queue ? 0 : a.queue < b.queue ? -1 : 1;
}

function compareBy({ column, isDescending }: Sorting): (a: OverviewRow, b: OverviewRow) => number {
  const value = VALUES[column] ?? VALUES.health!;
  const turn = isDescending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return byName(a, b);
    if (left === null || right === null) return left === null ? 1 : -1;
    return turn * (left < right ? -1 : 1);
  };
}
