/**
 * Pages of dead letters, one after the other.
 */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/preact-query';
import { useCallback, useMemo } from 'preact/hooks';
import type {
  DeadLetterPage,
  DeadLetterRow,
  LetterSelection,
} from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';

const ROWS = 100;

/** What has come so far. */
export interface LetterPages {
  readonly rows: readonly DeadLetterRow[];
  /** How many records were looked at. */
  readonly looked: number;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly isAtWork: boolean;
  readonly more: () => void;
  readonly refresh: () => void;
  readonly error: Error | null;
}

/** Asks for the first page, and for more when it is told to. */
export function useLetterPages({ queue, filter, group }: LetterSelection): LetterPages {
  const { client } = useApi();
  const input = {
    ...{ queue, limit: ROWS },
    ...(filter !== undefined && { filter }),
    ...(group !== undefined && { group }),
  };
  const { data, error, isPending, isFetching, hasNextPage, fetchNextPage, refetch } =
    useInfiniteQuery<DeadLetterPage, Error, InfiniteData<DeadLetterPage>, unknown[], string | null>(
      {
        queryKey: ['deadLetters.list', input],
        initialPageParam: null,
        queryFn: ({ pageParam, signal }) =>
          client.call(
            'deadLetters.list',
            { ...input, ...(pageParam !== null && { cursor: pageParam }) },
            { signal },
          ),
        getNextPageParam: ({ next }) => next,
      },
    );
  const rows = useMemo(() => uniqueRows(data?.pages ?? []), [data]);
  return {
    rows,
    looked: (data?.pages ?? []).reduce((sum, page) => sum + page.looked, 0),
    hasMore: hasNextPage,
    ...{ isLoading: isPending, isAtWork: isFetching, error },
    more: useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]),
    refresh: useCallback(() => void refetch(), [refetch]),
  };
}

/** What dies between two pages moves the rest, and may come twice. */
function uniqueRows(pages: readonly DeadLetterPage[]): readonly DeadLetterRow[] {
  const rows = new Map(pages.flatMap((page) => page.rows).map((row) => [row.jobId, row]));
  return [...rows.values()];
}
