/**
 * Waiting for something that tells nobody: asks again and again until the answer is truthy.
 *
 * For what announces itself, wait for the event instead. Never a fixed sleep: too short on a busy machine,
 * too long on all others.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often to ask. */
export interface UntilOptions {
  /** @default 10_000 */
  readonly timeoutMs?: number;
  /** @default 20 */
  readonly intervalMs?: number;
  /** What is waited for, as the error says it: `the job is completed`. */
  readonly what?: string;
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * The first truthy answer of `predicate`.
 *
 * A predicate that throws has not answered yet; its last error becomes the `cause` of the timeout.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20, what = predicate.toString() }: UntilOptions = {},
): Promise<Truthy<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  let cause: unknown;
  for (;;) {
    try {
      last = await predicate();
      cause = undefined;
      if (last) return last as Truthy<T>; // the type cannot follow `if (last)` for a generic
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const answer = cause ? `it threw ${cause}` : `last answer: ${String(last)}`;
      throw new Error(`waited ${timeoutMs} ms in vain until ${what} (${answer})`, { cause });
    }
    await sleep(intervalMs);
  }
}
