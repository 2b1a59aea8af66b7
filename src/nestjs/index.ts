/**
 * `drover/nestjs`: queues, workers and listeners of a Nest application on one shared connection.
 */
export { BullRegistrar } from './bull-registrar.ts';
export {
  OnDeadLetter,
  OnJob,
  OnWorkerEvent,
  Processor,
  type ProcessorOptions,
  QueueConsumer,
  type QueueConsumerOptions,
} from './consumer-decorators.ts';
export {
  BullMqConsumerModule,
  type FeatureOptions,
} from './consumer-module.ts';
export type {
  DashboardAsyncOptions,
  DashboardAuthorize,
  DashboardExtras,
  DashboardOptions,
  DashboardOptionsFactory,
} from './dashboard-options.ts';
export { QueueHealthController } from './health-controller.ts';
export {
  type CheckOptions,
  type IndicatorResult,
  type QueueCheckOptions,
  QueueHealthIndicator,
  RedisHealthIndicator,
} from './health-indicators.ts';
export type { HealthRoutesOptions } from './health-module.ts';
export {
  InjectCoordinator,
  InjectFlowProducer,
  InjectQueue,
  InjectQueueManager,
  type QueueOf,
} from './inject.ts';
export {
  OnQueueEvent,
  QueueEventsListener,
  type QueueEventsListenerOptions,
} from './listener-decorators.ts';
export type {
  ConsumerModuleAsyncOptions,
  ConsumerModuleExtras,
  ConsumerModuleOptions,
  ConsumerOptionsFactory,
} from './module-options.ts';
export { QueueEventsHost } from './queue-events-host.ts';
export { getCoordinatorToken, getFlowProducerToken, getQueueToken, JOB_REF } from './tokens.ts';
export { WorkerHost } from './worker-host.ts';
