/**
 * Counts how often a socket came and went without having been well for a while in between, so that a storm is
 * told at the 1st, 2nd, 4th, 8th … time: a server may answer just enough to be connected to again and again.
 */
import type { Clock } from '../base/clock.ts';

const WELL_MS = 30_000;

/** The ups and downs of one socket. */
export class Flapping {
  readonly #clock: Clock;
  #rounds = 1;
  #isConnected = false;
  #readySince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Which coming or going this is, 1 the first time. */
  get round(): number {
    return this.#rounds;
  }

  /** The server took the connection. */
  connected(): void {
    this.#isConnected = true;
  }

  /** It can be used. */
  ready(): void {
    this.#readySince = this.#clock.monotonic();
  }

  /** It was lost, or could not be made usable. A server that takes no connection is no flapping. */
  down(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    const wellMs = this.#clock.monotonic() - (this.#readySince ?? Number.POSITIVE_INFINITY);
    this.#rounds = wellMs >= WELL_MS ? 1 : this.#rounds + 1;
    this.#readySince = undefined;
  }
}
