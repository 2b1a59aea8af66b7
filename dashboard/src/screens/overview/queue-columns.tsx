/**
 * The columns of the table of queues.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { HealthBadge } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Age } from '../../ui/moment.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import type { Words } from '../../words/en/index.ts';
import { type Formats, UNKNOWN } from '../../words/formats.ts';
import { waitingOf } from './arrange.ts';

/** All columns, from left to right. */
export function queueColumns(words: Words, formats: Formats): readonly Column<OverviewRow>[] {
  const { number, rate, share, brief } = formats;
  const heads = words.overview.columns;
  const figure = (
    id: keyof typeof heads,
    cell: Column<OverviewRow>['cell'],
    rest: Partial<Column<OverviewRow>> = {},
  ): Column<OverviewRow> => ({
    ...{ id, head: heads[id], cell, isNumber: true, isSortable: true, isWideOnly: true },
    ...rest,
  });
  return [
    {
      ...{ id: 'queue', head: heads.queue, isSortable: true },
      cell: (row) => <Name row={row} words={words} />,
    },
    {
      ...{ id: 'health', head: heads.health, isSortable: true, width: '126px' },
      cell: ({ health, reasons }) => <HealthBadge health={health} hint={reasons[0]} />,
    },
    figure('waiting', (row) => number(waitingOf(row)), { width: '72px', isWideOnly: false }),
    figure(
      'active',
      ({ active, slots }) => `${number(active)}${slots === null ? '' : ` / ${slots}`}`,
      {
        width: '76px',
      },
    ),
    figure('throughput', ({ throughputPerMinute }) => rate(throughputPerMinute), { width: '70px' }),
    {
      ...{ id: 'trend', head: heads.trend, isWideOnly: true, width: '100px' },
      cell: ({ trend }) =>
        trend.some((value) => value !== null) ? (
          <Sparkline values={trend} words={words.overview.trend(sum(trend))} />
        ) : (
          UNKNOWN
        ),
    },
    figure('errors', ({ errorRatio }) => share(errorRatio), { width: '66px' }),
    figure('wait', (row) => <Wait {...{ row, brief, words }} />, { width: '118px' }),
    figure('oldest', ({ oldestWaitingAt }) => <Age since={oldestWaitingAt} isBrief />, {
      width: '74px',
    }),
    figure('deadLetters', (row) => <Letters {...{ row, number }} />, { width: '54px' }),
    figure('pool', ({ pool }) => poolIn(pool), { width: '60px' }),
  ];
}

function Name({ row, words }: { readonly row: OverviewRow; readonly words: Words }): JSX.Element {
  return (
    <>
      <Link href={to.queue(row.queue)} title={row.queue}>
        {row.queue}
      </Link>
      {row.isPaused && (
        <span class="muted small" title={row.pausedFor ?? undefined}>
          {' '}
          {words.overview.isPaused}
        </span>
      )}
    </>
  );
}

/** With the objective, when there is one: red beyond it, and said so. */
function Wait(props: {
  readonly row: OverviewRow;
  readonly brief: Formats['brief'];
  readonly words: Words;
}): JSX.Element {
  const { waitP95Ms: wait, waitObjectiveMs: objective } = props.row;
  const { brief } = props;
  if (objective === null) return <>{brief(wait)}</>;
  const isBeyond = wait !== null && wait > objective;
  return (
    <span
      style={isBeyond ? { color: 'var(--bad)', fontWeight: 650 } : undefined}
      title={props.words.overview.objective(brief(objective), isBeyond)}
    >
      {brief(wait)} <span class="muted small">/ {brief(objective)}</span>
    </span>
  );
}

function Letters(props: {
  readonly row: OverviewRow;
  readonly number: Formats['number'];
}): JSX.Element {
  const { queue, deadLetters } = props.row;
  if (!deadLetters) return <>{props.number(deadLetters)}</>;
  return <Link href={to.deadLetters(queue)}>{props.number(deadLetters)}</Link>;
}

function poolIn(pool: OverviewRow['pool']): string {
  if (!pool) return UNKNOWN;
  return pool.target !== null && pool.target !== pool.current
    ? `${pool.current ?? UNKNOWN} → ${pool.target}`
    : `${pool.current ?? UNKNOWN}`;
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
