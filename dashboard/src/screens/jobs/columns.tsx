/**
 * The columns of the table, and which of them fit a state.
 */
import type { JSX } from 'preact';
import { Link } from 'wouter-preact';
import type { JobState } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/moment.tsx';
import type { Words } from '../../words/en/index.ts';
import { type Formats, UNKNOWN } from '../../words/formats.ts';
import type { ShownJob } from './shown-jobs.ts';

type JobWords = Words['jobs'];
/** Id of a column; `id` is always there. */
export type ColumnId = keyof JobWords['columns'];

/** What can be chosen, in the order in which it is shown. */
export const CHOOSABLE: readonly ColumnId[] = [
  ...(['name', 'reason', 'runsAt', 'added', 'started', 'finished', 'waited', 'ran'] as const),
  ...(['attempts', 'priority', 'size', 'scheduler', 'parent'] as const),
];

/** The column of the time by which a state is in order; none: it is by something else. */
export const TIME_OF: Readonly<Record<JobState, ColumnId | null>> = {
  ...{ waiting: 'added', paused: 'added', prioritized: null, delayed: 'runsAt' },
  ...{ active: 'started', completed: 'finished', failed: 'finished', 'waiting-children': 'added' },
};

const FITTING: Readonly<Record<JobState, readonly ColumnId[]>> = {
  waiting: ['name', 'added', 'attempts', 'size'],
  paused: ['name', 'added', 'attempts', 'size'],
  prioritized: ['name', 'priority', 'added', 'attempts', 'size'],
  delayed: ['name', 'reason', 'runsAt', 'added', 'attempts'],
  active: ['name', 'started', 'waited', 'attempts', 'size'],
  completed: ['name', 'finished', 'ran', 'attempts', 'size'],
  failed: ['name', 'reason', 'finished', 'attempts'],
  'waiting-children': ['name', 'added', 'parent', 'size'],
};

/** Which columns are shown. */
export function columnsOf(state: JobState, chosen: readonly string[] | null): ColumnId[] {
  const wanted = chosen ?? FITTING[state];
  return CHOOSABLE.filter((id) => wanted.includes(id));
}

interface Making {
  readonly words: JobWords;
  readonly formats: Formats;
  readonly state: JobState;
}

/** The columns themselves. */
export function toColumns(ids: readonly ColumnId[], making: Making): Column<ShownJob>[] {
  const { words, state } = making;
  const time = TIME_OF[state];
  return (['id', ...ids] as const).map((id) => ({
    ...{ id, head: words.columns[id], ...LOOKS[id], isSortable: id === time },
    // A phone shows the name and why it failed below the id.
    isWideOnly: id !== 'id' && id !== time,
    cell: (row: ShownJob) =>
      id === 'id' ? <JobCell row={row} {...making} /> : (CELLS[id](row, making) ?? UNKNOWN),
  }));
}

type Look = Pick<Column<ShownJob>, 'width' | 'isNumber'>;
const LOOKS: Readonly<Record<ColumnId, Look>> = {
  ...{ id: {}, name: {}, reason: { width: '34%' } },
  ...{ runsAt: { width: '144px' }, added: { width: '144px' }, started: { width: '144px' } },
  ...{ finished: { width: '144px' }, waited: { width: '104px' }, ran: { width: '104px' } },
  attempts: { width: '92px', isNumber: true },
  priority: { width: '88px', isNumber: true },
  size: { width: '88px', isNumber: true },
  ...{ scheduler: { width: '140px' }, parent: { width: '160px' } },
};

type Cell = (row: ShownJob, making: Making) => JSX.Element | string | null;
const CELLS: Readonly<Record<Exclude<ColumnId, 'id'>, Cell>> = {
  name: ({ name }) => <span title={name}>{name}</span>,
  reason: ({ failedReason }) => failedReason && <Reason text={failedReason} />,
  runsAt: ({ runsAt }) => <Ago at={runsAt} />,
  added: ({ addedAt }) => <Ago at={addedAt} />,
  started: ({ startedAt }) => <Ago at={startedAt} />,
  finished: ({ finishedAt }) => <Ago at={finishedAt} />,
  waited: ({ addedAt, startedAt }, { formats }) => formats.duration(between(addedAt, startedAt)),
  ran: ({ startedAt, finishedAt }, { formats }) => formats.duration(between(startedAt, finishedAt)),
  attempts: ({ attemptsMade, attempts }, { words }) => words.attemptsOf(attemptsMade, attempts),
  priority: ({ priority }, { formats }) => (priority === 0 ? null : formats.number(priority)),
  size: ({ dataBytes }, { formats }) => formats.bytes(dataBytes),
  scheduler: ({ queue, scheduler }) =>
    scheduler && <Link href={to.scheduler(queue, scheduler)}>{scheduler}</Link>,
  parent: ({ parent }) =>
    parent && (
      <Link href={to.job(parent.queue, parent.id)} title={`${parent.queue} ${parent.id}`}>
        {parent.id}
      </Link>
    ),
};

function JobCell({ row, words, state }: Making & { readonly row: ShownJob }): JSX.Element {
  const { queue, id, name, failedReason, hasLeft } = row;
  return (
    <span class="job-cell">
      <span class="clip">
        <Link href={to.job(queue, id)} title={id} data-left={hasLeft}>
          {id}
        </Link>
        {hasLeft && <span class="muted small"> {words.left}</span>}
        <span class="narrow-only muted"> {name}</span>
      </span>
      {state === 'failed' && failedReason && (
        <span class="narrow-only clip muted small">{firstLine(failedReason)}</span>
      )}
    </span>
  );
}

function Reason({ text }: { readonly text: string }): JSX.Element {
  return <span title={text}>{firstLine(text)}</span>;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}
