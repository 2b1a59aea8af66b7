/**
 * Why a target is what it is: numbers for programs, from which `in-words.ts` makes a sentence.
 *
 * Shapes only.
 */

/** The term that decided. */
export type DecidedBy =
  /** Work in the system against the promised wait. */
  | 'backlog'
  /** Slots that the usual load keeps busy. */
  | 'load'
  /** Slots that are kept because starting some takes longer than jobs may wait. */
  | 'standby'
  | 'schedule'
  | 'min'
  | 'max'
  /** Fewer would do, and did not for long enough yet. */
  | 'hold'
  | 'idle'
  | 'global-concurrency'
  | 'rate-limit'
  /** More slots do not end more jobs. */
  | 'efficacy'
  | 'pin'
  | 'paused'
  /** Nothing was heard of the queue or its workers. */
  | 'frozen';

/** Who has set a target by hand, why, and until when (epoch ms); null where it was not said. */
export interface PinnedBy {
  readonly by: string | null;
  readonly reason: string | null;
  readonly until: number | null;
}

/** Why a target is what it is. */
export interface Explanation {
  readonly from: number;
  readonly to: number;
  readonly decidedBy: DecidedBy;
  /** What each term asked for; null when it was not asked. */
  readonly feedback: number | null;
  readonly feedForward: number | null;
  readonly standby: number | null;
  /** Jobs in the system. */
  readonly load: number;
  readonly arrivalsPerSecond: number;
  /** How long a job keeps its slot, as far as is known. */
  readonly serviceMs: number;
  readonly waitP95Ms: number;
  /** Limits that were lower than what was asked for. */
  readonly caps: readonly DecidedBy[];
  /** What an operator should hear beside the target, such as that more slots do not end more jobs. */
  readonly advice: string | null;
  /** Where a pin decided. */
  readonly pin?: PinnedBy;
}
