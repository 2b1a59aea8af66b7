/**
 * What comes out of judging a queue. Shapes only.
 */
import type { QueueStatus } from '../queues/queue-status.ts';
import type { BurnRates } from './burn-rate.ts';

/** `not-known`: something that would have mattered. */
export type ReasonCode =
  | 'paused'
  | 'no-workers'
  | 'stuck'
  | 'idle-slots'
  | 'busy'
  | 'rate-limited'
  | 'error-ratio'
  | 'attempts-failing'
  | 'wait-objective'
  | 'oldest-waiting'
  | 'burn-errors'
  | 'burn-wait'
  | 'growing'
  | 'not-known';

/** Why, as a word for programs and a sentence for people. */
export interface HealthReason {
  readonly code: ReasonCode;
  readonly message: string;
}

/** A reason, and the status that it asks for; null when it only explains. */
export interface Finding extends HealthReason {
  readonly status: Exclude<QueueStatus, 'healthy'> | null;
}

/** The judgement of one queue. */
export interface QueueVerdict {
  /** Its label, as in statistics and keys. */
  readonly queue: string;
  readonly status: QueueStatus;
  /** Most important first. */
  readonly reasons: readonly HealthReason[];
  /** Part of the lately ended jobs that failed for good, 0–1; null when none ended or it is not known. */
  readonly errorRate: number | null;
  /** Mean time that lately ended jobs ran; null when it is not known. */
  readonly avgProcessingTimeMs: number | null;
  readonly oldestWaitingMs: number | null;
  /** So long or shorter waited 95 of 100 jobs that were lately started; null when it is not known. */
  readonly waitP95Ms: number | null;
  /** What was promised of it; null when nothing was. */
  readonly waitObjectiveMs: number | null;
  readonly throughputPerMinute: number | null;
  readonly arrivalsPerMinute: number | null;
  /** Until nothing waits, if it goes on like this; null when that is not known or never. */
  readonly drainMs: number | null;
  /** How fast the budgets of the objectives are used up; null without the objective or its figures. */
  readonly burn: { readonly errors: BurnRates | null; readonly wait: BurnRates | null };
}
