/**
 * What can be done with the queue as a whole from its jobs: add one, clean the state that is shown, empty it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CleanState, JobState } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';
import { CleanDialog } from '../queue/clean-dialog.tsx';
import { EmptyDialog } from '../queue/empty-dialog.tsx';
import { AddJob } from './add-job.tsx';
import type { JobsView } from './view-state.ts';

/** The state as it is cleaned; undefined: it cannot be. */
function cleanableAs(state: JobState): CleanState | undefined {
  if (state === 'waiting') return 'wait';
  // What older versions of BullMQ have left in `paused` is not offered by the dialog.
  return state === 'active' || state === 'waiting-children' || state === 'paused'
    ? undefined
    : state;
}

/** States that `queues.empty` is about. */
const WAITING: readonly string[] = ['waiting', 'prioritized', 'paused'];

/** Buttons. `onChanged`: the list is another one now. */
export function QueueActs(props: {
  readonly queue: string;
  readonly view: JobsView;
  readonly onChanged: () => void;
}): JSX.Element {
  const { queue, view, onChanged } = props;
  const { jobs: words, queue: shared } = useWords();
  const may = useMay();
  const [open, setOpen] = useState<'add' | 'clean' | 'empty' | null>(null);
  const acts = [
    { name: 'add', key: 'N', can: may('jobs.add', queue), title: words.addTo(queue) },
    {
      ...({ name: 'clean', key: 'C', title: shared.cleanUp.cleanTitle(queue) } as const),
      can: may('queues.clean', queue) && cleanableAs(view.state) !== undefined,
    },
    {
      ...({ name: 'empty', key: 'E', title: shared.cleanUp.emptyTitle(queue) } as const),
      can: may('queues.empty', queue) && WAITING.includes(view.state),
    },
  ] as const;
  const offered = acts.filter(({ can }) => can);
  useCommands(
    offered.map(({ name, key, title }) => ({
      ...({ id: `jobs.${name}`, label: title, group: 'acts', key } as const),
      run: () => setOpen(name),
    })),
  );
  const cleaned = cleanableAs(view.state);
  const dialog = { onDone: onChanged, onClose: () => setOpen(null) };
  return (
    <>
      {offered.map(({ name, key, title }) => (
        <Button
          key={name}
          tone={name === 'add' ? undefined : 'danger'}
          hint={`${title} (${key})`}
          onClick={() => setOpen(name)}
        >
          {name === 'add' ? words.addButton : shared.cleanUp[name]}
        </Button>
      ))}
      {open === 'add' && <AddJob {...{ queue, view, ...dialog }} />}
      {open === 'clean' && cleaned && <CleanDialog view={{ queue }} state={cleaned} {...dialog} />}
      {open === 'empty' && <EmptyDialog view={{ queue }} {...dialog} />}
    </>
  );
}
