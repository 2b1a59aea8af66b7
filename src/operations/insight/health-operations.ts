/**
 * What anybody may ask about the health of a process. Answers come from memory and never wait for Redis.
 *
 * Open to everybody, as load balancers and probes need it; no answer holds job data or credentials.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Config } from '../../config/resolve-config.ts';
import type { ConnectionWatch } from '../../health/connection-watch.ts';
import type { QueueSampler } from '../../health/queue-sampler.ts';
import { judgeReadiness, type ReadinessFacts } from '../../health/readiness.ts';
import { judgeRedis } from '../../health/redis-health.ts';
import type { RedisWatch } from '../../health/redis-watch.ts';
import type { Connection } from '../../redis/connection.ts';
import type { RefusalWatch } from '../../redis/refusal-watch.ts';
import { VERSION } from '../../version.ts';
import type { WorkerManager } from '../../workers/worker-manager.ts';
import type {
  LivenessView,
  QueueHealthReport,
  QueueHealthView,
  ReadinessView,
  RedisHealthView,
} from './health-views.ts';

/** What the answers are made of. */
export interface HealthSources {
  readonly config: Config;
  readonly command: Connection;
  readonly refusals: Pick<RefusalWatch, 'current'>;
  /** Why jobs are not safe on the connected server. */
  readonly eviction: () => string | undefined;
  readonly workers: WorkerManager;
  readonly sampler: QueueSampler;
  readonly connections: ConnectionWatch;
  readonly server: Pick<RedisWatch, 'last'>;
  readonly phase: () => ReadinessFacts['phase'];
  readonly clock?: Clock;
}

/** The health questions. */
export interface HealthOperations {
  redis(): RedisHealthView;
  live(): LivenessView;
  ready(): ReadinessView;
  queues(): QueueHealthView;
}

/** Binds the questions to a coordinator's parts. */
export function createHealthOperations(sources: HealthSources): HealthOperations {
  const { config, command, workers, sampler, connections, clock = systemClock } = sources;
  const redis = (): RedisHealthView => {
    const { state, since, lastError } = command;
    const refusal = sources.refusals.current;
    const verdict = judgeRedis(config.address, {
      ...{ state, since, lastError, refusal },
      eviction: sources.eviction(),
    });
    return { ...verdict, ...sources.server.last };
  };
  return {
    redis,
    live: () => ({ status: 'alive', version: VERSION }),
    ready() {
      const { ready, reason, queues } = judgeReadiness({
        phase: sources.phase(),
        isRedisConfigured: config.address !== null,
        workers: workers.workers,
        rejected: workers.rejected,
        refusal: sources.refusals.current,
        now: clock.monotonic(),
        withinMs: config.readyWithinMs,
      });
      return { status: ready ? 'ready' : 'not-ready', reason, queues };
    },
    queues() {
      const health = redis();
      const { takenAt, queues, health: verdicts } = sampler.last;
      const ageMs = takenAt === null ? null : Math.max(0, clock.now() - takenAt);
      const reportOf = (queue: string): QueueHealthReport | null => {
        const read = verdicts.get(queue);
        return read?.health ? { ...read.health, ageMs: read.ageMs + (ageMs ?? 0) } : null;
      };
      return {
        status: health.status,
        redis: health.redis,
        takenAt,
        ageMs,
        queues: queues.map((stats) => ({ ...stats, health: reportOf(stats.queue) })),
        connections: connections.last,
      };
    },
  };
}
