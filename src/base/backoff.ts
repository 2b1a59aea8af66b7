/**
 * How long to wait before the next try: exponential, capped, jittered.
 *
 * Pure. Jitter takes away up to half of the delay, so that a fleet that lost its server together does
 * not come back together.
 */

/** Bounds of a backoff, in milliseconds. */
export interface BackoffBounds {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Delay before try `attempt` (1 is the first retry).
 *
 * @param random in [0, 1); 0 gives the full delay, 1 would give half of it
 */
export function backoffDelay(
  attempt: number,
  bounds: BackoffBounds,
  random: number = Math.random(),
): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, 30);
  const full = Math.min(bounds.minDelayMs * 2 ** doublings, bounds.maxDelayMs);
  return Math.max(1, Math.round(full * (1 - random / 2)));
}

/** True for the 1st, 2nd, 4th, 8th … occurrence: often enough to be seen, too seldom to be noise. */
export function isWorthTelling(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}
