/**
 * What is selected, and what can be done with it: only what may be done, in the state that is shown.
 */
import type { JSX } from 'preact';
import type { JobBulkKind } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useCommands } from '../../shell/commands.tsx';
import { Button } from '../../ui/button.tsx';
import type { Selection } from '../../ui/selection.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { ACTS, actsOn } from './acts.ts';
import type { ShownJobs } from './shown-jobs.ts';
import type { JobsView } from './view-state.ts';

/** More are to be named by a filter. */
export const MOST_IDS = 10_000;

/** Whether a kind of act may be done in a queue. */
export function useMayAct(queue: string): (kind: JobBulkKind) => boolean {
  const may = useMay();
  return (kind) =>
    may('jobs.bulk', queue) &&
    may(`jobs.${kind}`, queue) &&
    (kind !== 'move' || may('jobs.remove', queue));
}

/** A bar at the foot of the window, as long as something is selected. */
export function SelectedBar(props: {
  readonly queue: string;
  readonly view: JobsView;
  readonly shown: ShownJobs;
  readonly selection: Selection;
  /** Whether all that match are meant, not only those that are listed. */
  readonly isAll: boolean;
  readonly onAll: () => void;
  readonly onAct: (kind: JobBulkKind) => void;
}): JSX.Element {
  const { queue, view, shown, selection, isAll, onAll, onAct } = props;
  const { jobs: words, shell } = useWords();
  const { number } = useFormats();
  const mayAct = useMayAct(queue);
  const count = selection.keys.size;
  const kinds = actsOn(view.state).filter(mayAct);
  const all = view.filter === '' ? number(shown.total) : null;
  const isTooMany = !isAll && count > MOST_IDS;
  const hasMore = shown.next !== null || view.filter !== '';
  useCommands([
    {
      ...({ id: 'selection.clear', label: words.clearSelection, group: 'rows' } as const),
      ...{ key: 'Escape', run: selection.clear },
    },
    {
      ...({ id: 'selection.all', label: words.selectMatching(all), group: 'rows' } as const),
      ...{ key: 'A', run: onAll },
    },
    ...kinds.map((kind) => ({
      ...({ id: `selection.${kind}`, label: words.acts[kind].title, group: 'acts' } as const),
      ...{ key: ACTS[kind].key, run: () => onAct(kind) },
    })),
  ]);
  return (
    <section class="selected-bar" aria-label={words.selection}>
      <strong role="status">{isAll ? words.allSelected(all) : shell.selected(count)}</strong>
      {!isAll && hasMore && (
        <Button size="small" onClick={onAll}>
          {words.selectMatching(all)}
        </Button>
      )}
      <span class="row space">
        {kinds.length === 0 && <span class="muted">{words.nothingToDo}</span>}
        {kinds.map((kind) => (
          <Button
            key={kind}
            tone={ACTS[kind].isDangerous ? 'danger' : undefined}
            disabled={isTooMany}
            hint={
              isTooMany
                ? words.tooMany(number(MOST_IDS))
                : `${words.acts[kind].title} (${ACTS[kind].key})`
            }
            onClick={() => onAct(kind)}
          >
            {words.acts[kind].button}
          </Button>
        ))}
        <Button tone="plain" onClick={selection.clear}>
          {words.clearSelection}
        </Button>
      </span>
    </section>
  );
}
