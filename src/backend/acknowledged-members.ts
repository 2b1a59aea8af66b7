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

/** One acknowledging member. */
export interface AcknowledgedMember {
  jobId(args: readonly unknown[]): string;
  token(args: readonly unknown[]): string;
  /** @param next the job that the lost reply had fetched, if there was one */
  toAnswer(next: Fetched | undefined): unknown;
  /** The next job that its answer brings, if there is an answer and it can bring one. */
  next?(answer: unknown): Fetched | undefined;
}

type Finished = Awaited<ReturnType<IQueueBackend['moveToCompleted']>>;

const finishing: AcknowledgedMember = {
  jobId: ([job]) => (job as { id: string }).id,
  token: (args) => String(args[3]),
  toAnswer: (next): Finished => ({ result: next, finishedOn: systemClock.now() }),
  next: (answer) => (answer as { result?: Fetched } | undefined)?.result,
};

function moving(tokenAt: number, toAnswer: AcknowledgedMember['toAnswer']): AcknowledgedMember {
  return {
    jobId: ([id]) => String(id),
    token: (args) => String(args[tokenAt] ?? '0'),
    toAnswer,
  };
}

/** Member → how to acknowledge with it. */
export const ACKNOWLEDGED: Readonly<Record<string, AcknowledgedMember>> = {
  moveToCompleted: finishing,
  moveToFailed: finishing,
  moveToDelayed: { ...moving(3, (next) => next), next: (answer) => answer as Fetched | undefined },
  moveToWaitingChildren: moving(1, () => true),
  moveJobFromActiveToWait: moving(1, () => 0),
  retryJob: moving(2, () => undefined),
};
