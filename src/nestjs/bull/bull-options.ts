/**
 * What `BullModule` takes: the options of `@nestjs/bullmq` under the names that they have there.
 *
 * Accepted and of no effect, since all of it is Drover's own affair: `forceDisconnectOnShutdown`, `sharedConnection`,
 * `blockingConnection`, `skipVersionCheck`, `skipWaitingForReady`.
 */
import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import type {
  ConnectionOptions,
  Job,
  QueueBaseOptions,
  QueueEventsOptions,
  QueueOptions,
  WorkerOptions,
} from 'bullmq';

/** Options without their `connection`, which may be left out. */
type WithoutConnection<T> = Omit<T, 'connection'> & {
  /** Options, `{ url }`, a URL, or an instance of ioredis. @default as in `forRoot` */
  connection?: ConnectionOptions | string;
  /** Has no effect: everything shares connections. */
  sharedConnection?: boolean;
};

export interface NestQueueOptions extends WithoutConnection<QueueOptions> {}
export interface NestWorkerOptions extends WithoutConnection<WorkerOptions> {}
export interface NestQueueEventOptions extends WithoutConnection<QueueEventsOptions> {}

/** Runs one job. */
export type BullQueueProcessorCallback = (
  job: Job,
  token?: string,
  signal?: AbortSignal,
) => Promise<unknown>;
/** A processor in a file of its own. */
export type BullQueueSeparateProcessor = string | URL;
/** A function and how its jobs are run. */
export interface BullQueueAdvancedProcessor extends Partial<NestWorkerOptions> {
  callback: BullQueueProcessorCallback;
}
/** A file and how its jobs are run. */
export interface BullQueueAdvancedSeparateProcessor extends Partial<NestWorkerOptions> {
  path: BullQueueSeparateProcessor;
}
export type BullQueueProcessor =
  | BullQueueProcessorCallback
  | BullQueueAdvancedProcessor
  | BullQueueSeparateProcessor
  | BullQueueAdvancedSeparateProcessor;

export interface BullModuleExtraOptions {
  /** Whether consumers and listeners wait for `BullRegistrar.register()`. @default false */
  manualRegistration?: boolean;
}

/** Options of `forRoot`: those of all queues that say no others. */
export interface BullRootModuleOptions extends WithoutConnection<QueueOptions> {
  extraOptions?: BullModuleExtraOptions;
}

/** Options of a queue. */
export interface RegisterQueueOptions extends NestQueueOptions {
  /** @default 'default' */
  name?: string;
  /** The `forRoot` whose options it has. @default the default one */
  configKey?: string;
  /** What runs its jobs, from the moment that the queue is made. */
  processors?: BullQueueProcessor[];
  /** Has no effect: closing never waits for Redis. */
  forceDisconnectOnShutdown?: boolean;
}

/** Options of a flow producer. */
export interface RegisterFlowProducerOptions extends WithoutConnection<QueueBaseOptions> {
  /** @default 'default' */
  name?: string;
  /** The `forRoot` whose options it has. @default the default one */
  configKey?: string;
  prefix?: string;
  /** Has no effect: closing never waits for Redis. */
  forceDisconnectOnShutdown?: boolean;
}

export interface SharedBullConfigurationFactory {
  createSharedConfiguration(): Promise<BullRootModuleOptions> | BullRootModuleOptions;
}
export interface RegisterQueueOptionsFactory {
  createRegisterQueueOptions(): Promise<RegisterQueueOptions> | RegisterQueueOptions;
}
export interface RegisterFlowProducerOptionsFactory {
  createRegisterQueueOptions(): Promise<RegisterFlowProducerOptions> | RegisterFlowProducerOptions;
}

/** Options that a factory or a class makes. */
export interface AsyncOptions<Options, Factory> extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => Promise<Options> | Options;
  useClass?: Type<Factory>;
  useExisting?: Type<Factory>;
  inject?: FactoryProvider['inject'];
  /** Further providers of the module, for `inject`. */
  extraProviders?: Provider[];
}

export interface SharedBullAsyncConfiguration
  extends AsyncOptions<BullRootModuleOptions, SharedBullConfigurationFactory> {
  extraOptions?: BullModuleExtraOptions;
}
export interface RegisterQueueAsyncOptions
  extends AsyncOptions<RegisterQueueOptions, RegisterQueueOptionsFactory> {
  name?: string;
  configKey?: string;
}
export interface RegisterFlowProducerAsyncOptions
  extends AsyncOptions<RegisterFlowProducerOptions, RegisterFlowProducerOptionsFactory> {
  name?: string;
  configKey?: string;
}
