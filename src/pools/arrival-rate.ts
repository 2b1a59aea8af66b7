/**
 * How many jobs become ready a second, and how unevenly. Pure.
 *
 * Two averages: a slow one over at least some 30 arrivals, and a fast one that counts only while it is above the
 * slow one by more than chance explains. So a rise is seen within seconds and noise is not.
 */

/** What is remembered of arrivals. */
export interface ArrivalMemory {
  /** Averages, jobs a second. */
  readonly slow: number;
  readonly fast: number;
  /** Average of jobs in a second, and of the square of how far a second was from it. */
  readonly mean: number;
  readonly spread: number;
  /** How long arrivals have been watched. */
  readonly seconds: number;
}

const FAST_SECONDS = 10;
const SPREAD_SECONDS = 120;
/** The slow average reaches over the time of so many arrivals, within limits. */
const SLOW_ARRIVALS = 15;
const SLOW_SECONDS = { least: 60, most: 600 };
/** So many standard deviations are not chance any more. */
const SIGNIFICANT = 2;

/** Learns from the arrivals of some time; without time nothing is learned. */
export function learnArrivals(
  before: ArrivalMemory | null,
  arrived: number,
  elapsedSeconds: number,
): ArrivalMemory | null {
  if (elapsedSeconds <= 0) return before;
  const rate = arrived / elapsedSeconds;
  if (!before) return { slow: rate, fast: rate, mean: rate, spread: rate, seconds: elapsedSeconds };
  const seconds = before.seconds + elapsedSeconds;
  // Before an average has seen the time it reaches over, it is the plain mean of what it has seen.
  const toward = (from: number, to: number, reach: number): number =>
    from + Math.max(1 - Math.exp(-elapsedSeconds / reach), elapsedSeconds / seconds) * (to - from);
  const reach = Math.max(SLOW_ARRIVALS / before.slow, SLOW_SECONDS.least);
  const off = arrived - before.mean * elapsedSeconds;
  return {
    slow: toward(before.slow, rate, Math.min(reach, SLOW_SECONDS.most)),
    fast: toward(before.fast, rate, FAST_SECONDS),
    mean: toward(before.mean, rate, SPREAD_SECONDS),
    spread: toward(before.spread, off ** 2 / elapsedSeconds, SPREAD_SECONDS),
    seconds,
  };
}

/** Jobs a second, as far as is known; only rises are believed fast. */
export function arrivalRateOf(memory: ArrivalMemory | null): number {
  if (!memory) return 0;
  const { slow, fast } = memory;
  const deviations = (2 * FAST_SECONDS * (fast - slow)) / Math.sqrt(2 * FAST_SECONDS * slow + 1);
  return deviations > SIGNIFICANT ? fast : slow;
}

/** Variance of arrivals against their mean: 1 when they come independently, more when in bursts. */
export function burstinessOf(memory: ArrivalMemory | null): number {
  if (!memory || memory.mean <= 0) return 1;
  return Math.min(Math.max(memory.spread / memory.mean, 0.5), 4);
}
