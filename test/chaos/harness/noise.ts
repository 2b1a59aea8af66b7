/**
 * How late the timers of the harness are: the part of every measured time that is the machine's own fault.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** Measures from its making until it is closed. */
export class Noise {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  /** What 99 of 100 delays do not exceed. */
  get p99Ms(): number {
    return Math.max(0, Math.round(this.#delay.percentile(99) / 1e6) - RESOLUTION_MS);
  }

  close(): void {
    this.#delay.disable();
  }
}
