/**
 * The dry runs of what is about to be done, one for each queue.
 */
import { keepPreviousData, useQueries } from '@tanstack/preact-query';
import type { BulkPlan, InputOf } from '../../../../src/operations/views.ts';
import { useApi } from '../../api/api.tsx';

/** What came of asking. */
export interface Planned {
  readonly queue: string;
  /** undefined: it is being counted. */
  readonly plan: BulkPlan | undefined;
  readonly error: Error | null;
  /** Whether the plan is of something else, and the right one is on its way. */
  readonly isOld: boolean;
}

/** Plans, in the order of the inputs. */
export function usePlans(inputs: readonly InputOf<'deadLetters.plan'>[]): readonly Planned[] {
  const { client } = useApi();
  const results = useQueries({
    queries: inputs.map((input) => ({
      queryKey: ['deadLetters.plan', input],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.call('deadLetters.plan', input, { signal }),
      placeholderData: keepPreviousData,
      refetchOnWindowFocus: false,
    })),
  });
  return inputs.map(({ queue }, i) => {
    const { data, error, isPlaceholderData } = results[i]!;
    return { queue, plan: data, error, isOld: isPlaceholderData };
  });
}

/** How many would be dealt with; null: it is not known yet. */
export function eligibleOf(planned: readonly Planned[]): number | null {
  if (planned.some(({ plan, isOld }) => !plan || isOld)) return null;
  return planned.reduce((sum, { plan }) => sum + plan!.eligible, 0);
}

/** How many the largest of them are; null: it is not known yet. Queues go on side by side. */
export function mostOf(planned: readonly Planned[]): number | null {
  if (eligibleOf(planned) === null) return null;
  return Math.max(0, ...planned.map(({ plan }) => plan!.eligible));
}
