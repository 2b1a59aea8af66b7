/**
 * Drover: the job queue coordinator for BullMQ. Everything that applications import.
 */

// Operating
export type { Permission, Role } from './access/permissions.ts';
export type { Grant, Principal } from './access/principal.ts';
// The backend, for BullMQ objects made by hand
export type { DroverBackendFactory } from './backend/backend-factory.ts';
export type { Duration, Size } from './base/units.ts';
// Stores of large payloads
export type { BodyKey, BodyStore, StoredBody } from './config/body-store.ts';
export type { CoordinatorOptions, Logger, WhenDown } from './config/options.ts';
export type { RedisParts } from './config/redis-address.ts';
// The coordinator
export { Coordinator } from './coordinator.ts';
// Dead letters
export type { BulkKind, BulkState, Canary, Skip } from './dead-letters/bulk-action.ts';
export type { BulkPlan } from './dead-letters/bulk-plan.ts';
export type { DeadLetter } from './dead-letters/dead-letter.ts';
export type { FailureGroup, GroupState } from './dead-letters/failure-group.ts';
export type { Sight } from './dead-letters/letter-shower.ts';
export type { Provenance } from './dead-letters/replay.ts';
export type { Selection } from './dead-letters/selection.ts';
// What goes wrong, what is announced
export { ConnectionLost, CoordinatorError, type ErrorCode, FilterError } from './errors.ts';
export type { CoordinatorEvents, EventListener, EventName, SocketRole } from './events.ts';
export type { ActionCaller, ActionName, InputOf, OutputOf } from './operations/actions.ts';
export type { Caller, ControlSurface } from './operations/control-surface.ts';
export type {
  DeadLetterOperations,
  DiscardWishes,
  ListWishes,
  PlanWishes,
  ReplayWishes,
} from './operations/dead-letters/dead-letter-operations.ts';
// Views
export type {
  BulkView,
  DeadLetterPage,
  DeadLetterRow,
} from './operations/dead-letters/dead-letter-views.ts';
export type { PoolOperations } from './operations/fleet/pool-operations.ts';
export type { DecisionView, PoolView, ScaleView, WhyView } from './operations/fleet/pool-views.ts';
export type { MemoryOperations } from './operations/insight/memory-operations.ts';
export type {
  RetentionOperations,
  RetentionView,
} from './operations/insight/retention-operations.ts';
export type { Operations } from './operations/operations.ts';
export type {
  LivenessView,
  QueueHealthReport,
  QueueHealthView,
  ReadinessView,
  RedisHealthView,
} from './operations/views.ts';
export { fromExtended, toExtended } from './payloads/extended-json.ts';
export { type FileBodiesOptions, fileBodies } from './payloads/file-bodies.ts';
// Payloads
export { type KeyRing, type KeyRingOptions, keyRing } from './payloads/key-ring.ts';
export { type RedisBodiesOptions, redisBodies } from './payloads/redis-bodies.ts';
export { type S3BodiesOptions, type S3Sender, s3Bodies } from './payloads/s3-bodies.ts';
// Pools
export type { Pin, PinWishes } from './pools/pins.ts';
// Queues
export {
  defineQueue,
  type JobTreatment,
  type JobTypes,
  type QueueDefinition,
  type QueueTreatment,
  type Schema,
} from './queues/define-queue.ts';
export { QueueManager, type QueueRef } from './queues/queue-manager.ts';
export type { QueueCounts, QueueStats } from './queues/queue-stats.ts';
export type { Keep, RetentionOptions, RetentionPolicy } from './queues/retention-options.ts';
export type { JobOf, NameOf, TypedQueue } from './queues/typed-queue.ts';
// Memory
export type {
  MemoryKind,
  MemoryPart,
  MemorySource,
  MemoryView,
  PayloadPart,
} from './retention/memory-view.ts';
export type { BodySweepView } from './retention/round-tally.ts';
// Stopping
export type { Face } from './stop-order.ts';
export { VERSION } from './version.ts';
// Workers
export type { LocalPool, PoolFigures } from './workers/pool-figures.ts';
export type { PoolFloorOptions, PoolOptions } from './workers/pool-options.ts';
export type {
  PoolFloor,
  PoolIsolation,
  PoolMode,
  PoolSettings,
} from './workers/pool-settings.ts';
export type { ProcessOptions, ProcessorTreatment } from './workers/process-options.ts';
export type { Processor, ProcessorFile } from './workers/processor.ts';
export type { WorkerView } from './workers/registration.ts';
export type { JobContext } from './workers/running-job.ts';
export { WorkerManager } from './workers/worker-manager.ts';
