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
  try {
    return await fetch(url, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const why = isTimeout ? `within ${timeoutMs} ms` : 'at all';
    throw new Error(`${what} did not answer ${why}`, { cause: error });
  }
}
