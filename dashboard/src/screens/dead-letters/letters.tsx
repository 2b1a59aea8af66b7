/**
 * The letters of a group, newest first: filtered, selected, replayed, discarded, exported.
 */
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { useLocation, useSearchParams } from 'wouter-preact';
import type {
  DeadLetterRow,
  FailureGroup,
  LetterSelection,
} from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useSelection } from '../../ui/selection.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { DiscardDialog } from './discard-dialog.tsx';
import { useLetterColumns } from './letter-columns.tsx';
import { LetterFilter } from './letter-filter.tsx';
import { useLetterPages } from './letter-pages.ts';
import { ReplayDialog } from './replay-dialog.tsx';
import { useExport } from './use-export.ts';

/** Chosen ids stand in the address of an export, which has its bounds. */
const MOST_IN_ADDRESS = 100;

const keyOf = ({ jobId }: DeadLetterRow): string => jobId;

interface LettersProps {
  readonly group: FailureGroup;
  /** The one that was asked for; undefined: the one of the newest letter is shown first. */
  readonly queue: string | undefined;
}

/** The letters, of one queue at a time. */
export function Letters({ group, queue }: LettersProps): JSX.Element {
  const words = useWords().deadLetters;
  const [search] = useSearchParams();
  const { number } = useFormats();
  const filter = search.get('filter') ?? '';
  const shown = queue ?? group.sampleQueue;
  return (
    <section class="stack" aria-label={words.letters}>
      <h2>{words.letters}</h2>
      {group.queues.length > 1 && (
        <Tabs
          label={words.columns.queues}
          tabs={group.queues.map(({ name, count }) => ({
            href: to.group(group.fingerprint, name, filter),
            isCurrent: name === shown,
            label: (
              <>
                {name} <span class="muted">{number(count)}</span>
              </>
            ),
          }))}
        />
      )}
      <LettersOf key={`${shown} ${filter}`} {...{ group, queue: shown, filter }} />
    </section>
  );
}

interface LettersOfProps {
  readonly group: FailureGroup;
  readonly queue: string;
  readonly filter: string;
}

function LettersOf({ group, queue, filter }: LettersOfProps): JSX.Element {
  const words = useWords().deadLetters;
  const shell = useWords().shell;
  const { number } = useFormats();
  const may = useMay();
  const [, go] = useLocation();
  const [open, setOpen] = useState<'replay' | 'discard' | null>(null);
  const { fingerprint } = group;
  // Behind what was typed, so that the columns of its errors stay right.
  const all: LetterSelection =
    filter === ''
      ? { queue, group: fingerprint }
      : { queue, filter: `${filter} group:${fingerprint}` };
  const { rows, looked, hasMore, isLoading, isAtWork, more, error, refresh } = useLetterPages(all);
  const selection = useSelection();
  const chosen = selection.keys.size > 0 ? { queue, ids: [...selection.keys] } : all;
  const columns = useLetterColumns();
  const download = useExport();
  const died = group.queues.find(({ name }) => name === queue)?.count ?? 0;
  const [diedBefore, setDiedBefore] = useState(died);
  const fresh = died - diedBefore;
  const canReplay = may('deadLetters.replay', queue);
  const canDiscard = may('deadLetters.discard', queue);
  const openLetter = useCallback(({ jobId }: DeadLetterRow) => go(to.deadLetter(queue, jobId)), []);
  const isNarrowed = selection.keys.size > 0 || filter !== '';
  return (
    <>
      <div class="dl-table-line">
        <LetterFilter
          filter={filter}
          error={error}
          onFilter={(text) => go(to.group(fingerprint, queue, text))}
        />
        {selection.keys.size > 0 && <span>{shell.selected(selection.keys.size)}</span>}
        {isNarrowed && canReplay && (
          <Button size="small" onClick={() => setOpen('replay')}>
            {selection.keys.size > 0 ? words.acts.replay : words.replayMatching}
          </Button>
        )}
        {isNarrowed && canDiscard && (
          <Button size="small" tone="danger" onClick={() => setOpen('discard')}>
            {selection.keys.size > 0 ? words.acts.discard : words.discardMatching}
          </Button>
        )}
        {selection.keys.size > 0 && (
          <Button size="small" tone="plain" onClick={() => selection.clear()}>
            {words.selectNone}
          </Button>
        )}
        {fresh > 0 && selection.keys.size === 0 && (
          <Button
            size="small"
            onClick={() => {
              setDiedBefore(died);
              refresh();
            }}
          >
            {shell.newRows(number(fresh))}
          </Button>
        )}
        <span class="dl-at-end">
          <Button
            size="small"
            tone="plain"
            disabled={selection.keys.size > MOST_IN_ADDRESS}
            hint={selection.keys.size > MOST_IN_ADDRESS ? words.export.tooMany : undefined}
            onClick={() => void download(chosen)}
          >
            {words.export.does}
          </Button>
        </span>
      </div>
      {error !== null && <Problem error={error} onRetry={refresh} />}
      <DataTable
        caption={words.letters}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        selection={canReplay || canDiscard ? selection : undefined}
        onOpen={openLetter}
        {...(hasMore && { onEnd: more })}
        empty={isLoading ? shell.loading : filter === '' ? words.noLetters : words.noMatch}
      />
      {hasMore && (
        <p class="row muted small">
          {words.looked(number(looked))}
          <Button size="small" disabled={isAtWork} onClick={more}>
            {isAtWork ? shell.working : words.lookFurther}
          </Button>
        </p>
      )}
      {open === 'replay' && (
        <ReplayDialog
          of={[chosen]}
          example={exampleOf(rows, selection.keys)}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'discard' && <DiscardDialog of={[chosen]} onClose={() => setOpen(null)} />}
    </>
  );
}

/** The newest of those that are meant. */
function exampleOf(
  rows: readonly DeadLetterRow[],
  selected: ReadonlySet<string>,
): { queue: string; job: string } | null {
  const row = rows.find(({ jobId }) => selected.size === 0 || selected.has(jobId));
  return row ? { queue: row.queue, job: row.jobId } : null;
}
