/**
 * How much of the state the list is: what was looked at, what could not be, and how to go on.
 */
import type { JSX } from 'preact';
import { useMay } from '../../api/me.tsx';
import { Button } from '../../ui/button.tsx';
import { useFormats, useWords } from '../../words/words.tsx';
import type { JobList } from './use-job-list.ts';
import type { JobsView } from './view-state.ts';

/** One line above the table. */
export function SearchNote(props: {
  readonly queue: string;
  readonly view: JobsView;
  readonly list: JobList;
}): JSX.Element | null {
  const { queue, view, list } = props;
  const words = useWords().jobs;
  const { number } = useFormats();
  const may = useMay();
  const { shown, isLoading, isFull, isBehind, more, renew } = list;
  if (!shown || shown.total === 0) return null;
  const { rows, total, looked, gone, unread, next, isCut } = shown;
  const [found, all] = [number(rows.length), number(total)];
  const isSearch = view.filter !== '';
  const isPart = next !== null || isBehind;
  const line = !isSearch
    ? words.listed(found, all, isBehind)
    : isPart
      ? words.searchedPart(found, number(looked), all, view.order)
      : words.searchedAll(found, number(looked));
  return (
    <>
      <span role="status">
        {line} {gone > 0 && words.goneJobs(number(gone))}{' '}
        {unread > 0 && words.unreadJobs(number(unread))}
      </span>
      {isSearch && !may('data.read', queue) && <span>{words.dataHidden}</span>}
      {isCut && (
        <Button size="small" disabled={isLoading} onClick={more}>
          {isLoading ? words.searching : words.searchOn}
        </Button>
      )}
      {isFull && !isCut && next !== null && (
        <Button size="small" disabled={isLoading} onClick={more}>
          {words.goOnFromHere}
        </Button>
      )}
      {isBehind && (
        <Button size="small" onClick={renew}>
          {words.backToTop}
        </Button>
      )}
    </>
  );
}
