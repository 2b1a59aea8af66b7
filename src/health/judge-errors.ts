/**
 * Whether too many jobs fail. Pure.
 *
 * What counts is the part of ended jobs that failed for good. When most attempts fail and are tried again, that
 * part is still small while the trouble is great: told as well. One of two is no ratio: too few are not judged.
 */
import { durationInWords, percentInWords } from './in-words.ts';
import type { QueueSignals, RecentFigures } from './queue-signals.ts';
import type { Finding } from './queue-verdict.ts';

const DEGRADED_RATIO = 0.01;
const UNHEALTHY_RATIO = 0.05;
/** Without a limit of its own, unhealthy is so many times degraded. */
const WORSE = 5;
const ATTEMPTS_RATIO = 0.5;
const LEAST_ENDED = 10;
const LEAST_FAILED = 3;

/** Judges the errors of the last minutes. */
export function judgeErrors(signals: QueueSignals): Finding[] {
  const { recent, objectives } = signals;
  const { finished = null, dead = null } = recent ?? {};
  if (!recent || recent.source === 'absent' || finished === null || dead === null)
    return objectives?.errorRatio === undefined
      ? []
      : [explain('not known: how many jobs fail, since nobody measures this queue')];
  return [...judgeDead(signals, recent, finished, dead), ...judgeAttempts(recent, finished, dead)];
}

/** The error ratios above which a queue is degraded and unhealthy. */
export function errorLimitsOf({
  limits,
  objectives,
}: Pick<QueueSignals, 'limits' | 'objectives'>): {
  readonly degraded: number;
  readonly unhealthy: number;
} {
  const wanted = limits?.degradedErrorRatio ?? objectives?.errorRatio ?? DEGRADED_RATIO;
  const unhealthy = limits?.unhealthyErrorRatio ?? Math.max(UNHEALTHY_RATIO, wanted * WORSE);
  return { degraded: Math.min(wanted, unhealthy), unhealthy };
}

function judgeDead(
  signals: QueueSignals,
  { spanMs }: RecentFigures,
  finished: number,
  dead: number,
): Finding[] {
  if (dead === 0) return [];
  const seen = `${dead} of ${finished}`;
  if (finished < LEAST_ENDED || dead < LEAST_FAILED)
    return dead / finished > errorLimitsOf(signals).degraded
      ? [explain(`not known: whether too many jobs fail. ${seen} did, which is too few to tell`)]
      : [];
  const ratio = dead / finished;
  const { degraded, unhealthy } = errorLimitsOf(signals);
  if (ratio <= degraded) return [];
  const [status, limit] =
    ratio > unhealthy ? (['unhealthy', unhealthy] as const) : (['degraded', degraded] as const);
  const message = `${seen} jobs (${percentInWords(ratio)}) failed for good in the last ${durationInWords(spanMs)}: more than ${percentInWords(limit)}`;
  return [{ status, code: 'error-ratio', message }];
}

function judgeAttempts(recent: RecentFigures, finished: number, dead: number): Finding[] {
  const { failedAttempts, spanMs } = recent;
  if (failedAttempts === null || failedAttempts < LEAST_FAILED) return [];
  const attempts = finished - dead + failedAttempts;
  const ratio = failedAttempts / attempts;
  if (attempts < LEAST_ENDED || ratio <= ATTEMPTS_RATIO) return [];
  const message = `${failedAttempts} of ${attempts} attempts (${percentInWords(ratio)}) failed in the last ${durationInWords(spanMs)}`;
  return [{ status: 'degraded', code: 'attempts-failing', message }];
}

function explain(message: string): Finding {
  return { status: null, code: 'not-known', message };
}
