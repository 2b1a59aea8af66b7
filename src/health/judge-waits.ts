/**
 * Whether jobs wait longer than was promised. Pure.
 *
 * Percentiles tell of jobs that were started, so they go quiet when nothing starts: the oldest waiting job is
 * looked at as well. Without an objective no wait is too long. A paused queue makes its jobs wait on purpose.
 */
import { durationInWords } from './in-words.ts';
import type { QueueSignals } from './queue-signals.ts';
import type { Finding } from './queue-verdict.ts';
import { longestWaitOf } from './waiting-work.ts';

/** The objective is about 95 of 100 jobs: so many may wait longer. */
export const WAIT_BUDGET = 0.05;
/** Of fewer jobs the 95th percentile is nothing but the slowest one. */
const LEAST_WAITS = 20;

/** Judges the waits of the last minutes and of this moment. */
export function judgeWaits(signals: QueueSignals): Finding[] {
  const objectiveMs = signals.objectives?.waitP95Ms;
  if (objectiveMs === undefined || signals.isPaused) return [];
  const promised = `${durationInWords(objectiveMs)} are promised`;
  const findings: Finding[] = [];
  const { waitP95Ms = null, waits = null, source = 'absent', spanMs = 0 } = signals.recent ?? {};
  if (waitP95Ms !== null && (waits ?? 0) >= LEAST_WAITS && waitP95Ms > objectiveMs)
    findings.push({
      status: 'degraded',
      code: 'wait-objective',
      message: `5 of 100 jobs waited longer than ${durationInWords(waitP95Ms)} in the last ${durationInWords(spanMs)}: ${promised}`,
    });
  if (waitP95Ms === null && (source === 'absent' || (signals.recent?.finished ?? 0) > 0))
    findings.push({
      status: null,
      code: 'not-known',
      message: 'not known: how long jobs have waited, since nobody measures this queue',
    });
  const oldestMs = longestWaitOf(signals);
  if (oldestMs !== null && oldestMs > objectiveMs)
    findings.push({
      status: 'degraded',
      code: 'oldest-waiting',
      message: `the oldest job has been waiting for ${durationInWords(oldestMs)}: ${promised}`,
    });
  return findings;
}
