/**
 * What a queue is: its name, the shape of its jobs, and how it treats them. Said once, used everywhere.
 *
 * A definition is plain data and does nothing by itself. Shapes are given by any Standard Schema (zod,
 * valibot, arktype ...): one `data` schema for all jobs, or one per job name in `jobs`. Data is parsed when
 * it is added, so what is in Redis is always right; since it travels as JSON, a schema should produce
 * values that survive JSON.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { BackoffOptions, JobsOptions } from 'bullmq';
import type { Durability } from '../backend/durable-adds.ts';
import { type Duration, parseDuration } from '../base/units.ts';
import type { WhenDown } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import type { PayloadPolicy } from '../payloads/payload-policy.ts';
import { type PayloadOptions, resolvePayload } from './payload-options.ts';
import {
  keepJobsOf,
  type RetentionOptions,
  type RetentionPolicy,
  resolveRetention,
} from './retention-options.ts';

/** Any schema that follows https://standardschema.dev. */
export type Schema = StandardSchemaV1;

/** Job name → what `add` takes and what processors get. */
export type JobTypes = Record<string, { input: unknown; output: unknown }>;

/** BullMQ's options of a job, and Drover's time limit. */
export interface JobTreatment extends Omit<JobsOptions, 'removeOnComplete' | 'removeOnFail'> {
  /**
   * How long a processor may work on one attempt: then its signal is aborted, and the attempt fails with
   * JOB_TIMED_OUT. At most 24 days. @default no limit
   */
  readonly timeoutMs?: Duration;
}

/** How the jobs of a queue are treated, whatever their shape. */
export interface QueueTreatment {
  /**
   * Defaults for each job, and `timeoutMs`: how long one attempt may take before its signal is aborted and it
   * fails with JOB_TIMED_OUT. @default 3 attempts, exponential backoff from 2 s, no time limit
   */
  readonly job?: JobTreatment;
  /**
   * How long its data is kept: `completed` and `failed`, each a `count`, an `age` or both, whichever is reached first;
   * `progress`, how long after the end of a job; `events`, a `count` and `bytes` of its stream; `maxBytes` of the whole
   * queue in Redis, above which its oldest finished jobs go. @default the last 100 completed jobs, for 24 h, and 500
   * failed ones, for 7 days; progress 1 h; 10,000 events, 16 MB; no limit in bytes
   */
  readonly retention?: RetentionOptions;
  /**
   * How its payloads are stored. `compressAbove` a size, when that pays; `encrypt` with a key ring; `offloadAbove` a
   * size into a body store; `types: 'extended'` keeps dates, bigints and Buffers; `maxBytes` of data and results, with a
   * warning from `warnAt` on, a part of it; `redact`, fields that no view shows: `customer.phone`, `cards[*].number`.
   * @default payloads are stored as BullMQ stores them, and nothing is hidden
   */
  readonly payload?: PayloadOptions;
  /** What an add does while Redis is away. @default the coordinator's `whenDown` */
  readonly whenDown?: WhenDown;
  /**
   * An add resolves when so many replicas have it, too, and rejects with NOT_REPLICATED when they do not in
   * time. @default adds are answered by the primary alone
   */
  readonly durability?: { readonly replicas: number; readonly timeoutMs: Duration };
  /**
   * What its users may expect, by which health is judged: `waitP95`, at most so long do 95 of 100 jobs wait for a
   * worker; `errorRatio`, at most this part of its ended jobs has failed for good: 0.01 is one in a hundred.
   * @default none
   */
  readonly objectives?: { readonly waitP95?: Duration; readonly errorRatio?: number };
  /**
   * When its health is no longer good: `stuckAfter` without a start or an end beside waiting jobs, and the
   * parts of its ended jobs that may fail for good. @default 10 min; the objective's `errorRatio` or 0.01; 0.05,
   * or five times `degradedErrorRatio` where that is more
   */
  readonly health?: {
    readonly stuckAfter?: Duration;
    readonly degradedErrorRatio?: number;
    readonly unhealthyErrorRatio?: number;
  };
}

interface AnyShape extends QueueTreatment {
  readonly data?: Schema;
  readonly jobs?: Readonly<Record<string, Schema>>;
  readonly result?: Schema;
}

type TypesOf<S extends AnyShape> = S extends { jobs: infer J extends Record<string, Schema> }
  ? {
      [N in keyof J & string]: {
        input: StandardSchemaV1.InferInput<J[N]>;
        output: StandardSchemaV1.InferOutput<J[N]>;
      };
    }
  : S extends { data: infer D extends Schema }
    ? Record<
        string,
        { input: StandardSchemaV1.InferInput<D>; output: StandardSchemaV1.InferOutput<D> }
      >
    : JobTypes;

type ResultOf<S extends AnyShape> = S extends { result: infer R extends Schema }
  ? StandardSchemaV1.InferOutput<R>
  : unknown;

/** What a queue's users may expect; what is undefined was not promised. */
export interface Objectives {
  readonly waitP95Ms: number | undefined;
  readonly errorRatio: number | undefined;
}

/** Where a queue's health ends; what is undefined has its default. */
export interface HealthLimits {
  readonly stuckAfterMs: number | undefined;
  readonly degradedErrorRatio: number | undefined;
  readonly unhealthyErrorRatio: number | undefined;
}

