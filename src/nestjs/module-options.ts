/**
 * What `BullMqConsumerModule.forRoot` takes: the options of a coordinator, and a prefix for the names of queues. Pure.
 */
import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { CoordinatorOptions } from '../config/options.ts';

/** Options of the module. Everything has a default. */
export interface ConsumerModuleOptions extends CoordinatorOptions {
  /**
   * In front of the name of each queue: `workers` makes `workers-thumbnails` of `thumbnails`. `prefix` is another
   * thing: BullMQ's prefix of keys. @default none
   */
  readonly queueNamePrefix?: string | undefined;
}

/** What is said beside the options, and not by a factory. */
export interface ConsumerModuleExtras {
  /** Whether `Coordinator`, `QueueManager` and the like can be injected in every module. @default false */
  readonly isGlobal?: boolean;
  /** Names this configuration, where an application uses several Redis. @default 'default' */
  readonly configKey?: string;
  /** Whether consumers wait for `BullRegistrar.register()`. @default false */
  readonly manualRegistration?: boolean;
}

/** Makes the options, for `useClass` and `useExisting`. */
export interface ConsumerOptionsFactory {
  createConsumerOptions(): Promise<ConsumerModuleOptions> | ConsumerModuleOptions;
}

/** Options of `forRootAsync`: `useFactory` with `inject`, `useClass` or `useExisting`, `imports`, and the extras. */
export type ConsumerModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  ConsumerModuleOptions,
  'createConsumerOptions'
> &
  ConsumerModuleExtras;
