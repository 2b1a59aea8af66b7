/**
 * What operators see, type by type: the one door through which faces take the shapes of answers. Types only.
 */
export type { Permission, Role } from '../access/permissions.ts';
export type { Grant, Principal, PrincipalKind } from '../access/principal.ts';
export type { BulkState, Canary, Skip } from '../dead-letters/bulk-action.ts';
export type { BulkPlan } from '../dead-letters/bulk-plan.ts';
export type { Attempt, DeadLetter, DeadLetterState } from '../dead-letters/dead-letter.ts';
export type { DeadLetterCount } from '../dead-letters/dead-letters-store.ts';
export type { FailureGroup, GroupState, Tally } from '../dead-letters/failure-group.ts';
export type { Patch } from '../dead-letters/patch.ts';
export type { HealthReason } from '../health/queue-verdict.ts';
export type { RedisWarning } from '../health/redis-warnings.ts';
export type { Backlog } from '../metrics/backlog.ts';
export type { Counts, Distribution, Figures } from '../metrics/figures.ts';
export type { MetricsAnswer } from '../metrics/read-metrics.ts';
export type { DecidedBy, Explanation } from '../pools/explanation.ts';
export type { Pin } from '../pools/pins.ts';
export type { QueueStats } from '../queues/queue-stats.ts';
export type { QueueStatus } from '../queues/queue-status.ts';
export type { MemoryKind, MemoryPart, MemoryView } from '../retention/memory-view.ts';
export type * from './access/access-views.ts';
export type { Action } from './action.ts';
export type { ActionCaller, ActionName, ActionTypeMap, InputOf, OutputOf } from './actions.ts';
export type { LetterReplay, LetterSelection } from './dead-letters/dead-letter-actions.ts';
export type * from './dead-letters/dead-letter-views.ts';
export type * from './doctor/doctor-views.ts';
export type * from './fleet/fleet-views.ts';
export type * from './fleet/pool-views.ts';
export type * from './insight/health-views.ts';
export type { RetentionView } from './insight/retention-operations.ts';
export type { JobBulkKind, JobBulkOrder, JobSelection } from './jobs/job-bulk-order.ts';
export type * from './jobs/job-views.ts';
export type * from './live/live-views.ts';
export type * from './queues/queue-views.ts';
export type * from './queues/queue-wishes.ts';
export type * from './redis/redis-views.ts';
