/**
 * Actions that only look: health, metrics, memory, retention. The catalogue.
 */
import type { Backlog } from '../../metrics/backlog.ts';
import type { MetricsAnswer } from '../../metrics/read-metrics.ts';
import type { MemoryView } from '../../retention/memory-view.ts';
import type { Actions } from '../action.ts';
import type {
  LivenessView,
  QueueHealthView,
  ReadinessView,
  RedisHealthView,
} from './health-views.ts';
import type { RetentionView } from './retention-operations.ts';

type Nothing = Record<never, never>;
interface OfQueue {
  readonly queue: string;
}

/** What goes in and comes out. */
export interface InsightActionTypes {
  'health.redis': { input: Nothing; output: RedisHealthView };
  'health.live': { input: Nothing; output: LivenessView };
  'health.ready': { input: Nothing; output: ReadinessView };
  'health.queues': { input: Nothing; output: QueueHealthView };
  'metrics.exposition': { input: Nothing; output: string };
  'metrics.history': {
    /** The last so long, such as `6h`; `every`: so many steps of the resolution as one; `jobName` narrows it. */
    input: OfQueue & {
      readonly last?: string;
      readonly resolution?: 'minute' | 'hour';
      readonly every?: number;
      readonly jobName?: string;
    };
    output: MetricsAnswer;
  };
  'metrics.backlog': { input: OfQueue; output: Backlog };
  'memory.get': { input: OfQueue; output: MemoryView };
  'retention.list': { input: Nothing; output: readonly RetentionView[] };
}

/** Health, metrics, memory, retention. */
export const INSIGHT_ACTIONS: Actions<InsightActionTypes> = {
  'health.redis': {
    ...{ route: 'GET /health/redis', permission: 'open', scope: 'fleet', effect: 'reads' },
    says: 'How Redis is and since when, what it last said of itself, and warnings: 200 when healthy or disabled, 503 when unhealthy.',
  },
  'health.live': {
    ...{ route: 'GET /health/live', permission: 'open', scope: 'fleet', effect: 'reads' },
    says: 'Whether the process answers at all: always 200.',
  },
  'health.ready': {
    ...{ route: 'GET /health/ready', permission: 'open', scope: 'fleet', effect: 'reads' },
    says: 'Whether the process does its work on every one of its queues: 200 or 503.',
  },
  'health.queues': {
    ...{ route: 'GET /api/v1/queue/health', permission: 'open', scope: 'fleet', effect: 'reads' },
    says: 'The last statistics and the health of all queues, with their age: 200 when Redis is healthy or disabled, 503 when not.',
  },
  'metrics.exposition': {
    ...{ route: 'GET /metrics', permission: 'open', scope: 'fleet', effect: 'reads' },
    answers: 'text',
    says: 'The metrics of this process in the text format of Prometheus: always 200. Holds names of queues and of jobs, counts and times; no data, ids or errors of jobs.',
  },
  'metrics.history': {
    ...{ route: 'GET /api/v1/queues/:queue/metrics', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'The figures of a queue, minute by minute or hour by hour, each with where it comes from.',
  },
  'metrics.backlog': {
    ...{ route: 'GET /api/v1/queues/:queue/backlog', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'How a queue stands: oldest waiting job, arrivals against service, time to drain.',
  },
  'memory.get': {
    ...{ route: 'GET /api/v1/queues/:queue/memory', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'What a queue takes of the memory of Redis, by what takes it, and what its payload policies save: an estimate from samples of the last minute, with its error. What is not known is null, never 0.',
  },
  'retention.list': {
    ...{ route: 'GET /api/v1/retention', permission: 'queues.read', scope: 'each' },
    effect: 'reads',
    says: 'How long each queue keeps its data, and what the sweep has done so far.',
  },
};
