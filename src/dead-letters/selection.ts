/**
 * Which dead letters a bulk action is about: chosen ids, a filter or a group, of one queue. Pure.
 *
 * A selection is frozen when the action is made: durations in its filter count back from that moment, and what died
 * later does not belong to it.
 */
import { CoordinatorError } from '../errors.ts';
import { type Filter, parseFilter } from './filter.ts';

/** What an operator chooses. `queue` may be left out when the filter names it. */
export type Selection =
  | { readonly queue: string; readonly ids: readonly string[] }
  | { readonly queue?: string; readonly filter: string }
  | { readonly queue: string; readonly group: string };

/** A selection at one moment. `filter` is null when ids were chosen. */
export interface FrozenSelection {
  readonly queue: string;
  readonly filter: string | null;
  /** Epoch ms. */
  readonly frozenAt: number;
}

/** The ids that were chosen, each once; they are kept apart, as there may be very many. */
export function chosenIds(selection: Selection): readonly string[] {
  if (!('ids' in selection)) return [];
  const ids = [...new Set(selection.ids)];
  if (ids.length === 0) throw refused('no ids are given');
  if (ids.some((id) => typeof id !== 'string' || id === '')) throw refused('an id is empty');
  return ids;
}

/** Freezes it. Throws `FILTER_INVALID`, or `BULK_REFUSED` when no queue is named. */
export function freeze(selection: Selection, now: number): FrozenSelection {
  const text =
    'ids' in selection
      ? null
      : 'group' in selection
        ? `group:${selection.group}`
        : selection.filter;
  const named = text === null ? undefined : parseFilter(text, now).queue;
  const queue = selection.queue ?? named;
  if (queue === undefined || queue === '')
    throw refused('it names no queue: say which one, or write queue:… into the filter');
  if (named !== undefined && named !== queue)
    throw refused(`it is about queue "${queue}", and its filter about queue "${named}"`);
  return { queue, filter: text, frozenAt: now };
}

/** The filter of a frozen selection, with the end of its time; undefined when ids were chosen. */
export function filterOf({ filter, frozenAt }: FrozenSelection): Filter | undefined {
  if (filter === null) return undefined;
  const parsed = parseFilter(filter, frozenAt);
  return { ...parsed, to: Math.min(parsed.to, frozenAt + 1) };
}

function refused(problem: string): CoordinatorError {
  return new CoordinatorError('BULK_REFUSED', `The selection cannot be used: ${problem}`);
}
