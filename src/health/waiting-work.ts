/**
 * The work that a queue has for a worker at this moment: jobs that wait, and delayed ones that are due. Pure.
 */
import { countInWords, durationInWords } from './in-words.ts';
import type { QueueSignals } from './queue-signals.ts';

type Work = Pick<QueueSignals, 'counts' | 'pulse' | 'oldestWaitingMs'>;

/** Jobs that a worker could take now. */
export function workOf({ counts, pulse }: Pick<Work, 'counts' | 'pulse'>): number {
  return counts.waiting + counts.prioritized + (pulse?.due ?? 0);
}

/** How long the longest of them has been waiting; null when none does, or it is not known. */
export function longestWaitOf({ oldestWaitingMs, pulse }: Work): number | null {
  const waits = [oldestWaitingMs, pulse?.dueForMs ?? null].filter((ms) => ms !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

/** `12 jobs wait, the oldest for 4 min`. */
export function waitingInWords(signals: Work): string {
  const work = workOf(signals);
  const waitMs = longestWaitOf(signals);
  if (work === 1) return `1 job waits${waitMs === null ? '' : ` for ${durationInWords(waitMs)}`}`;
  const oldest = waitMs === null ? '' : `, the oldest for ${durationInWords(waitMs)}`;
  return `${countInWords(work, 'job')} wait${oldest}`;
}
