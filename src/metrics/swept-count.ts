/**
 * Counts what this process has swept as leader: for its metrics.
 *
 * In memory, since the process started. Queues and kinds are few, so it stays small.
 */
import type { EventBus } from '../events.ts';
import type { Swept } from './exposition-input.ts';

/** Hears of every sweep. */
export class SweptCount {
  readonly #counts = new Map<string, { queue: string; kind: Swept['kind']; count: number }>();

  constructor(bus: Pick<EventBus, 'on'>) {
    bus.on('retention.swept', ({ queue, completed, failed, progress, events }) => {
      for (const [kind, count] of Object.entries({ completed, failed, progress, events }))
        this.#add(queue, kind as Swept['kind'], count);
    });
    bus.on('bodies.swept', ({ queue, bodies }) => this.#add(queue, 'bodies', bodies));
  }

  /** By queue and kind. */
  get all(): readonly Swept[] {
    return [...this.#counts.values()];
  }

  #add(queue: string, kind: Swept['kind'], count: number): void {
    if (count === 0) return;
    const key = JSON.stringify([queue, kind]);
    const known = this.#counts.get(key);
    if (known) known.count += count;
    else this.#counts.set(key, { queue, kind, count });
  }
}
