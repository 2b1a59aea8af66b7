/**
 * The answers that go on: each ends when its client has gone, when its source ends, and when the coordinator stops.
 *
 * `stop()` of a coordinator waits for its faces; a stream that nobody ends would hold it up.
 */
import { CoordinatorError } from '../errors.ts';

/** Streams under way. */
export class OpenStreams {
  readonly #controllers = new Set<AbortController>();
  #isStopping = false;

  /** How many are under way. */
  get size(): number {
    return this.#controllers.size;
  }

  /** A signal that aborts when the client goes or all must end. Throws STOPPED. */
  open(client: AbortSignal): { signal: AbortSignal; close: () => void } {
    if (this.#isStopping) throw new CoordinatorError('STOPPED', 'This process is stopping');
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
