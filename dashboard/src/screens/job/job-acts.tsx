/**
 * The buttons of what can be done with the job, their keys, and the dialog of the one that was chosen.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JobView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useLive } from '../../live/use-live.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';
import { ACTS, type Act, actsOn } from './acts.ts';
import { CancelJob } from './cancel-job.tsx';
import { DuplicateJob } from './duplicate-job.tsx';
import { EditJob } from './edit-job.tsx';
import { MoveJob } from './move-job.tsx';
import { RemoveJob } from './remove-job.tsx';
import { RunJob } from './run-job.tsx';

/** What each dialog gets. */
export interface ActProps {
  readonly job: JobView;
  readonly onClose: () => void;
}

const DIALOGS: Readonly<
  Record<Exclude<Act, 'retry' | 'promote'>, (props: ActProps) => JSX.Element>
> = {
  ...{ cancel: CancelJob, edit: EditJob, duplicate: DuplicateJob, move: MoveJob },
  remove: RemoveJob,
};

/** Buttons. */
export function JobActs({ job }: { readonly job: JobView }): JSX.Element {
  const words = useWords().job.acts;
  const may = useMay();
  // The job as it was when the dialog was opened: it does not change under the hands.
  const [open, setOpen] = useState<{ readonly act: Act; readonly job: JobView } | null>(null);
  const elsewhere = useLive((live) =>
    live.rows.some(({ queue }) => queue !== job.queue && may('jobs.add', queue)),
  );
  const offered = actsOn(job, may, elsewhere);
  const choose = (act: Act): void => setOpen({ act, job });
  useCommands(
    offered.map((act) => ({
      ...({
        id: `job.${act}`,
        label: words[act].title,
        group: 'acts',
        key: ACTS[act].key,
      } as const),
      run: () => choose(act),
    })),
  );
  const dialog = open && { job: open.job, onClose: () => setOpen(null) };
  const Chosen =
    open && open.act !== 'retry' && open.act !== 'promote' ? DIALOGS[open.act] : undefined;
  return (
    <>
      {offered.map((act) => (
        <Button
          key={act}
          tone={ACTS[act].tone}
          hint={`${words[act].title} (${ACTS[act].key})`}
          onClick={() => choose(act)}
        >
          {words[act].button}
        </Button>
      ))}
      {dialog && Chosen && <Chosen {...dialog} />}
      {dialog && (open.act === 'retry' || open.act === 'promote') && (
        <RunJob {...dialog} kind={open.act} />
      )}
    </>
  );
}