/** A defined queue. `Jobs` and `Result` exist for the compiler only. */
export interface QueueDefinition<Jobs extends JobTypes = JobTypes, Result = unknown> {
  readonly name: string;
  readonly data: Schema | undefined;
  readonly jobs: Readonly<Record<string, Schema>> | undefined;
  readonly result: Schema | undefined;
  readonly defaultJobOptions: JobsOptions;
  readonly whenDown: WhenDown | undefined;
  /** How long one attempt may take. Kept by Drover's workers; BullMQ never sees it. */
  readonly timeoutMs: number | undefined;
  readonly durability: Durability | undefined;
  readonly payload: PayloadPolicy | undefined;
  readonly retention: RetentionPolicy;
  readonly objectives: Objectives;
  readonly health: HealthLimits;
  /** Never set. Carries the types. */
  readonly '~types'?: { jobs: Jobs; result: Result };
}

/** What a timer of the runtime can hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_BACKOFF: BackoffOptions = { type: 'exponential', delay: 2_000 };

/** Defines a queue. Throws `CONFIG_INVALID` for a name or an option that cannot be used. */
export function defineQueue<const S extends AnyShape>(
  name: string,
  shape?: S,
): QueueDefinition<TypesOf<S>, ResultOf<S>> {
  checkName(name);
  const { data, jobs, result, job, whenDown, ...rest }: AnyShape = shape ?? {};
  if (data && jobs)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `queue "${name}" has both data and jobs: give one schema for all jobs or one per job name`,
    );
  const { timeoutMs, ...jobOptions } = job ?? {};
  const retention = resolveRetention(name, rest.retention);
  return Object.freeze({
    name,
    data,
    jobs,
    result,
    whenDown,
    timeoutMs: toTimeLimit(name, timeoutMs),
    durability: toDurability(name, rest.durability),
    payload: resolvePayload(name, rest.payload),
    retention,
    objectives: toObjectives(name, rest.objectives),
    health: toHealthLimits(name, rest.health),
    defaultJobOptions: {
      attempts: 3,
      backoff: DEFAULT_BACKOFF,
      ...jobOptions,
      removeOnComplete: keepJobsOf(retention.completed),
      removeOnFail: keepJobsOf(retention.failed),
    },
  });
}

function checkName(name: string): void {
  if (typeof name === 'string' && name.trim() !== '' && !name.includes(':')) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `queue name "${String(name)}" cannot be used: it must not be empty or hold a colon, which separates the parts of BullMQ's keys`,
  );
}

function toTimeLimit(queue: string, timeoutMs: Duration | undefined): number | undefined {
  if (timeoutMs === undefined) return undefined;
  const ms = parseDuration(timeoutMs);
  if (ms !== undefined && ms >= 1 && ms <= LONGEST_TIMER_MS) return ms;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `job.timeoutMs of queue "${queue}" is no time limit: got "${timeoutMs}", give 1 ms to 24 days, as milliseconds or as "30s"`,
  );
}

function toObjectives(
  queue: string,
  { waitP95, errorRatio }: NonNullable<QueueTreatment['objectives']> = {},
): Objectives {
  const waitP95Ms = waitP95 === undefined ? undefined : parseDuration(waitP95);
  if (waitP95 !== undefined && (waitP95Ms === undefined || waitP95Ms < 1))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `objectives.waitP95 of queue "${queue}" is no duration: got "${waitP95}", give milliseconds or "2s"`,
    );
  checkRatio(queue, 'objectives.errorRatio', errorRatio);
  return { waitP95Ms, errorRatio };
}

function toHealthLimits(
  queue: string,
  { stuckAfter, ...ratios }: NonNullable<QueueTreatment['health']> = {},
): HealthLimits {
  const stuckAfterMs = stuckAfter === undefined ? undefined : parseDuration(stuckAfter);
  if (stuckAfter !== undefined && (stuckAfterMs === undefined || stuckAfterMs < 1_000))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `health.stuckAfter of queue "${queue}" cannot be used: got "${stuckAfter}", give at least one second, as milliseconds or as "10m"`,
    );
  const { degradedErrorRatio, unhealthyErrorRatio } = ratios;
  checkRatio(queue, 'health.degradedErrorRatio', degradedErrorRatio);
  checkRatio(queue, 'health.unhealthyErrorRatio', unhealthyErrorRatio);
  if ((degradedErrorRatio ?? 0) > (unhealthyErrorRatio ?? 1))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `health of queue "${queue}" has degradedErrorRatio ${degradedErrorRatio} above unhealthyErrorRatio ${unhealthyErrorRatio}: a queue is degraded before it is unhealthy`,
    );
  return { stuckAfterMs, degradedErrorRatio, unhealthyErrorRatio };
}

function checkRatio(queue: string, option: string, ratio: number | undefined): void {
  if (ratio === undefined || (ratio > 0 && ratio < 1)) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `${option} of queue "${queue}" must be between 0 and 1, got ${ratio}: 0.01 is one in a hundred`,
  );
}

function toDurability(
  queue: string,
  durability: QueueTreatment['durability'],
): Durability | undefined {
  if (!durability) return undefined;
  const { replicas } = durability;
  const timeoutMs = parseDuration(durability.timeoutMs);
  // WAIT takes 0 for "for ever", and every promise here has an end.
  if (Number.isInteger(replicas) && replicas >= 1 && timeoutMs !== undefined && timeoutMs >= 1)
    return { replicas, timeoutMs: Math.round(timeoutMs) };
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `durability of queue "${queue}" cannot be used: got ${JSON.stringify(durability)}, write it as { replicas: 1, timeoutMs: 500 }`,
  );
}
