/**
 * Time as benchmarks need it: one clock for all processes of a machine, and waits with an end.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Milliseconds of CLOCK_MONOTONIC, which on Linux is the same for every process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Settles as `promise` does, or rejects after `ms` with what was waited for. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks every few milliseconds until `look` says yes; rejects after `ms`. */
export async function until(
  look: () => boolean | Promise<boolean>,
  ms: number,
  what: string,
): Promise<void> {
  const end = monotonicMs() + ms;
  while (!(await look())) {
    if (monotonicMs() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await sleep(10);
  }
}
