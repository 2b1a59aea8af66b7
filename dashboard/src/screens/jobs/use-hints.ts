/**
 * What a search can ask for, once somebody is about to search.
 */
import { useAsk } from '../../api/use-ask.ts';
import type { Hints } from './suggest.ts';
import type { JobsView } from './view-state.ts';

const NONE: Hints = { names: [], fields: [], errors: [] };

/** Hints for the jobs of a state; none until they are there. */
export function useHints(queue: string, { state }: JobsView, isWanted: boolean): Hints {
  return useAsk('jobs.hints', { queue, state }, { enabled: isWanted }).data ?? NONE;
}
