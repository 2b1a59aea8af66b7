/**
 * How the workers of a queue are scaled, as it was resolved from the `pool` option.
 *
 * Shapes only. The same settings are kept in Redis for whoever leads the fleet, so everything here is plain data.
 */

/** `auto` scales; `recommend` works out targets and tells them, and runs `max` slots; `off` runs `max` slots. */
export type PoolMode = 'auto' | 'recommend' | 'off';

/** What a slot runs in. */
export type PoolIsolation = 'none' | 'process' | 'thread';

/** The settings of a pool, checked, with their defaults. */
export interface PoolSettings {
  /** Slots in the whole fleet. */
  readonly min: number;
  readonly max: number;
  /** Most slots on one host, over all its processes. */
  readonly perHostMax: number;
  /** Most slots in one process. */
  readonly concurrency: number;
  /** 95 of 100 jobs should wait not longer. */
  readonly waitP95Ms: number;
  readonly isolation: PoolIsolation;
  /** Share of a process's slots against its other pools, when there are not enough for all. */
  readonly weight: number;
  readonly mode: PoolMode;
  /** How long a queue must be empty before a pool with `min: 0` frees its last slot. */
  readonly idleAfterMs: number;
  /** How long it takes until a wanted slot is there: 100 ms inside running processes, about 30 s for new pods. */
  readonly startMs: number;
  /** More than `min` at known times. */
  readonly schedule: readonly PoolFloor[];
  /** What is done when more slots do not end more jobs: nothing, say so, or hold the slots back. */
  readonly efficacy: 'off' | 'advise' | 'enforce';
}

/** From each time that `cron` names on, for `forMs`, at least `min` slots. */
export interface PoolFloor {
  readonly cron: string;
  readonly timeZone: string;
  readonly forMs: number;
  readonly min: number;
}
