/**
 * What operators see of the processes that run jobs. Plain JSON; times are epoch ms.
 */
import type { Provenance } from '../queues/queue-views.ts';

/** What a process does for one queue. */
export interface WorkerQueue {
  readonly queue: string;
  /** null: not known. */
  readonly slots: number | null;
  readonly active: number | null;
}

/** A process that runs jobs. */
export interface WorkerView {
  /** `<host>:<pid>` of a Drover process; `client:<id>` of the connection of another one. */
  readonly id: string;
  /** `measured`: it says so itself; `derived`: seen in Redis's list of clients. */
  readonly from: Exclude<Provenance, 'absent'>;
  readonly host: string | null;
  readonly pid: number | null;
  /** As BullMQ's option `name` has it; null: it has none, or is a Drover process. */
  readonly name: string | null;
  readonly address: string | null;
  readonly version: string | null;
  readonly appVersion: string | null;
  readonly queues: readonly WorkerQueue[];
  readonly lastSeenAt: number | null;
  /** null: nobody may ask Redis for its clients. */
  readonly connections: number | null;
  /** Busy share of its processor, of its event loop and of its memory, 0 to 1; null: not known. */
  readonly load: {
    readonly cpuRatio: number | null;
    readonly loopRatio: number | null;
    readonly memoryRatio: number | null;
  };
  /** Whether it takes no new jobs, as it says itself. */
  readonly isQuiet: boolean;
  /** Who wants it quiet, why, and since when; null: nobody. */
  readonly quietBy: string | null;
  readonly quietFor: string | null;
  readonly quietSince: number | null;
}
