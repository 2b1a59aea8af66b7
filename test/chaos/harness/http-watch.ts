/**
 * Asks a process every 50 ms over HTTP whether it still answers, and remembers how long that took.
 *
 * Answers count only while nobody has harmed the process itself on purpose.
 */
import { Agent, get } from 'node:http';
import { monotonicMs } from '../apps/say.ts';

const EVERY_MS = 50;
const PATIENCE_MS = 5_000;

/** Watches one port. */
export class HttpWatch {
  readonly tookMs: number[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #timer: NodeJS.Timeout;
  readonly #port: number;
  readonly #counts: () => boolean;

  constructor(port: number, counts: () => boolean) {
    this.#port = port;
    this.#counts = counts;
    this.#timer = setInterval(() => this.#ask(), EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #ask(): void {
    if (!this.#counts()) return;
    const startedAt = monotonicMs();
    const over = (): void => {
      if (this.#counts()) this.tookMs.push(monotonicMs() - startedAt);
    };
    const request = get(
      {
        ...{ host: '127.0.0.1', port: this.#port, path: '/health/redis' },
        ...{ agent: this.#agent, timeout: PATIENCE_MS },
      },
      (response) => response.resume().once('end', over),
    );
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', over);
  }
}
