/**
 * What a scaling policy is in the simulation, and what it may know.
 */

/** How slots start here. */
export interface Setting {
  /** How long a start takes. */
  readonly startSeconds: number;
  /** What a start costs beside that, in slot-seconds. */
  readonly startCost: number;
}

/** What was seen at a tick; counts are those since the tick before. */
export interface Seen {
  readonly nowSeconds: number;
  readonly elapsedSeconds: number;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Delayed jobs that are due within so many seconds. */
  dueWithin(seconds: number): number;
  /** How long the job that is next has waited; 0 when none waits. */
  readonly oldestWaitSeconds: number;
  readonly arrived: number;
  readonly completed: number;
  readonly runSeconds: number;
  readonly runSecondsSquared: number;
  readonly busySeconds: number;
  readonly ready: number;
  readonly starting: number;
  readonly draining: number;
}

/** Decides at every tick how many slots there should be: ready and starting ones. */
export interface Policy {
  readonly everySeconds: number;
  /** Which slots go on the way down: idle ones before busy ones, or any. */
  readonly victims: 'idle-first' | 'random';
  /** Takes back slots that only finish their job before it starts new ones. */
  readonly readopts: boolean;
  /** Slots that are there from the start; 1 for most. */
  readonly startsWith: number;
  /** The wanted number; the simulation bounds it. */
  decide(seen: Seen): number;
}

/** What a policy is told of the queue it is made for. */
export interface Situation extends Setting {
  readonly waitSeconds: number;
  readonly min: number;
  readonly max: number;
  /** What no real policy can know: the mean service time, and p99 of the offered load over 30 s windows. */
  readonly oracle: { readonly serviceSeconds: number; readonly loadP99: number };
}

/** A policy with its knobs set, to be made for a queue. */
export interface PolicyKind {
  /** Family and knobs, such as `dask 0.4`. */
  readonly name: string;
  /** Which rival, without knobs: one line of a Pareto plot. */
  readonly family: string;
  create(situation: Situation): Policy;
}

/** Most slots in every simulation. */
export const MAX_SLOTS = 200;
