/**
 * One call to a service: bounded in time, and broken off when the job is cancelled.
 */

export interface CallOptions {
  /** The job's own signal. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The service says that this will never work: no retry helps. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** As `fetch`. Rejects with a plain error, worth a retry, when there is no usable answer. */
export async function call(
  what: string,
  url: string,
  init: RequestInit,
  { signal, timeoutMs }: CallOptions,
): Promise<Response> {
  // Not AbortSignal.any with AbortSignal.timeout: on Node 20 the timeout can be collected before it fires.
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return await fetch(url, { ...init, signal: controller.signal });
  } catch (error) {
    signal.throwIfAborted();
    const why = controller.signal.aborted ? `within ${timeoutMs} ms` : 'at all';
    throw new Error(`${what} did not answer ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
