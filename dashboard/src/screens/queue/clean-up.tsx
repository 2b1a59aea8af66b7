/**
 * What deletes jobs of a queue: each says what it does, and counts before it asks.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { QueueView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/words.tsx';
import { CleanDialog } from './clean-dialog.tsx';
import { EmptyDialog } from './empty-dialog.tsx';
import { ObliterateDialog } from './obliterate-dialog.tsx';

const ACTS = [
  { name: 'empty', key: 'E', Asks: EmptyDialog },
  { name: 'clean', key: 'C', Asks: CleanDialog },
  { name: 'obliterate', key: 'O', Asks: ObliterateDialog },
] as const;

/** Nothing for those who may do none of it. */
export function CleanUp({ view }: { readonly view: QueueView }): JSX.Element | null {
  const words = useWords().queue.cleanUp;
  const may = useMay();
  const [asked, setAsked] = useState<string | null>(null);
  const acts = ACTS.filter(({ name }) => may(`queues.${name}`, view.queue));
  useCommands(
    acts.map(({ name, key }) => ({
      ...({ id: `queue.${name}`, label: words[name], group: 'acts', key } as const),
      run: () => setAsked(name),
    })),
  );
  if (acts.length === 0) return null;
  return (
    <section class="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      <ul class="clean-up">
        {acts.map(({ name }) => (
          <li key={name}>
            <Button tone="danger" onClick={() => setAsked(name)}>
              {words[name]}
            </Button>
            <span class="muted">{words[`${name}Says`]}</span>
          </li>
        ))}
      </ul>
      {acts.map(
        ({ name, Asks }) =>
          asked === name && <Asks key={name} view={view} onClose={() => setAsked(null)} />,
      )}
    </section>
  );
}
