/**
 * What can be done with the queue as a whole from its jobs: add one, clean the state that is shown, empty it.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useMay } from '../../api/me.tsx';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';
import { AddJob } from './add-job.tsx';
import { Clean, cleanableAs, Empty } from './remove-many.tsx';
import type { JobsView } from './view-state.ts';

/** States that `queues.empty` is about. */
const WAITING: readonly string[] = ['waiting', 'prioritized', 'paused'];

/** Buttons. `onChanged`: the list is another one now. */
export function QueueActs(props: {
  readonly queue: string;
  readonly view: JobsView;
  readonly onChanged: () => void;
}): JSX.Element {
  const { queue, view, onChanged } = props;
  const { jobs: words, shell } = useWords();
  const may = useMay();
  const [open, setOpen] = useState<'add' | 'clean' | 'empty' | null>(null);
  const acts = [
    { name: 'add', key: 'N', can: may('jobs.add', queue), title: words.addTo(queue) },
    {
      ...({ name: 'clean', key: 'C', title: words.cleanTitle(shell.states[view.state]) } as const),
      can: may('queues.clean', queue) && cleanableAs(view.state) !== undefined,
    },
    {
      ...({ name: 'empty', key: 'E', title: words.emptyTitle(queue) } as const),
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
  const dialog = { queue, onClose: () => setOpen(null) };
  return (
    <>
      {offered.map(({ name, key, title }) => (
        <Button
          key={name}
          tone={name === 'add' ? undefined : 'danger'}
          hint={`${title} (${key})`}
          onClick={() => setOpen(name)}
        >
          {words.queueActs[name]}
        </Button>
      ))}
      {open === 'add' && <AddJob {...dialog} view={view} onAdded={onChanged} />}
      {open === 'clean' && <Clean {...dialog} state={view.state} onDone={onChanged} />}
      {open === 'empty' && <Empty {...dialog} onDone={onChanged} />}
    </>
  );
}
