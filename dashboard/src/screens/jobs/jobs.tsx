/**
 * The screen “Jobs”: the jobs of one state of a queue, searched, and dealt with one by one or many at once.
 */
import './jobs.css';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { codeOf } from '../../api/failure.ts';
import { useCommands } from '../../shell/commands.tsx';
import { to } from '../../shell/paths.ts';
import { Button } from '../../ui/button.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { BulkProgress } from './bulk-progress.tsx';
import { ColumnChooser } from './column-chooser.tsx';
import { FilterBar } from './filter-bar.tsx';
import { JobTable } from './job-table.tsx';
import { ListNews } from './list-news.tsx';
import { QueueActs } from './queue-acts.tsx';
import { SearchNote } from './search-note.tsx';
import { StateTabs } from './state-tabs.tsx';
import { useJobList } from './use-job-list.ts';
import { useJobsView } from './view-state.ts';
import { ViewsMenu } from './views-menu.tsx';

/** The screen. */
export default function Jobs({ queue }: { readonly queue: string }): JSX.Element {
  const { jobs: words, shell } = useWords();
  const viewing = useJobsView(queue);
  const { view, search, show } = viewing;
  const list = useJobList(queue, view);
  const [bulks, setBulks] = useState<readonly string[]>([]);
  const { shown, error, renew } = list;
  const isWrong = codeOf(error) === 'FILTER_INVALID';
  const turn = (): void => show({ order: view.order === 'newest' ? 'oldest' : 'newest' });
  useCommands([
    { id: 'jobs.order', label: words.turnOrder, group: 'general', key: 'y', run: turn },
  ]);
  return (
    <Screen
      tellsErrors
      title={words.titleOf(queue)}
      crumbs={
        <>
          <Link href={to.overview()}>{shell.nav.overview}</Link> /
          <Link href={to.queue(queue)}>{queue}</Link>
        </>
      }
      actions={<QueueActs {...{ queue, view }} onChanged={renew} />}
      isReady={shown !== null || isWrong}
      error={error}
      onRetry={renew}
    >
      <StateTabs {...viewing} queue={queue} />
      <div class="jobs-tools">
        <FilterBar {...viewing} {...{ queue, error }} />
        <Button onClick={turn} hint={`${words.turnOrder} (y)`}>
          {words.orders[view.order]}
        </Button>
        <ColumnChooser {...viewing} />
        <ViewsMenu {...{ queue, search }} />
      </div>
      {bulks.map((bulk) => (
        <BulkProgress
          key={bulk}
          {...{ bulk, onEnd: renew }}
          onClose={() => setBulks((all) => all.filter((each) => each !== bulk))}
        />
      ))}
      {error != null && !isWrong && <Problem error={error} onRetry={renew} />}
      {shown && !isWrong && (
        <>
          <div class="row search-note">
            <SearchNote {...{ queue, view, list }} />
            <ListNews list={list} />
          </div>
          <JobTable
            {...viewing}
            {...{ queue, list, shown, onTurn: turn }}
            onStarted={(bulk) => setBulks((all) => [bulk, ...all])}
          />
        </>
      )}
    </Screen>
  );
}
