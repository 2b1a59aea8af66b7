/**
 * Has a process take no new jobs, or take them again.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WorkerView } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';

/** The question. */
export function QuietDialog(props: {
  readonly worker: WorkerView;
  readonly onClose: () => void;
}): JSX.Element {
  const { worker, onClose } = props;
  const words = useWords().workers;
  const act = useAct();
  const [reason, setReason] = useState('');
  const isQuiet = worker.quietBy !== null;
  const running = worker.queues.reduce((sum, { active }) => sum + (active ?? 0), 0);
  const confirm = (): Promise<unknown> =>
    isQuiet
      ? act(
          'workers.resume',
          { worker: worker.id },
          { done: words.resumed, isShownElsewhere: true },
        )
      : act(
          'workers.quiet',
          { worker: worker.id, ...(reason && { reason }) },
          { done: words.quieted, isShownElsewhere: true },
        );
  return (
    <Confirm
      title={isQuiet ? words.resume : words.makeQuiet}
      does={isQuiet ? words.resume : words.makeQuiet}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p class="mono">{worker.id}</p>
      <p>{isQuiet ? words.resumeSays : words.quietSays(running)}</p>
      {!isQuiet && (
        <label class="field">
          {words.reason}
          <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
    </Confirm>
  );
}
