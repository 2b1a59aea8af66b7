/**
 * How many slots of a queue are there, are on their way, and only finish their job. Pure.
 */
import type { HeardBeat } from './process-beat.ts';

/** Slots of one queue in the fleet. */
export interface SlotCounts {
  readonly ready: number;
  /** Shared out, and not open yet. */
  readonly starting: number;
  /** Jobs that run in slots that are closed already. */
  readonly draining: number;
}

/** Counts the slots of `queue`. A process that stops finishes its jobs, and offers none. */
export function countSlots(
  live: readonly HeardBeat[],
  queue: string,
  shares: ReadonlyMap<string, number>,
): SlotCounts {
  const counts = { ready: 0, starting: 0, draining: 0 };
  for (const { id, isStopping, pools } of live) {
    const pool = pools[queue];
    if (!pool) continue;
    const open = isStopping ? 0 : pool.slots;
    counts.ready += open;
    counts.draining += Math.max(0, pool.active - open);
    if (!isStopping) counts.starting += Math.max(0, (shares.get(id) ?? 0) - open);
  }
  return counts;
}
