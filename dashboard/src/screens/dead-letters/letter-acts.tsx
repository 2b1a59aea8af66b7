/**
 * What can be done with the letters of a table: with those that are selected, else with all that a filter matches.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { DeadLetterRow, LetterSelection } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import type { Selection } from '../../ui/selection.ts';
import { useWords } from '../../words/words.tsx';
import { DiscardDialog } from './discard-dialog.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { useExport } from './use-export.ts';

/** Chosen ids stand in the address of an export, which has its bounds. */
const MOST_IN_ADDRESS = 100;

interface LetterActsProps {
  /** What the table shows. */
  readonly all: LetterSelection;
  /** Whether that is less than the whole group, which has buttons of its own. */
  readonly isFiltered: boolean;
  readonly rows: readonly DeadLetterRow[];
  readonly selection: Selection;
}

/** Buttons, and the dialogs that they open. */
export function LetterActs({ all, isFiltered, rows, selection }: LetterActsProps): JSX.Element {
  const words = useWords().deadLetters;
  const shell = useWords().shell;
  const may = useMay();
  const download = useExport();
  const [open, setOpen] = useState<'replay' | 'discard' | null>(null);
  const { queue } = all;
  const count = selection.keys.size;
  const chosen = count > 0 ? { queue, ids: [...selection.keys] } : all;
  const acts =
    count > 0 || isFiltered
      ? (['replay', 'discard'] as const).filter((act) => may(`deadLetters.${act}`, queue))
      : [];
  const labels =
    count > 0 ? words.acts : { replay: words.replayMatching, discard: words.discardMatching };
  useCommands(
    acts.map((act) => ({
      ...({ id: `letters.${act}`, group: 'acts', key: act === 'replay' ? 'R' : 'D' } as const),
      label: count > 0 ? `${labels[act]} (${shell.selected(count)})` : labels[act],
      run: () => setOpen(act),
    })),
  );
  const isTooMany = count > MOST_IN_ADDRESS;
  const close = (): void => setOpen(null);
  return (
    <>
      {count > 0 && <span>{shell.selected(count)}</span>}
      {acts.map((act) => (
        <Button
          key={act}
          size="small"
          tone={act === 'discard' ? 'danger' : undefined}
          onClick={() => setOpen(act)}
        >
          {labels[act]}
        </Button>
      ))}
      {count > 0 && (
        <Button size="small" tone="plain" onClick={() => selection.clear()}>
          {words.selectNone}
        </Button>
      )}
      <Button
        size="small"
        tone="plain"
        disabled={isTooMany}
        hint={isTooMany ? words.export.tooMany : undefined}
        onClick={() => void download(chosen)}
      >
        {words.export.does}
      </Button>
      {open === 'replay' && (
        <ReplayDialog of={[chosen]} example={exampleOf(rows, selection)} onClose={close} />
      )}
      {open === 'discard' && <DiscardDialog of={[chosen]} onClose={close} />}
    </>
  );
}

/** The newest of those that are meant. */
function exampleOf(
  rows: readonly DeadLetterRow[],
  { keys }: Selection,
): { queue: string; job: string } | null {
  const row = rows.find(({ jobId }) => keys.size === 0 || keys.has(jobId));
  return row ? { queue: row.queue, job: row.jobId } : null;
}
