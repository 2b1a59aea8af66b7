/**
 * What has become of a job, step by step, as far as it is known. Pure.
 *
 * Workers of Drover keep their failed attempts; of others there is only the stack trace, or nothing at all. What is not
 * known is no step with a guess in it: it is said to be unknown, or left out.
 */
import type { JobAttempt, JobView } from '../../../../src/operations/views.ts';

/** A step. Times are epoch ms. */
export type Step =
  | { readonly kind: 'added'; readonly at: number | null }
  /** It was to wait until then before it could run. */
  | { readonly kind: 'delayed'; readonly at: number | null; readonly until: number }
  /** Its first run began so long after it could. */
  | { readonly kind: 'waited'; readonly at: number | null; readonly ms: number }
  /** So many failed attempts of which nothing is kept. */
  | { readonly kind: 'unknown'; readonly at: null; readonly count: number }
  | (FailedAttempt & { readonly kind: 'attempt'; readonly at: number | null })
  | {
      readonly kind: 'completed' | 'failed';
      readonly at: number | null;
      readonly ms: number | null;
    }
  /** What it does now. */
  | { readonly kind: 'running'; readonly at: number | null }
  | { readonly kind: 'until'; readonly at: null; readonly until: number | null }
  | { readonly kind: 'waiting' | 'children'; readonly at: null };

/** A failed attempt. What a worker of plain BullMQ has left has no host. */
export interface FailedAttempt extends Omit<JobAttempt, 'attempt'> {
  /** null: which one it was is not known. */
  readonly attempt: number | null;
  readonly stack: string | null;
}

/** Both are written down by the host that ran it, one a moment after the other. */
const SAME_RUN_MS = 5_000;

/**
 * The steps, the latest first.
 *
 * @param died what the dead letter tells of attempts: the last one is kept nowhere else
 */
export function historyOf(job: JobView, died: readonly JobAttempt[] = []): Step[] {
  return [...beginning(job), ...attempts(job, died), ...present(job)].reverse();
}

function beginning(job: JobView): Step[] {
  const { addedAt, timeline, attemptsMade, startedAt } = job;
  const delay = Math.max(0, Number(job.options.delay) || 0);
  const steps: Step[] = [{ kind: 'added', at: addedAt }];
  if (addedAt === null) return steps;
  const couldAt = addedAt + delay;
  const isUntold = job.state !== 'delayed' || attemptsMade > 0;
  if (delay > 0 && isUntold) steps.push({ kind: 'delayed', at: addedAt, until: couldAt });
  const first = timeline[0]?.attempt === 1 ? timeline[0].startedAt : null;
  const began = first ?? (attemptsMade <= 1 && timeline.length === 0 ? startedAt : null);
  if (began !== null && began >= couldAt)
    steps.push({ kind: 'waited', at: began, ms: began - couldAt });
  return steps;
}

function attempts(job: JobView, died: readonly JobAttempt[]): Step[] {
  const { timeline, stacktrace, attemptsMade, state } = job;
  const last = lastAttempt(job, died);
  const told = last ? [...timeline, last] : timeline;
  // The newest stack is that of the newest attempt. Which of the others is whose, nobody has written down.
  const surplus = Math.max(0, stacktrace.length - told.length);
  const known: FailedAttempt[] = [
    ...stacktrace.slice(0, surplus).map(fromStack),
    ...told.map((attempt, i) => ({
      ...attempt,
      stack: stackOf(attempt.reason, stacktrace[stacktrace.length - told.length + i]),
    })),
  ];
  const missing = attemptsMade - (state === 'completed' ? 1 : 0) - known.length;
  return [
    ...(missing > 0 ? [{ kind: 'unknown', at: null, count: missing } as const] : []),
    ...known.map((attempt) => ({ kind: 'attempt', at: attempt.startedAt, ...attempt }) as const),
  ];
}

/** The one that it has failed for good with. */
function lastAttempt(job: JobView, died: readonly JobAttempt[]): JobAttempt | undefined {
  const { state, timeline, attemptsMade, failedReason, startedAt, finishedAt } = job;
  if (state !== 'failed' || failedReason === null) return undefined;
  if (timeline.some(({ attempt }) => attempt === attemptsMade)) return undefined;
  // A dead letter may be of an earlier death.
  const told = died.find(
    (each) =>
      each.attempt === attemptsMade &&
      Math.abs((each.startedAt ?? 0) - (startedAt ?? 0)) <= SAME_RUN_MS,
  );
  if (told) return told;
  const ms = startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
  const attempt = Math.max(1, attemptsMade);
  return { attempt, startedAt, ms, host: '', version: '', reason: failedReason };
}

/** A stack belongs to an attempt when it begins with its reason. */
function stackOf(reason: string, stack: string | undefined): string | null {
  if (stack === undefined) return null;
  const first = reason.split('\n', 1)[0]!.replace(/…$/, '');
  return stack.split('\n', 1)[0]!.includes(first) ? stack : null;
}

/** Nothing else is known of it. */
function fromStack(stack: string): FailedAttempt {
  return {
    ...{ attempt: null, host: '', version: '', startedAt: null, ms: null, stack },
    reason: stack.split('\n', 1)[0]!,
  };
}

function present(job: JobView): Step[] {
  const { state, startedAt, finishedAt, runsAt } = job;
  const ms = startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
  switch (state) {
    case 'completed':
      return [{ kind: 'completed', at: finishedAt, ms }];
    case 'failed':
      return [{ kind: 'failed', at: finishedAt, ms: null }];
    case 'active':
      return [{ kind: 'running', at: startedAt }];
    case 'delayed':
      return [{ kind: 'until', at: null, until: runsAt }];
    case 'waiting-children':
      return [{ kind: 'children', at: null }];
    case 'unknown':
      return [];
    default:
      return [{ kind: 'waiting', at: null }];
  }
}
