/**
 * The answers that go on: each ends when its client has gone, when its source ends, and when the coordinator stops.
 *
 * `stop()` of a coordinator waits for its faces; a stream that nobody ends would hold it up. Each keeps what its client
 * has not taken yet, so there are only so many at a time.
 */
import { CoordinatorError, RateLimited } from '../errors.ts';

const TRY_AGAIN_MS = 5_000;

/** Streams under way. */
export class OpenStreams {
  readonly #most: number;
  readonly #controllers = new Set<AbortController>();
  #isStopping = false;

  /** @param most at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** A signal that aborts when the client goes or all must end. Throws STOPPED and RATE_LIMITED. */
  open(client: AbortSignal): { signal: AbortSignal; close: () => void } {
    if (this.#isStopping) throw new CoordinatorError('STOPPED', 'This process is stopping');
    if (this.#controllers.size >= this.#most)
      throw new RateLimited(
        TRY_AGAIN_MS,
        `${this.#most} such answers go on here already, the most there may be: ask again when one has ended`,
      );
    const controller = new AbortController();
    const onGone = (): void => close();
    const close = (): void => {
      this.#controllers.delete(controller);
      client.removeEventListener('abort', onGone);
      controller.abort();
    };
    this.#controllers.add(controller);
    if (client.aborted) close();
    else client.addEventListener('abort', onGone, { once: true });
    return { signal: controller.signal, close };
  }

  /** Ends them all, and lets none begin. */
  stop(): void {
    this.#isStopping = true;
    for (const controller of this.#controllers) controller.abort();
    this.#controllers.clear();
  }
}
