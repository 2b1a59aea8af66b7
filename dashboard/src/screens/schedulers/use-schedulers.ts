/**
 * The schedulers that are listed, asked again as time goes on: they run without anybody doing anything.
 */
import type { SchedulerRow } from '../../../../src/operations/views.ts';
import { useAsk } from '../../api/use-ask.ts';

/** What is listed. */
export interface Schedulers {
  /** The next to run first; undefined until they are there. */
  readonly rows: readonly SchedulerRow[] | undefined;
  /** How many there are, also those that are not listed. */
  readonly total: number;
  /** Whether all queues have been looked into. */
  readonly isComplete: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

const EVERY_MS = 5_000;
const MOST = 1_000;
/** Of one queue. */
const MOST_OF_QUEUE = 500;

/** Those of all queues, or of one. */
export function useSchedulers(queue: string | undefined): Schedulers {
  const all = useAsk(
    'schedulers.all',
    { limit: MOST },
    { everyMs: EVERY_MS, enabled: queue === undefined },
  );
  const own = useAsk(
    'schedulers.list',
    { queue: queue ?? '', limit: MOST_OF_QUEUE },
    { everyMs: EVERY_MS, enabled: queue !== undefined },
  );
  if (queue === undefined) {
    const { data, error, refetch } = all;
    const { rows, total = 0, isComplete = true } = data ?? {};
    return { rows, total, isComplete, error, retry: () => void refetch() };
  }
  const { data, error, refetch } = own;
  return {
    ...{ rows: data?.rows, total: data?.rows.length ?? 0, isComplete: !data?.next },
    ...{ error, retry: () => void refetch() },
  };
}
