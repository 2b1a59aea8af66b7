/**
 * What a process says every second of its pools.
 *
 * Shapes only. Counts are those since the process started; who reads them takes differences.
 */
import type { PoolFigures } from '../workers/pool-figures.ts';

/** One pool in one process. */
export interface PoolBeat extends PoolFigures {
  /** Most slots here. */
  readonly most: number;
  readonly slots: number;
  readonly active: number;
  /** Epoch and revision of the shares that were applied. */
  readonly epoch: number;
  readonly rev: number;
}

/** One process. */
export interface ProcessBeat {
  /** `<host>:<pid>`, with `:2`, `:3` … for further coordinators of one process. */
  readonly id: string;
  readonly host: string;
  /** Version of the application: while a new one is rolled out, slots go to it. */
  readonly version: string | null;
  /** Slots that its memory, processor and event loop allow it, all pools together. */
  readonly capacity: number;
  readonly isStopping: boolean;
  /** By name of the queue inside Drover's keys. */
  readonly pools: Readonly<Record<string, PoolBeat>>;
}

/** A beat as it was read. */
export interface HeardBeat extends ProcessBeat {
  /** Server time, epoch ms. */
  readonly beatAt: number;
}

/** Queue → process → its slots. */
export type Shares = ReadonlyMap<string, ReadonlyMap<string, number>>;
