/**
 * How a queue stands: since when its oldest job waits, whether more comes in than is done, and when it will be
 * empty. Pure.
 *
 * A queue in which nothing finishes is not idle while something waits, whatever its latencies say.
 */
import type { QueueStats } from '../queues/queue-stats.ts';
import type { Figures } from './figures.ts';

/**
 * Why `drainMs` is what it is: `empty` nothing waits · `draining` · `growing` at least as much comes in as is done ·
 * `stalled` nothing is done · `paused` · `unknown` a rate is not known.
 */
export type DrainReason = 'empty' | 'draining' | 'growing' | 'stalled' | 'paused' | 'unknown';

/** The state of a queue's backlog. */
export interface Backlog {
  /** Jobs that could be fetched now. */
  readonly waiting: number;
  readonly oldestWaitingMs: number | null;
  readonly arrivalsPerMinute: number | null;
  /** Jobs that leave the queue for good. */
  readonly servicePerMinute: number | null;
  /** Until nothing waits, at these rates; null when that never happens or cannot be told: see `reason`. */
  readonly drainMs: number | null;
  readonly reason: DrainReason;
  /** The reason as a sentence. */
  readonly words: string;
  /** Where the rates come from; `absent`: nobody has measured them lately. */
  readonly source: Figures['source'];
}

/** @param recent figures of the last minutes */
export function toBacklog(stats: QueueStats, recent: Figures | undefined): Backlog {
  const waiting = stats.counts.waiting + stats.counts.prioritized;
  const arrivalsPerMinute = recent?.arrivalsPerMinute ?? null;
  const servicePerMinute = recent?.throughputPerMinute ?? null;
  const about = { waiting, oldestWaitingMs: stats.oldestWaitingMs };
  const rates = { arrivalsPerMinute, servicePerMinute };
  const reason = reasonOf(waiting, stats.isPaused, rates);
  const perMs = ((servicePerMinute ?? 0) - (arrivalsPerMinute ?? 0)) / 60_000;
  const drainMs = reason === 'draining' ? Math.round(waiting / perMs) : null;
  return {
    ...{ ...about, ...rates, drainMs: reason === 'empty' ? 0 : drainMs, reason },
    words: reason === 'unknown' ? unknownRate(rates) : WORDS[reason],
    source: recent?.source ?? 'absent',
  };
}

const WORDS: Readonly<Record<Exclude<DrainReason, 'unknown'>, string>> = {
  empty: 'Nothing waits',
  draining: 'More is done than comes in',
  growing: 'At least as much comes in as is done: at this pace it is never empty',
  stalled: 'Jobs wait, and none was done in the last minutes',
  paused: 'The queue is paused: nothing is fetched until it is resumed',
};

function unknownRate({ servicePerMinute }: Pick<Backlog, 'servicePerMinute'>): string {
  const rate = servicePerMinute === null ? 'are done' : 'come in';
  return `How many jobs ${rate} in a minute is not known: workers that run Drover measure it, and none has lately`;
}

function reasonOf(
  waiting: number,
  isPaused: boolean,
  { arrivalsPerMinute, servicePerMinute }: Pick<Backlog, 'arrivalsPerMinute' | 'servicePerMinute'>,
): DrainReason {
  if (waiting === 0) return 'empty';
  if (isPaused) return 'paused';
  if (servicePerMinute === null) return 'unknown';
  if (servicePerMinute === 0) return 'stalled';
  if (arrivalsPerMinute === null) return 'unknown';
  return arrivalsPerMinute >= servicePerMinute ? 'growing' : 'draining';
}
