/**
 * Counts how often this process has changed the target of a pool: for its metrics.
 *
 * In memory, since the process started. Queues, directions and terms are few, so it stays small.
 */
import type { EventBus } from '../events.ts';
import type { ScaleEvents } from '../metrics/exposition-input.ts';

/** Hears of every change. */
export class ScaleEventCount {
  readonly #counts = new Map<string, ScaleEvents>();

  constructor(bus: Pick<EventBus, 'on'>) {
    bus.on('pool.scaled', ({ queue, from, to, decidedBy: reason }) => {
      const direction = to > from ? 'up' : 'down';
      const key = JSON.stringify([queue, direction, reason]);
      const count = (this.#counts.get(key)?.count ?? 0) + 1;
      this.#counts.set(key, { queue, direction, reason, count });
    });
  }

  /** By queue, direction and the term that decided. */
  get all(): readonly ScaleEvents[] {
    return [...this.#counts.values()];
  }
}
