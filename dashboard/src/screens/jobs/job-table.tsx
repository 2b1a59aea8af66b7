/**
 * The table, what is selected in it, and what becomes of that.
 */
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { JobBulkKind, JobSelection } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Selection, useSelection } from '../../ui/selection.ts';
import { useFormats, useWords } from '../../words/words.tsx';
import { actsOn } from './acts.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { columnsOf, TIME_OF, toColumns } from './columns.tsx';
import { NothingListed } from './nothing-listed.tsx';
import { SelectedBar, useMayAct } from './selected-bar.tsx';
import type { ShownJob, ShownJobs } from './shown-jobs.ts';
import type { JobList } from './use-job-list.ts';
import type { JobsViewing } from './view-state.ts';

const keyOf = ({ id }: ShownJob): string => id;

/** The table. `onStarted` gets the id of a bulk action. */
export function JobTable(
  props: JobsViewing & {
    readonly queue: string;
    readonly list: JobList;
    readonly shown: ShownJobs;
    readonly onStarted: (bulk: string) => void;
    readonly onTurn: () => void;
  },
): JSX.Element {
  const { queue, view, list, shown, onStarted, onTurn } = props;
  const { jobs: words, shell } = useWords();
  const formats = useFormats();
  const [, go] = useLocation();
  const { state, filter, order } = view;
  const chosen = view.columns?.join(',') ?? null;
  const columns = useMemo(
    () => toColumns(columnsOf(state, chosen?.split(',') ?? null), { words, formats, state }),
    [state, chosen, words, formats],
  );
  const open = useCallback(({ id }: ShownJob) => go(to.job(queue, id)), [go, queue]);
  const [kind, setKind] = useState<JobBulkKind | null>(null);
  const [selection, isAll, selectAll] = useWhole(`${state} ${filter}`, shown.rows);
  const mayAct = useMayAct(queue);
  const canSelect = actsOn(state).some(mayAct);
  const meant: JobSelection = isAll
    ? { queue, state, ...(filter && { filter }) }
    : { queue, state, ids: [...selection.keys] };
  const time = TIME_OF[state];
  return (
    <>
      <DataTable
        caption={words.caption(shell.states[state], queue)}
        {...{ columns, keyOf, rows: shown.rows, onOpen: open }}
        selection={canSelect ? selection : undefined}
        {...(filter === '' && !list.isBehind && { total: shown.total })}
        {...(time && {
          sorting: { column: time, isDescending: order === 'newest' },
          onSort: onTurn,
        })}
        {...(!shown.isCut && !list.isFull && list.moreError === null && { onEnd: list.more })}
        empty={<NothingListed {...{ queue, view, total: shown.total }} />}
      />
      {list.moreError !== null && <Problem error={list.moreError} onRetry={list.more} />}
      {selection.keys.size > 0 && (
        <SelectedBar
          {...{ queue, view, shown, selection, isAll }}
          onAll={selectAll}
          onAct={setKind}
        />
      )}
      {kind !== null && (
        <BulkDialog
          {...{ kind, selection: meant }}
          onClose={() => setKind(null)}
          onStarted={(bulk) => {
            selection.clear();
            onStarted(bulk);
          }}
        />
      )}
    </>
  );
}

/** A selection that may mean all that match; any change of single rows ends that, and another view ends both. */
function useWhole(
  view: string,
  rows: readonly ShownJob[],
): [selection: Selection, isAll: boolean, selectAll: () => void] {
  const own = useSelection();
  const [isAll, setIsAll] = useState(false);
  const selection = useMemo((): Selection => {
    const ends =
      <Given extends unknown[]>(act: (...given: Given) => void) =>
      (...given: Given): void => {
        setIsAll(false);
        act(...given);
      };
    return {
      keys: own.keys,
      has: (key) => isAll || own.has(key),
      ...{ toggle: ends(own.toggle), add: ends(own.add), clear: ends(own.clear) },
    };
  }, [own, isAll]);
  useEffect(() => selection.clear(), [view]);
  const selectAll = (): void => {
    own.add(rows.map(keyOf));
    setIsAll(true);
  };
  return [selection, isAll, selectAll];
}
