/**
 * A clock that moves only when it is told to. For unit tests; nothing in the library uses it.
 */
import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A `Clock` under control. Wall clock and monotonic clock can be moved apart with `jump`. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #offset = 1_700_000_000_000;
  #timers: Timer[] = [];

  now(): number {
    return this.#elapsed + this.#offset;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The machine's clock is set; timers and the monotonic clock do not notice. */
  jump(byMs: number): void {
    this.#offset += byMs;
  }

  /** Lets time pass, firing what is due in order, and lets promises settle in between. */
  async pass(byMs: number): Promise<void> {
    const end = this.#elapsed + byMs;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.callback();
    }
    this.#elapsed = end;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}
