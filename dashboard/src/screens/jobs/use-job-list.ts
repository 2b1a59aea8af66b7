/**
 * Keeps the list: the first page, more of them as one scrolls, and what is new at the top.
 *
 * The first page is asked again on the beat of the queue, and its rows wait until somebody wants them. The page holds so
 * many rows at most: further ones take the place of those before.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { JobPage } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';
import { codeOf } from '../../api/failure.ts';
import { useAsk } from '../../api/use-ask.ts';
import { fromFirst, type ShownJobs, withMore, withNews } from './shown-jobs.ts';
import type { JobsView } from './view-state.ts';

const PAGE = 100;
/** The most that the server gives at once. */
const MOST_AT_ONCE = 1_000;
/** Rows that are held at most. */
const MOST_ROWS = 20_000;
/** A search looks at many jobs: it is repeated by the clock, not with each change. */
const SEARCH_EVERY_MS = 15_000;

/** The list. */
export interface JobList {
  /** null: nothing is known yet. */
  readonly shown: ShownJobs | null;
  readonly error: unknown;
  /** Why `more` failed; null: it did not. It is for whoever looks to try again, not for the end of the page. */
  readonly moreError: unknown;
  readonly isLoading: boolean;
  /** Whether the page is full: `more` starts a new one. */
  readonly isFull: boolean;
  /** Whether rows before these were left behind. */
  readonly isBehind: boolean;
  /** Loads what comes next. */
  readonly more: () => void;
  /** Shows the list as it is now, as many rows as are shown. */
  readonly renew: () => void;
}

interface Held {
  readonly key: string;
  readonly jobs: ShownJobs;
  readonly isBehind: boolean;
  readonly isSettled: boolean;
  readonly from: JobPage | null;
}

/** The jobs of a view. */
export function useJobList(queue: string, { state, filter, order }: JobsView): JobList {
  const { client } = useApi();
  const input = { queue, state, order, limit: PAGE, ...(filter && { filter }) };
  const key = JSON.stringify(input);
  // A filter that cannot be read stays so.
  const [wrong, setWrong] = useState<string | null>(null);
  const first = useAsk('jobs.list', input, {
    ...(filter ? { everyMs: wrong === key ? undefined : SEARCH_EVERY_MS } : { follows: queue }),
  });
  const [held, setHeld] = useState<Held | null>(null);
  const [isLoading, setIsLoading] = useState(false);
  const [failure, setFailure] = useState<{ readonly error: unknown; readonly isOfMore: boolean }>();
  /** Only the last one that was begun counts. */
  const turn = useRef(0);
  const current = useRef(key);
  current.current = key;
  const { data, isFetchedAfterMount } = first;
  useEffect(() => {
    turn.current += 1;
    setFailure(undefined);
    setIsLoading(false);
  }, [key]);
  useEffect(
    () => setWrong(codeOf(first.error) === 'FILTER_INVALID' ? key : null),
    [key, first.error],
  );
  useEffect(() => {
    if (data) setHeld((before) => take(before, key, data, isFetchedAfterMount));
  }, [key, data, isFetchedAfterMount]);

  const own = held?.key === key ? held : null;
  const load = useCallback(
    async (
      limit: number,
      cursor: string | null,
      merge: (before: Held | null, page: JobPage) => Held | null,
    ) => {
      turn.current += 1;
      const own = turn.current;
      const isLast = (): boolean => own === turn.current && current.current === key;
      setIsLoading(true);
      try {
        const more = { ...input, limit, ...(cursor !== null && { cursor }) };
        const page = await client.call('jobs.list', more);
        if (!isLast()) return;
        setHeld((before) => merge(before, page));
        setFailure(undefined);
      } catch (error) {
        if (isLast()) setFailure({ error, isOfMore: cursor !== null });
      } finally {
        if (isLast()) setIsLoading(false);
      }
    },
    [client, key],
  );
  const isFull = (own?.jobs.rows.length ?? 0) >= MOST_ROWS;
  const more = useCallback(() => {
    const next = own?.jobs.next;
    if (!next || isLoading) return;
    void load(PAGE, next, (before, page) => {
      // Another list has come meanwhile: this is no page of it.
      if (before?.key !== key || before.jobs.next !== next) return before;
      return isFull
        ? { ...before, jobs: fromFirst(page, PAGE), isBehind: true }
        : { ...before, jobs: withMore(before.jobs, page, PAGE) };
    });
    if (isFull) window.scrollTo(0, 0);
  }, [own, key, isLoading, isFull, load]);
  const renew = useCallback(() => {
    const wanted = Math.ceil((own?.jobs.rows.length ?? 1) / PAGE) * PAGE;
    const limit = Math.min(MOST_AT_ONCE, Math.max(PAGE, own?.isBehind ? PAGE : wanted));
    void load(limit, null, (_before, page) => ({
      ...{ key, jobs: fromFirst(page, limit), isBehind: false, isSettled: true, from: null },
    }));
  }, [own, key, load]);
  return {
    shown: own?.jobs ?? null,
    error: (failure?.isOfMore ? null : failure?.error) ?? first.error,
    moreError: failure?.isOfMore ? failure.error : null,
    ...{ isLoading, isFull, isBehind: own?.isBehind ?? false, more, renew },
  };
}

/** What a first page makes of what is held. */
function take(before: Held | null, key: string, page: JobPage, isAsked: boolean): Held {
  const isShown = before?.key === key && before.isSettled && before.jobs.rows.length > 0;
  if (!isShown) {
    const jobs = fromFirst(page, PAGE);
    return { key, jobs, isBehind: false, isSettled: isAsked, from: page };
  }
  if (before.from === page || before.isBehind) return before;
  return { ...before, jobs: withNews(before.jobs, page), from: page };
}
