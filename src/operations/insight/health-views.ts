/**
 * What operators see of the health of this process, of Redis and of queues. Plain JSON; times are epoch ms.
 */
import type { ConnectionReport } from '../../health/connection-watch.ts';
import type { QueueHealth } from '../../health/health-hash.ts';
import type { QueueReadiness } from '../../health/readiness.ts';
import type { RedisHealth, RedisVerdict } from '../../health/redis-health.ts';
import type { QueueStats } from '../../queues/queue-stats.ts';

/** `GET /health/redis`. */
export type RedisHealthView = RedisHealth;

/** `GET /health/live`. */
export interface LivenessView {
  readonly status: 'alive';
  readonly version: string;
}

/** `GET /health/ready`. */
export interface ReadinessView {
  readonly status: 'ready' | 'not-ready';
  readonly reason: string;
  readonly queues: readonly QueueReadiness[];
}

/** The health of one queue, the same in every process. */
export interface QueueHealthReport extends QueueHealth {
  readonly ageMs: number;
}

/** `GET /api/v1/queue/health`. */
export interface QueueHealthView {
  readonly status: RedisVerdict['status'];
  readonly redis: RedisVerdict['redis'];
  /** When `queues` was counted; null when it never was. */
  readonly takenAt: number | null;
  readonly ageMs: number | null;
  readonly queues: readonly (QueueStats & {
    /** What the leader judged, and how long ago; null when nobody has lately. */
    readonly health: QueueHealthReport | null;
  })[];
  /** This application's connections; null when the server does not tell. */
  readonly connections: ConnectionReport | null;
}
