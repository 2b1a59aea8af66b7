/**
 * What the exposition is made of: plain figures, gathered by whoever has them.
 *
 * Pure shapes. Process figures only ever grow and begin at zero
 * with the process; fleet figures are of one moment. What is not known is undefined, and then nothing is said
 * about it.
 */
import type { SocketRole } from '../events.ts';
import type { PayloadKind } from '../payloads/payload-codec.ts';
import type { QueueStats } from '../queues/queue-stats.ts';
import type { QueueStatus } from '../queues/queue-status.ts';
import type { BackupRecord } from './backup-records.ts';
import type { PackedBytes } from './payload-sizes.ts';

/** Durations since the start of the process. */
export interface DurationTotals {
  /** How many fell into each bucket of `BUCKETS_MS`, and behind them how many took longer; not cumulative. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** Jobs of one name in one queue. */
export interface NameTotals {
  readonly jobName: string;
  /** Jobs that this process has added. */
  readonly added: number;
  /** Attempts that this process has begun. */
  readonly started: number;
  readonly completed: number;
  /** Attempts that failed and will be repeated. */
  readonly retried: number;
  /** Jobs that failed for good. */
  readonly dead: number;
  /** From when a job could have been fetched to its fetch; first attempts only. */
  readonly wait: DurationTotals;
  /** From the fetch to the end of the processor; completed jobs only. */
  readonly run: DurationTotals;
}

/** Sizes since the start of the process. */
export interface SizeTotals {
  /** How many fell into each bucket of `BUCKETS_BYTES`, and behind them how many were larger; not cumulative. */
  readonly counts: readonly number[];
  readonly sumBytes: number;
}

/** Payloads of one queue. */
export interface PayloadTotals {
  /** Of the jobs that were begun here. */
  readonly data: SizeTotals;
  /** Of results that were packed here. */
  readonly result: SizeTotals;
  /** Bytes of what was packed here. */
  readonly packed: Readonly<Record<PayloadKind, Readonly<PackedBytes>>>;
}

/** One queue, as far as this process has seen it. */
export interface QueueTotals {
  /** Label of the queue. */
  readonly queue: string;
  readonly stalled: number;
  /** Bounded by whoever counts; jobs of further names are under `other`. */
  readonly names: readonly NameTotals[];
  readonly payloads: PayloadTotals;
}

/** Redis as this process finds it. */
export interface RedisFigures {
  /** Whether it is connected, and does what it is asked. */
  readonly isUp: boolean;
  readonly connected: Readonly<Record<SocketRole, boolean>>;
  readonly reconnects: Readonly<Record<SocketRole, number>>;
}

/** One queue of the fleet at one moment. */
export interface FleetQueue {
  readonly stats: QueueStats;
  /** Undefined when nobody has judged the queue. */
  readonly status: QueueStatus | undefined;
  /** Undefined when nobody has counted them. */
  readonly deadLetters: number | undefined;
}

/** Slots of one pool in the fleet at one moment. */
export interface FleetPool {
  /** Label of its queue. */
  readonly queue: string;
  readonly min: number;
  readonly max: number;
  readonly current: number;
  readonly target: number;
}

/** What only the holder of the fleet's lease may export. */
export interface FleetFigures {
  readonly queues: readonly FleetQueue[];
  readonly pools: readonly FleetPool[];
  /** What Redis was told of its backups. */
  readonly backups?: readonly BackupRecord[];
  /** What queues take of Redis's memory, as it was last looked at; null where nothing is known. */
  readonly memory?: readonly {
    readonly queue: string;
    readonly kinds: readonly { readonly kind: string; readonly bytes: number | null }[];
  }[];
}

/** How often this process has changed a target, since it started. */
export interface ScaleEvents {
  readonly queue: string;
  readonly direction: 'up' | 'down';
  /** The term that decided. */
  readonly reason: string;
  readonly count: number;
}

/** What this process has swept as leader, since it started. */
export interface Swept {
  readonly queue: string;
  readonly kind: 'completed' | 'failed' | 'progress' | 'events' | 'bodies';
  readonly count: number;
}

/** Everything of one scrape. */
export interface ExpositionFigures {
  readonly version: string;
  /** Labels of all queues that this process uses: their counters exist from the start. */
  readonly queues: readonly string[];
  /** Undefined when this process does not measure. */
  readonly totals: readonly QueueTotals[] | undefined;
  /** Records of dead letters written, by label of the queue; undefined when this process writes none. */
  readonly deadLettersCaptured: ReadonlyMap<string, number> | undefined;
  /** Undefined unless this process holds the lease. */
  readonly fleet: FleetFigures | undefined;
  readonly scaleEvents: readonly ScaleEvents[];
  readonly swept: readonly Swept[];
  /** Undefined when no Redis is configured. */
  readonly redis: RedisFigures | undefined;
  /** How long the stop has taken so far, or took; undefined before it. */
  readonly shutdownSeconds: number | undefined;
}
