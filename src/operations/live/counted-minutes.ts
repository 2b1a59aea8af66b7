/**
 * How many jobs ended in each of the last minutes, of queues that no leader keeps figures of.
 *
 * A minute is counted once, soon after its end, by the jobs that are still kept then: what is removed later has been
 * counted. Holds thirty numbers for each queue.
 */
import { NO_TREND, TREND_MINUTES, type Trend } from '../../health/trend.ts';

/** Clocks of hosts differ a little: a minute is over so long after its end. */
const OVER_AFTER_MS = 2_000;
const MINUTE_MS = 60_000;

/** The last minute that is over, by its number since 1970. @param now epoch ms on the server */
export function lastMinute(now: number): number {
  return Math.floor((now - OVER_AFTER_MS) / MINUTE_MS) - 1;
}

/** Counts by queue. */
export class CountedMinutes {
  readonly #counted = new Map<string, { readonly last: number; readonly trend: Trend }>();

  /** How many of the minutes up to `last` are not counted yet. */
  missing(queue: string, last: number): number {
    const counted = this.#counted.get(queue);
    return counted ? Math.min(TREND_MINUTES, Math.max(0, last - counted.last)) : TREND_MINUTES;
  }

  /** Takes in the minutes up to `last` that were missing; null: cannot be known. None were counted: none are taken in. */
  add(queue: string, last: number, jobs: Trend): void {
    if (jobs.length === 0) return;
    const trend = [...this.of(queue), ...jobs].slice(-TREND_MINUTES);
    this.#counted.set(queue, { last, trend });
  }

  /** What is known of a queue. */
  of(queue: string): Trend {
    return this.#counted.get(queue)?.trend ?? NO_TREND;
  }

  /** Lets go of all other queues. */
  keep(queues: ReadonlySet<string>): void {
    for (const queue of this.#counted.keys()) if (!queues.has(queue)) this.#counted.delete(queue);
  }
}
