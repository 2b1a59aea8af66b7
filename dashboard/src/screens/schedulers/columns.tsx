/**
 * The columns of the schedulers.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { SchedulerRow } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Ago, Time } from '../../ui/moment.tsx';
import type { Words } from '../../words/en/index.ts';
import { type Formats, UNKNOWN } from '../../words/formats.ts';
import { RunNow } from './run-now.tsx';
import { Schedule } from './schedule.tsx';

interface Making {
  readonly words: Words['schedulers'];
  readonly formats: Formats;
  readonly withQueue: boolean;
  /** Whether any of them ends: most never do. */
  readonly withEnds: boolean;
}

/** The columns. */
export function toColumns(making: Making): Column<SchedulerRow>[] {
  const { words, formats, withQueue, withEnds } = making;
  const { columns } = words;
  const queue: Column<SchedulerRow> = {
    ...{ id: 'queue', head: columns.queue, width: '130px', isWideOnly: true },
    cell: (row) => <Link href={to.queue(row.queue)}>{row.queue}</Link>,
  };
  const ends: Column<SchedulerRow> = {
    ...{ id: 'ends', head: columns.ends, width: '130px', isWideOnly: true },
    cell: ({ endsAt }) => (endsAt === null ? UNKNOWN : <Time at={endsAt} />),
  };
  return [
    {
      ...{ id: 'id', head: columns.id },
      cell: (row) => <Name row={row} />,
    },
    ...(withQueue ? [queue] : []),
    {
      ...{ id: 'job', head: columns.job, width: '120px', isWideOnly: true },
      cell: ({ jobName }) => jobName ?? <span class="muted">{words.older}</span>,
    },
    {
      ...{ id: 'schedule', head: columns.schedule, isWideOnly: true },
      cell: (row) => <Schedule row={row} />,
    },
    {
      ...{ id: 'next', head: columns.next, width: '128px' },
      cell: ({ nextAt }) => <Ago at={nextAt} />,
    },
    {
      ...{ id: 'runs', head: columns.runs, width: '84px', isNumber: true, isWideOnly: true },
      cell: ({ iterations, limit }) =>
        limit === null
          ? formats.number(iterations)
          : words.of(formats.number(iterations), formats.number(limit)),
    },
    ...(withEnds ? [ends] : []),
    {
      ...{ id: 'act', head: columns.act, width: '104px', isWideOnly: true },
      cell: (row) => <RunNow row={row} />,
    },
  ];
}

/** A phone shows queue and schedule below the id. */
function Name({ row }: { readonly row: SchedulerRow }): JSX.Element {
  const { queue, id } = row;
  return (
    <span class="scheduler-cell">
      <Link class="clip" href={to.scheduler(queue, id)} title={id}>
        {id}
      </Link>
      <span class="narrow-only clip muted small">
        {queue} · <Schedule row={row} />
      </span>
    </span>
  );
}
