/**
 * The members of the backend that acknowledge a job: where each has job and token among its arguments, and
 * what it answers when an earlier try turns out to have been carried out.
 *
 * The time in `finishedOn` is then this machine's, a little later than the one in Redis; BullMQ only
 * shows it.
 */
import type { IQueueBackend } from 'bullmq';
import { systemClock } from '../base/clock.ts';
import type { Fetched } from './find-fetched.ts';
import type { JobOutcome } from './job-observer.ts';

/** One acknowledging member. */
export interface AcknowledgedMember {
  jobId(args: readonly unknown[]): string;
  token(args: readonly unknown[]): string;
  /** @param next the job that the lost reply had fetched, if there was one */
  toAnswer(next: Fetched | undefined): unknown;
  /** What has become of the job then; undefined when it was only moved. */
  outcome?(args: readonly unknown[]): JobOutcome | undefined;
  /** Its arguments when it must not fetch the next job, if it can fetch one. */
  withoutNext?(args: readonly unknown[]): unknown[];
  /** The next job that its answer brings, if there is an answer and it can bring one. */
  next?(answer: unknown): Fetched | undefined;
  /** Its answer with another next job in that place. */
  withNext?(answer: unknown, next: Fetched | undefined): unknown;
}

type Finished = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

const finishing: AcknowledgedMember = {
  jobId: ([job]) => (job as { id: string }).id,
  token: (args) => String(args[3]),
  toAnswer: (next): Finished => ({ result: next, finishedOn: systemClock.now() }),
  withoutNext: (args) => args.with(4, false),
  next: (answer) => (answer as { result?: Fetched } | undefined)?.result,
  withNext: (answer, result) => ({ ...(answer as Finished), result }),
};

function moving(tokenAt: number, toAnswer: AcknowledgedMember['toAnswer']): AcknowledgedMember {
  return {
    jobId: ([id]) => String(id),
    token: (args) => String(args[tokenAt] ?? '0'),
    toAnswer,
  };
}

/** BullMQ tells of a failure only when it moves the job itself; a processor may move it, too. */
function retriedIf(options: unknown): JobOutcome | undefined {
  return (options as MoveOptions | undefined)?.fieldsToUpdate ? 'retried' : undefined;
}

/** The last argument of the members that move a job to be tried again. */
export interface MoveOptions {
  readonly fieldsToUpdate?: Readonly<Record<string, unknown>>;
  readonly fetchNext?: boolean;
}

/** Member → how to acknowledge with it. */
export const ACKNOWLEDGED: Readonly<Record<string, AcknowledgedMember>> = {
  moveToCompleted: { ...finishing, outcome: () => 'completed' },
  moveToFailed: { ...finishing, outcome: () => 'dead' },
  moveToDelayed: {
    ...moving(3, (next) => next),
    outcome: (args) => retriedIf(args[4]),
    withoutNext: (args) => args.with(4, { ...(args[4] as MoveOptions), fetchNext: false }),
    next: (answer) => answer as Fetched | undefined,
    withNext: (_, next) => next,
  },
  moveToWaitingChildren: moving(1, () => true),
  moveJobFromActiveToWait: moving(1, () => 0),
  retryJob: { ...moving(2, () => undefined), outcome: (args) => retriedIf(args[3]) },
};
