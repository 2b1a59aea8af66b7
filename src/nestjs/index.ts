/**
 * `drover/nestjs`: queues, workers and listeners of a Nest application on one shared connection.
 */
export { BullModule } from './bull/bull-module.ts';
export type {
  BullModuleExtraOptions,
  BullQueueAdvancedProcessor,
  BullQueueAdvancedSeparateProcessor,
  BullQueueProcessor,
  BullQueueProcessorCallback,
  BullQueueSeparateProcessor,
  BullRootModuleOptions,
  NestQueueEventOptions,
  NestQueueOptions,
  NestWorkerOptions,
  RegisterFlowProducerAsyncOptions,
  RegisterFlowProducerOptions,
  RegisterFlowProducerOptionsFactory,
  RegisterQueueAsyncOptions,
  RegisterQueueOptions,
  RegisterQueueOptionsFactory,
  SharedBullAsyncConfiguration,
  SharedBullConfigurationFactory,
} from './bull/bull-options.ts';
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
} from './dashboard/dashboard-options.ts';
export { QueueHealthController } from './health/health-controller.ts';
export {
  type CheckOptions,
  type IndicatorResult,
  type QueueCheckOptions,
  QueueHealthIndicator,
  RedisHealthIndicator,
} from './health/health-indicators.ts';
export type { HealthRoutesOptions } from './health/health-module.ts';
export {
  InjectCoordinator,
  InjectFlowProducer,
  InjectQueue,
  InjectQueueManager,
  type QueueOf,
} from './inject.ts';
export type { JobIn } from './job-in.ts';
export { JobData, JobLogger, JobRef, JobSignal, JobToken } from './jobs/job-parameters.ts';
export { ProcessorDecoratorService } from './jobs/processor-decorator.ts';
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
export { QueueOutageFilter } from './queue-outage-filter.ts';
export {
  getCoordinatorToken,
  getFlowProducerOptionsToken,
  getFlowProducerToken,
  getQueueOptionsToken,
  getQueueToken,
  getSharedConfigToken,
  JOB_REF,
} from './tokens.ts';
export { WorkerHost } from './worker-host.ts';
