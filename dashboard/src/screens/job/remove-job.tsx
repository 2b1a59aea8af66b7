/**
 * Deletes the job, and says how many children would go with it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { FlowNode } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import type { ActProps } from './job-acts.tsx';

/** As far as a flow is counted. */
const WHOLE = { depth: 10, most: 100 };

/** A dialog; afterwards the other jobs of its state are shown. */
export function RemoveJob({ job, onClose }: ActProps): JSX.Element {
  const { queue, id, state } = job;
  const { acts, counting } = useWords().job;
  const words = acts.remove;
  const { number } = useFormats();
  const act = useAct();
  const [, go] = useLocation();
  const [withChildren, setWithChildren] = useState(true);
  const { data, error } = useAsk('jobs.flow', { queue, job: id, ...WHOLE });
  const tree = data && count(data);
  const remove = async (): Promise<void> => {
    const children = withChildren && tree !== undefined && tree.all > 0;
    await act(
      'jobs.remove',
      { queue, job: id, children },
      { isShownElsewhere: true, done: words.done(id) },
    );
    go(to.jobs(queue, state));
  };
  return (
    <Confirm
      title={words.title}
      does={words.does}
      isDangerous
      isReady={tree !== undefined}
      {...{ onClose, onConfirm: remove }}
    >
      <p>{words.says(id)}</p>
      {!tree && !error && <p role="status">{counting}</p>}
      {error && !tree && <Problem error={error} />}
      {tree && tree.all > 0 && (
        <label class="row">
          <input
            type="checkbox"
            checked={withChildren}
            onChange={(event) => setWithChildren(event.currentTarget.checked)}
          />
          {words.withChildren(number(tree.all), tree.all, number(tree.queues))}
        </label>
      )}
      {tree && tree.all > 0 && !withChildren && <p class="muted">{words.alone}</p>}
    </Confirm>
  );
}

/** How many are below a node, those that are not shown among them, and in how many queues the others are. */
function count(root: FlowNode): { readonly all: number; readonly queues: number } {
  const queues = new Set<string>();
  const below = ({ children, more }: FlowNode): number => {
    for (const { queue } of children) queues.add(queue);
    return children.reduce((sum, child) => sum + 1 + below(child), more);
  };
  return { all: below(root), queues: queues.size };
}
