/**
 * Whoever keeps a record of jobs that will not be tried again: the port between the job plane and the dead
 * letters.
 *
 * The record is written by a companion of the script that fails the job, so in the same step: a kill leaves
 * neither a failed job without a record nor a record of a living job.
 */
import type { Companion } from '../redis/companions.ts';

/** A job that fails for good, as its worker knows it. */
export interface Failure {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  readonly jobId: string;
  readonly jobName: string;
  /** What BullMQ stores as `failedReason`. */
  readonly reason: string;
  /** The newest of its stacks. */
  readonly stack: string | undefined;
  /** Which attempt this was; 1 is the first. */
  readonly attempt: number;
  /** When it was fetched, epoch ms; undefined when this process did not fetch it. */
  readonly startedAt: number | undefined;
  readonly runMs: number | undefined;
}

/** Writes the record. */
export interface FailureRecorder {
  /** Of `moveToFinished`; run only when a job fails for good. */
  readonly companion: Companion;
  /** The keys behind BullMQ's own, and the values behind its arguments. Must not throw. */
  extras(failure: Failure): {
    readonly keys: readonly string[];
    readonly values: readonly (string | number)[];
  };
}
