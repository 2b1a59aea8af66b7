/**
 * `BullModule` of `@nestjs/bullmq`: the same calls with the same options, on Drover's shared connections.
 *
 * Jobs stay what they were: a registered queue has exactly the `defaultJobOptions` that it is given, and nothing of it is
 * swept. `BullMqConsumerModule` is for what is new; both may be used in one application, and share its roots.
 */
import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { CoreModule } from '../core-module.ts';
import { nestError } from '../nest-error.ts';
import { rootProviders } from '../root-providers.ts';
import { DEFAULT_KEY, getSharedConfigToken, rootToken } from '../tokens.ts';
import { bullFlowProviders } from './bull-flows.ts';
import type {
  BullRootModuleOptions,
  RegisterFlowProducerAsyncOptions,
  RegisterFlowProducerOptions,
  RegisterQueueAsyncOptions,
  RegisterQueueOptions,
  SharedBullAsyncConfiguration,
} from './bull-options.ts';
import { type BullProviders, bullQueueProviders } from './bull-queues.ts';
import { bullRootProviders, bullRootProvidersAsync } from './bull-roots.ts';

type Imports = NonNullable<ModuleMetadata['imports']>;

/** Queues, flow producers and processors, as in `@nestjs/bullmq`. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: modules of Nest are classes
export class BullModule {
  /** Options of all queues; once in an application, and once more with a key for each further Redis. */
  static forRoot(options: BullRootModuleOptions): DynamicModule;
  static forRoot(configKey: string, options: BullRootModuleOptions): DynamicModule;
  static forRoot(
    ...args: [BullRootModuleOptions] | [string, BullRootModuleOptions]
  ): DynamicModule {
    const [key, options] = withKey(args);
    return rootModule(key, bullRootProviders(key, options), []);
  }

  /** The same with options that a factory or a class makes. */
  static forRootAsync(options: SharedBullAsyncConfiguration): DynamicModule;
  static forRootAsync(configKey: string, options: SharedBullAsyncConfiguration): DynamicModule;
  static forRootAsync(
    ...args: [SharedBullAsyncConfiguration] | [string, SharedBullAsyncConfiguration]
  ): DynamicModule {
    const [key, options] = withKey(args);
    return rootModule(key, bullRootProvidersAsync(key, options), importsOf([options]));
  }

  /** Queues that this module uses; the one named `default` without any. */
  static registerQueue(...options: RegisterQueueOptions[]): DynamicModule {
    const call = 'BullModule.registerQueue()';
    return feature(bullQueueProviders(call, options.length > 0 ? options : [{}]), []);
  }

  /** The same with options that factories or classes make. */
  static registerQueueAsync(...options: RegisterQueueAsyncOptions[]): DynamicModule {
    const call = 'BullModule.registerQueueAsync()';
    return feature(bullQueueProviders(call, options), importsOf(options));
  }

  /** Flow producers that this module uses; the one named `default` without any. */
  static registerFlowProducer(...options: RegisterFlowProducerOptions[]): DynamicModule {
    const call = 'BullModule.registerFlowProducer()';
    return feature(bullFlowProviders(call, options.length > 0 ? options : [{}]), []);
  }

  /** The same with options that factories or classes make. */
  static registerFlowProducerAsync(...options: RegisterFlowProducerAsyncOptions[]): DynamicModule {
    const call = 'BullModule.registerFlowProducerAsync()';
    return feature(bullFlowProviders(call, options), importsOf(options));
  }

  static set queueClass(_: Type) {
    throw notReplaceable('queueClass');
  }

  static set workerClass(_: Type) {
    throw notReplaceable('workerClass');
  }

  static set flowProducerClass(_: Type) {
    throw notReplaceable('flowProducerClass');
  }
}

function withKey<T>(args: [T] | [string, T]): [string, T] {
  return args.length === 2 ? args : [DEFAULT_KEY, args[0] as T];
}

function rootModule(
  key: string,
  own: NonNullable<ModuleMetadata['providers']>,
  imports: Imports,
): DynamicModule {
  const more = rootProviders(key);
  return {
    module: BullModule,
    ...{ global: true, imports: [CoreModule, ...imports], providers: [...own, ...more] },
    exports: [getSharedConfigToken(key), rootToken(key), ...more],
  };
}

function feature({ providers, exports }: BullProviders, imports: Imports): DynamicModule {
  return { module: BullModule, imports: [CoreModule, ...imports], providers, exports };
}

function importsOf(options: readonly Pick<ModuleMetadata, 'imports'>[]): Imports {
  return [...new Set(options.flatMap(({ imports }) => imports ?? []))];
}

function notReplaceable(name: string): Error {
  return nestError(
    `BullModule.${name}`,
    "BullMQ's own classes cannot be replaced: Drover's queues and workers are made on its shared connections",
  );
}
