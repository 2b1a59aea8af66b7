/**
 * Stops the running job on whichever host it runs.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';
import type { ActProps } from './job-acts.tsx';

/** A dialog. */
export function CancelJob({ job, onClose }: ActProps): JSX.Element {
  const words = useWords().job.acts.cancel;
  const act = useAct();
  const [reason, setReason] = useState('');
  const cancel = (): Promise<unknown> =>
    act(
      'jobs.cancel',
      {
        ...{ queue: job.queue, job: job.id },
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      },
      { isShownElsewhere: true, done: ({ outcome }) => words.outcomes[outcome] },
    );
  return (
    <Confirm title={words.title} does={words.does} isDangerous {...{ onClose, onConfirm: cancel }}>
      <p>{words.says}</p>
      <label class="field">
        {words.reason}
        <input
          value={reason}
          autocomplete="off"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <span class="hint">{words.reasonHint}</span>
      </label>
    </Confirm>
  );
}
