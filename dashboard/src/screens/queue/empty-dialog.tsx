/**
 * Empties a queue: counts what waits, has its name typed, deletes in steps.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { useAsk } from '../../api/use-ask.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';
import { RemovalPlan } from './removal-plan.tsx';
import { useRemoval } from './use-removal.ts';

/** The dialog. */
export function EmptyDialog(props: {
  readonly view: Pick<QueueView, 'queue'>;
  /** Called after jobs were deleted. */
  readonly onDone?: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { queue } = props.view;
  const words = useWords().queue.cleanUp;
  const { client } = useApi();
  const [delayed, setDelayed] = useState(false);
  const { soFar, run } = useRemoval();
  const wishes = { queue, delayed };
  const { data: plan, error } = useAsk('queues.empty', { ...wishes, dryRun: true });
  const step = () => client.call('queues.empty', { ...wishes, confirm: queue });
  return (
    <Confirm
      title={words.emptyTitle(queue)}
      does={words.emptyDoes}
      name={queue}
      isDangerous
      isEndedByClosing
      isReady={(plan?.removed ?? 0) > 0}
      onConfirm={() => run(step).then(props.onDone)}
      onClose={props.onClose}
    >
      <p>{words.emptySays}</p>
      <label class="row">
        <input
          type="checkbox"
          checked={delayed}
          onChange={(event) => setDelayed(event.currentTarget.checked)}
        />
        {words.delayed}
      </label>
      <RemovalPlan {...{ plan, error, soFar }} />
    </Confirm>
  );
}
