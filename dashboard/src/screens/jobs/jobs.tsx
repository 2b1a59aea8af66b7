/**
 * The screen “Jobs”: the jobs of one state of a queue, searched, and dealt with one by one or many at once.
 */
import './jobs.css';
import type { JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { codeOf } from '../../api/failure.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import { ColumnChooser } from './column-chooser.tsx';
import { columnsOf, TIME_OF, toColumns } from './columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { NothingListed } from './nothing-listed.tsx';
import { SearchNote } from './search-note.tsx';
import type { ShownJob } from './shown-jobs.ts';
import { StateTabs } from './state-tabs.tsx';
import { useJobList } from './use-job-list.ts';
import { useJobsView } from './view-state.ts';
import { ViewsMenu } from './views-menu.tsx';

const keyOf = ({ id }: ShownJob): string => id;

/** The screen. */
export default function Jobs({ queue }: { readonly queue: string }): JSX.Element {
  const { jobs: words, shell } = useWords();
  const formats = useFormats();
  const [, go] = useLocation();
  const viewing = useJobsView(queue);
  const { view, search, show } = viewing;
  const list = useJobList(queue, view);
  const { shown, error } = list;
  const { state, order } = view;
  const chosen = view.columns?.join(',') ?? null;
  const columns = useMemo(
    () => toColumns(columnsOf(state, chosen?.split(',') ?? null), { words, formats, state }),
    [state, chosen, words, formats],
  );
  const open = useCallback(({ id }: ShownJob) => go(to.job(queue, id)), [go, queue]);
  const isWrong = codeOf(error) === 'FILTER_INVALID';
  const time = TIME_OF[state];
  const isDescending = order === 'newest';
  const turn = (): void => show({ order: isDescending ? 'oldest' : 'newest' });
  const fresh = shown?.fresh ?? 0;
  const left = shown?.rows.filter(({ hasLeft }) => hasLeft).length ?? 0;
  const isChanged = fresh > 0 || left > 0;
  useCommands([
    { id: 'jobs.order', label: words.turnOrder, group: 'general', key: 'y', run: turn },
    ...(isChanged
      ? [
          {
            ...({ id: 'jobs.new', group: 'general', key: 'n' } as const),
            label: words.showNew,
            run: list.renew,
          },
        ]
      : []),
  ]);
  return (
    <Screen
      title={words.titleOf(queue)}
      crumbs={
        <>
          <Link href={to.overview()}>{shell.nav.overview}</Link> /
          <Link href={to.queue(queue)}>{queue}</Link>
        </>
      }
      isReady={shown !== null || isWrong}
      error={error}
      onRetry={list.renew}
    >
      <StateTabs {...viewing} queue={queue} />
      <div class="jobs-tools">
        <FilterBar {...viewing} queue={queue} error={error} />
        <Button onClick={turn} hint={words.turnOrder}>
          {words.orders[order]}
        </Button>
        <ColumnChooser {...viewing} />
        <ViewsMenu queue={queue} search={search} />
      </div>
      {error != null && !isWrong && <Problem error={error} onRetry={list.renew} />}
      {shown && !isWrong && (
        <>
          <div class="row search-note">
            <SearchNote {...{ queue, view, list }} />
            {isChanged && (
              <span class="news">
                <Button size="small" tone="primary" disabled={list.isLoading} onClick={list.renew}>
                  {words.news(formats.number(fresh), formats.number(left))}
                </Button>
              </span>
            )}
          </div>
          <DataTable
            caption={words.caption(shell.states[state], queue)}
            {...{ columns, keyOf, rows: shown.rows, onOpen: open }}
            {...(view.filter === '' && { total: shown.total })}
            {...(time && { sorting: { column: time, isDescending }, onSort: turn })}
            {...(!shown.isCut && !list.isFull && { onEnd: list.more })}
            empty={<NothingListed {...{ queue, view, total: shown.total }} />}
          />
        </>
      )}
    </Screen>
  );
}
