/**
 * What of a job is shown to whoever may not see all queues, and what they may do to jobs that belong together.
 *
 * Jobs of a flow are in several queues. A right on one of them tells nothing about the others, and removes nothing there.
 */
import { CoordinatorError } from '../../errors.ts';
import type { Call } from '../action.ts';
import { withoutUnseenChildren } from '../unseen-children.ts';
import type { JobOperations } from './job-operations.ts';
import type { FlowNode, JobRow, JobView } from './job-views.ts';

const HIDDEN = '<hidden>';
/** As far as a flow is looked at before it is removed. */
const WHOLE_FLOW = { depth: 10, most: 100 };

type Asker = Pick<Call, 'may'>;

/** A row without the parent that may not be seen, and without what a failure says for whoever may only change jobs. */
export function shownRow<Row extends JobRow>(row: Row, call: Asker): Row {
  const { may } = call;
  const isParentSeen = row.parent === null || may('jobs.read', row.parent.queue);
  const isReasonSeen = row.failedReason === null || may('jobs.read', row.queue);
  return {
    ...row,
    parent: isParentSeen ? row.parent : null,
    failedReason: isReasonSeen ? withoutUnseenChildren(row.failedReason, call) : HIDDEN,
  };
}

/** The same for all of a job: its options name the parent as well. */
export function shownView(view: JobView, call: Asker): JobView {
  const { stacktrace, timeline } = view;
  const texts = withoutUnseenChildren({ stacktrace, timeline }, call);
  const row = { ...shownRow(view, call), ...texts };
  if (row.parent !== null || typeof row.options !== 'object') return row;
  const { parent: _, ...options } = row.options;
  return { ...row, options };
}

/** Rejects with FORBIDDEN where a removal would also take jobs of queues that the caller may remove nothing from. */
export async function requireForChildren(
  { reading }: Pick<JobOperations, 'reading'>,
  request: { readonly queue: string; readonly job: string },
  { may }: Asker,
): Promise<void> {
  const tree = await reading.flow(request, WHOLE_FLOW, (queue) => may('jobs.remove', queue));
  if (isWhole(tree)) return;
  throw new CoordinatorError(
    'FORBIDDEN',
    'Its children would go with it, and some may be in queues where you may not remove jobs: leave them with `children: false`',
  );
}

function isWhole({ more, children }: FlowNode): boolean {
  return more === 0 && children.every(isWhole);
}
