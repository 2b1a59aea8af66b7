/**
 * What a pool counts of the jobs it runs, since its process started.
 *
 * Shapes only. Numbers only ever grow: whoever reads them takes differences, and a number that fell means that the
 * process has started anew.
 */

/** Counts of one pool in one process. */
export interface PoolFigures {
  /** Jobs that were started. */
  readonly started: number;
  /** Started jobs that have ended here, however. */
  readonly ended: number;
  /** Of these, jobs that went straight back to waiting: handed back, or over a limit of their rate. */
  readonly returned: number;
  /** Busy slots, integrated over time: one slot that is busy for a second adds 1,000. */
  readonly busyMs: number;
  /** Of the jobs that ended and were not returned: how many, Σ and Σ² of how long they ran. */
  readonly runs: number;
  readonly runMs: number;
  readonly runMsSquared: number;
}

/** One pool of this process, as the control plane sees it. */
export interface LocalPool {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  /** Open slots; 0 when the pool is quiet. */
  readonly slots: number;
  /**
   * Whether its worker takes no jobs, whatever its slots are: the application has paused it, or the process was told to
   * be quiet.
   */
  readonly isPaused: boolean;
  /** Jobs that run; more than `slots` while it is being drained. */
  readonly active: number;
  readonly figures: PoolFigures;
  /** Opens or closes slots, without ever stopping a job; 0 takes no new job. Takes effect at once. */
  setSlots(slots: number): void;
}
