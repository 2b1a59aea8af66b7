/**
 * What of an overview somebody may see, and what is different between two. Pure.
 */

import type { Principal } from '../../access/principal.ts';
import { allows, permissionsOf } from '../../access/roles.ts';
import type { OverviewRow, OverviewView } from './live-views.ts';

/** Whether a queue may be seen. */
export type Sight = (queue: string) => boolean;

/** Rows of one sample, by label. */
export type Rows = ReadonlyMap<string, OverviewRow>;

/** What changed from one sample to the next. */
export interface Changes {
  readonly changed: readonly OverviewRow[];
  readonly gone: readonly string[];
}

/** Who sees the same gets the same text: one name for all whose grants show the same queues. */
export function sightName({ grants }: Pick<Principal, 'grants'>): string {
  const patterns = grants
    .filter((grant) => permissionsOf(grant).includes('queues.read'))
    .flatMap(({ queues }) => queues ?? ['*']);
  return JSON.stringify(patterns.includes('*') ? ['*'] : [...new Set(patterns)].sort());
}

/** What a principal sees. */
export function sightOf(principal: Pick<Principal, 'grants'>): Sight {
  if (allows(principal, 'queues.read', null)) return () => true;
  return (queue) => allows(principal, 'queues.read', queue);
}

/** What is different. */
export function changesBetween(before: Rows, after: Rows): Changes {
  return {
    changed: [...after.values()].filter((row) => isDifferent(before.get(row.queue), row)),
    gone: [...before.keys()].filter((queue) => !after.has(queue)),
  };
}

/** The counts of some queues, together. */
export function totalsOf(rows: readonly OverviewRow[]): OverviewView['totals'] {
  const totals: Record<string, number> = {};
  for (const { counts } of rows)
    for (const [state, jobs] of Object.entries(counts)) totals[state] = (totals[state] ?? 0) + jobs;
  return totals;
}

// How long the oldest waits grows by itself, and says nothing new.
function isDifferent(before: OverviewRow | undefined, after: OverviewRow): boolean {
  if (!before) return true;
  const told = ({ oldestWaitingMs: _, ...row }: OverviewRow): string => JSON.stringify(row);
  return told(before) !== told(after);
}
