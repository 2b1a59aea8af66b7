/**
 * What happens when a loop fails: it is announced, the 1st, 2nd, 4th … time in the log, and a refusal by Redis is told
 * to whoever watches for those.
 */
import { messageOf } from './errors.ts';
import { type Announce, Repetition } from './events.ts';
import { refusalOf } from './redis/connection-lost.ts';
import type { Hub } from './redis/hub.ts';

/** Hears the errors of the loops of a process. */
export class LoopErrors {
  readonly #refusals: Pick<Hub['refusals'], 'report'>;
  readonly #announce: Announce;
  readonly #repetitions = new Map<string, Repetition>();

  constructor(refusals: Pick<Hub['refusals'], 'report'>, announce: Announce) {
    this.#refusals = refusals;
    this.#announce = announce;
  }

  /** A loop has failed. */
  hear(loop: string, error: unknown): void {
    // A right that only an observer lacks stops no job.
    if (refusalOf(error) !== 'NOPERM') this.#refusals.report(error);
    const repetition = this.#repetitions.get(loop) ?? new Repetition();
    this.#repetitions.set(loop, repetition);
    const message = messageOf(error);
    this.#announce('loop.failed', { loop, message, repeated: repetition.count(message) });
  }
}
