/**
 * Something that runs again and again: the only shape of periodic work.
 *
 * A round never overlaps the one before it; an error of a round is handed to `onError` and the loop goes
 * on; the pause between rounds is jittered by ±10 %, so that a fleet does not beat in step. `stop` does
 * not interrupt a round, it waits for it (rounds bound themselves).
 */
import { type Clock, systemClock } from './clock.ts';
import { sleep } from './wait.ts';

/** What a loop does and how often. */
export interface LoopOptions {
  readonly name: string;
  /** Pause between the end of a round and the start of the next, milliseconds. */
  readonly intervalMs: number;
  readonly run: () => Promise<void> | void;
  readonly onError: (loop: string, error: unknown) => void;
  readonly clock?: Clock;
}

/** Periodic work with an idempotent start and stop. Its timers do not keep the process alive. */
export class Loop {
  readonly name: string;
  readonly #options: LoopOptions;
  #stopping: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LoopOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Starts with a round at once. */
  start(): void {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#running = this.#rounds(stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    await this.#running;
  }

  async #rounds(signal: AbortSignal): Promise<void> {
    const { name, intervalMs, run, onError, clock = systemClock } = this.#options;
    while (!signal.aborted) {
      try {
        await run();
      } catch (error) {
        onError(name, error);
      }
      const pauseMs = intervalMs * (0.9 + Math.random() * 0.2);
      await sleep(pauseMs, { signal, clock, background: true });
    }
  }
}
