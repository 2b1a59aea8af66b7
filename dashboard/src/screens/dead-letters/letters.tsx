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
import { LetterActs } from './letter-acts.tsx';
import { useLetterColumns } from './letter-columns.tsx';
import { LetterFilter } from './letter-filter.tsx';
import { useLetterPages } from './letter-pages.ts';

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
  // The newest letter is soon one of another queue: what is shown stays.
  const [first] = useState(group.sampleQueue);
  const shown = queue ?? first;
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
  const { fingerprint } = group;
  // Behind what was typed, so that the columns of its errors stay right.
  const all: LetterSelection =
    filter === ''
      ? { queue, group: fingerprint }
      : { queue, filter: `${filter} group:${fingerprint}` };
  const { rows, looked, hasMore, isLoading, isAtWork, more, error, refresh } = useLetterPages(all);
  const selection = useSelection();
  const columns = useLetterColumns();
  const died = group.queues.find(({ name }) => name === queue)?.count ?? 0;
  const [diedBefore, setDiedBefore] = useState(died);
  const fresh = died - diedBefore;
  const canAct = may('deadLetters.replay', queue) || may('deadLetters.discard', queue);
  const openLetter = useCallback(({ jobId }: DeadLetterRow) => go(to.deadLetter(queue, jobId)), []);
  return (
    <>
      <div class="dl-table-line">
        <LetterFilter
          filter={filter}
          error={error}
          onFilter={(text) => go(to.group(fingerprint, queue, text))}
        />
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
        <LetterActs {...{ all, rows, selection }} isFiltered={filter !== ''} />
      </div>
      {error !== null && <Problem error={error} onRetry={refresh} />}
      <DataTable
        caption={words.letters}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        selection={canAct ? selection : undefined}
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
    </>
  );
}
