/**
 * What is looked at: state, filter, order and columns, all of it in the address, so that a link shows the same.
 */
import { useCallback, useMemo } from 'preact/hooks';
import { useLocation, useSearchParams } from 'wouter-preact';
import type { JobState } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';

/** The states in the order of their tabs. Older versions of BullMQ keep jobs in `paused`. */
export const JOB_STATES: readonly JobState[] = [
  ...(['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'] as const),
  ...(['waiting-children', 'paused'] as const),
];

/** What is looked at. */
export interface JobsView {
  readonly state: JobState;
  /** As the API reads it; '' is every job. */
  readonly filter: string;
  readonly order: 'newest' | 'oldest';
  /** Ids of columns; null: those that fit the state. */
  readonly columns: readonly string[] | null;
}

/** What is looked at, its address, and how to look at something else. */
export interface JobsViewing {
  readonly view: JobsView;
  /** What is behind the `?`. */
  readonly search: string;
  /** Where a changed view is. */
  readonly hrefOf: (change: Partial<JobsView>) => string;
  readonly show: (change: Partial<JobsView>) => void;
}

/** Reads and changes the address. */
export function useJobsView(queue: string): JobsViewing {
  const [fields] = useSearchParams();
  const [, go] = useLocation();
  const search = fields.toString();
  const view = useMemo(() => readView(new URLSearchParams(search)), [search]);
  const hrefOf = useCallback(
    (change: Partial<JobsView>) => to.jobs(queue) + writeView({ ...view, ...change }),
    [queue, view],
  );
  const show = useCallback((change: Partial<JobsView>) => go(hrefOf(change)), [go, hrefOf]);
  return { view, search, hrefOf, show };
}

function readView(fields: URLSearchParams): JobsView {
  const state = fields.get('state') as JobState;
  return {
    state: JOB_STATES.includes(state) ? state : 'waiting',
    filter: fields.get('filter') ?? '',
    order: fields.get('order') === 'oldest' ? 'oldest' : 'newest',
    columns: fields.get('columns')?.split(',').filter(Boolean) ?? null,
  };
}

function writeView({ state, filter, order, columns }: JobsView): string {
  const fields = new URLSearchParams({ state });
  if (filter) fields.set('filter', filter);
  if (order === 'oldest') fields.set('order', order);
  if (columns) fields.set('columns', columns.join(','));
  return `?${fields}`;
}
