/**
 * Has the job run: once more when it has ended, or now when it waits for its time.
 */
import type { JSX } from 'preact';
import { useAct } from '../../api/use-act.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { useWords } from '../../words/words.tsx';
import type { ActProps } from './job-acts.tsx';

/** A dialog. */
export function RunJob(props: ActProps & { readonly kind: 'retry' | 'promote' }): JSX.Element {
  const { job, kind, onClose } = props;
  const words = useWords().job.acts[kind];
  const act = useAct();
  return (
    <Confirm
      title={words.title}
      does={words.does}
      onClose={onClose}
      onConfirm={() =>
        act(
          `jobs.${kind}`,
          { queue: job.queue, job: job.id },
          { isShownElsewhere: true, done: words.done },
        )
      }
    >
      <p>{words.says}</p>
    </Confirm>
  );
}
