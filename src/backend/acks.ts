/**
 * How the jobs of one backend leave it again: each acknowledgement is sent until Redis has it, then the job is
 * let go and whoever wants to know hears of it.
 *
 * A failed attempt leaves its trace in the job's hash, and a job that fails for good its record, in the very
 * step that BullMQ makes of it.
 */
import type { JobJson } from 'bullmq';
import { systemClock } from '../base/clock.ts';
import type { AccompaniedBackend } from './accompanied-backend.ts';
import type { AcknowledgedMember, MoveOptions } from './acknowledged-members.ts';
import { acknowledgeAgain } from './acknowledgement.ts';
import { attemptField } from './attempt-history.ts';
import type { BackendContext } from './backend-context.ts';
import type { Failure } from './failure-recorder.ts';
import type { FetchedPayloads } from './fetched-payloads.ts';
import type { Fetched } from './find-fetched.ts';
import type { Held, HeldJobs } from './held-jobs.ts';
import type { Intake } from './intake.ts';
import type { JobOutcome, QueueObserver } from './job-observer.ts';
import type { WorkerPulse } from './worker-pulse.ts';

/** What acknowledging needs of its backend. */
export interface AcksOptions {
  readonly context: BackendContext;
  readonly queue: string;
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  readonly held: HeldJobs;
  readonly pulse: WorkerPulse;
  /** While it is quiet no acknowledgement fetches the next job. */
  readonly intake: Intake;
  readonly observer: QueueObserver | undefined;
  /** Opens the next jobs that acknowledgements bring. */
  readonly payloads: FetchedPayloads;
  /** Where scripts run with a companion. */
  readonly accompanied: () => AccompaniedBackend;
  readonly lockMs: () => number;
  /** The job that this token holds although nobody here knows of it. */
  readonly findLost: (token: string) => Promise<Fetched | undefined>;
}

type Send = () => Promise<unknown>;

/** Sends the acknowledgements of one backend. */
export class Acks {
  readonly #options: AcksOptions;
  readonly #failing = new Map<string, Failure>();

  constructor(options: AcksOptions) {
    this.#options = options;
  }

  /** The jobs that are failing for good at this moment, by id. */
  get failing(): ReadonlyMap<string, Failure> {
    return this.#failing;
  }

  /**
   * Sends one. Chained by hand: an async function more on every job's path can be measured.
   *
   * @param send makes BullMQ's own call with the arguments it is given
   */
  run(
    member: AcknowledgedMember,
    args: unknown[],
    send: (args: unknown[]) => Promise<unknown>,
  ): Promise<unknown> {
    const held = this.#options.held.find(member.jobId(args), member.token(args));
    const runMs = held && systemClock.monotonic() - held.takenAt;
    const outcome = member.outcome?.(args);
    const call = this.#call(member, outcome, args, send, held, runMs);
    const done = (answer: unknown): unknown => {
      this.#left(member, args, answer);
      if (outcome) this.#tell(outcome, args, held, runMs);
      return this.#opened(member, args, answer);
    };
    return call().then(done, (failure) =>
      this.#again(member, args, call, failure).then(done, (error) => {
        this.#left(member, args, undefined);
        throw error;
      }),
    );
  }

  /** The answer with the payload of its next job opened; at once when there is nothing to open. */
  #opened(member: AcknowledgedMember, args: unknown[], answer: unknown): unknown {
    const next = member.next?.(answer);
    if (!next) return answer;
    const opened = this.#options.payloads.open(next, member.token(args));
    return opened instanceof Promise
      ? opened.then((open) => member.withNext!(answer, open))
      : answer;
  }

  /** BullMQ's call, with what is kept of a failure. */
  #call(
    member: AcknowledgedMember,
    outcome: JobOutcome | undefined,
    args: unknown[],
    send: (args: unknown[]) => Promise<unknown>,
    held: Held | undefined,
    runMs: number | undefined,
  ): Send {
    if (outcome === 'retried' && held) {
      const extended = this.#withHistory(args, held, runMs!);
      return () => send(this.#given(member, extended));
    }
    if (outcome !== 'dead' || !this.#options.context.failures)
      return () => send(this.#given(member, args));
    const failure = this.#toFailure(args, held, runMs);
    return () => this.#fail(failure, this.#given(member, args));
  }

  /** Looked at with every try: the worker may have gone quiet meanwhile. */
  #given(member: AcknowledgedMember, args: unknown[]): unknown[] {
    return this.#options.intake.isQuiet ? (member.withoutNext?.(args) ?? args) : args;
  }

  async #fail(failure: Failure, args: unknown[]): Promise<unknown> {
    const { jobId } = failure;
    this.#failing.set(jobId, failure);
    try {
      const backend = this.#options.accompanied();
      return await backend.moveToFailed(
        ...(args as Parameters<AccompaniedBackend['moveToFailed']>),
      );
    } finally {
      this.#failing.delete(jobId);
    }
  }

  #toFailure(args: unknown[], held: Held | undefined, runMs: number | undefined): Failure {
    const [job, reason] = args as [Failing, string | undefined];
    return {
      ...{ queue: this.#options.label, jobId: job.id, jobName: job.name, runMs },
      reason: reason ?? '',
      stack: job.stacktrace?.at(-1),
      attempt: job.attemptsMade + 1,
      startedAt: held?.startedAt,
    };
  }

  #withHistory(args: unknown[], held: Held, runMs: number): unknown[] {
    const options = args.at(-1) as MoveOptions;
    const { failedReason } = options.fieldsToUpdate!;
    const field = attemptField({
      attempt: held.attemptsMade + 1,
      ...this.#options.context.origin,
      startedAt: held.startedAt,
      ms: Math.round(runMs),
      reason: String(failedReason ?? ''),
    });
    const fieldsToUpdate = { ...options.fieldsToUpdate, ...field };
    return [...args.slice(0, -1), { ...options, fieldsToUpdate }];
  }

  #tell(
    outcome: JobOutcome,
    args: unknown[],
    held: Held | undefined,
    runMs: number | undefined,
  ): void {
    const name = held?.name ?? (args[0] as Partial<Failing>).name ?? '';
    this.#options.observer?.ended(name, outcome, runMs);
  }

  /** The acknowledgement of a job has ended, one way or the other; it may have brought another job, or the same. */
  #left(member: AcknowledgedMember, args: unknown[], answer: unknown): void {
    const { pulse, held } = this.#options;
    pulse.beat();
    held.left(member.jobId(args), member.token(args), member.next?.(answer));
  }

  async #again(
    member: AcknowledgedMember,
    args: unknown[],
    send: Send,
    failure: unknown,
  ): Promise<unknown> {
    const { context, queue, accompanied, lockMs, findLost } = this.#options;
    const { hub, announce } = context;
    hub.refusals.report(failure);
    const jobId = member.jobId(args);
    const token = member.token(args);
    return await acknowledgeAgain(failure, {
      send,
      whenConnected: () => hub.command.client,
      alreadyDone: async () => member.toAnswer(await findLost(token)),
      keepLock: async () => {
        const lost = await accompanied().extendLocks([jobId], [token], lockMs());
        return lost.length === 0;
      },
      onRetry: (tries, reason) => announce('ack.retried', { queue, jobId, try: tries, reason }),
    });
  }
}

/** What is read of BullMQ's job when it fails. */
type Failing = Pick<JobJson, 'id' | 'name' | 'attemptsMade'> & { readonly stacktrace?: string[] };
