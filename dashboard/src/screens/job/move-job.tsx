/**
 * Moves the job to another queue, under its id.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { useAct } from '../../api/use-act.ts';
import { to } from '../../shell/paths.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';
import { QueueField } from '../jobs/queue-field.tsx';
import type { ActProps } from './job-acts.tsx';

/** A dialog; afterwards the job is shown where it is then. */
export function MoveJob({ job, onClose }: ActProps): JSX.Element {
  const { queue, id } = job;
  const words = useWords().job.acts.move;
  const act = useAct();
  const [, go] = useLocation();
  const [target, setTarget] = useState('');
  const move = async (): Promise<void> => {
    await act(
      'jobs.move',
      { queue, job: id, to: target },
      { isShownElsewhere: true, done: words.done(target) },
    );
    go(to.job(target, id));
  };
  return (
    <Confirm
      title={words.title}
      does={words.does}
      isReady={target !== ''}
      {...{ onClose, onConfirm: move }}
    >
      <p>{words.says}</p>
      <QueueField queue={queue} onQueue={setTarget} />
    </Confirm>
  );
}
