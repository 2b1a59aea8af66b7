/**
 * The module: `forRoot` names the Redis, `forFeature` the queues; consumers are found among the providers of all modules.
 */
import { type DynamicModule, Module } from '@nestjs/common';
import type { QueueRef } from '../queues/queue-manager.ts';
import { CoreModule } from './core-module.ts';
import { DashboardModule } from './dashboard/dashboard-module.ts';
import type {
  DashboardAsyncOptions,
  DashboardExtras,
  DashboardOptions,
} from './dashboard/dashboard-options.ts';
import { featureProviders } from './feature-providers.ts';
import { HealthModule, type HealthRoutesOptions } from './health/health-module.ts';
import type {
  ConsumerModuleAsyncOptions,
  ConsumerModuleExtras,
  ConsumerModuleOptions,
} from './module-options.ts';
import { RootModule } from './root-module.ts';
import { flowsProvider, rootProviders } from './root-providers.ts';
import { DEFAULT_KEY } from './tokens.ts';

/** What is said of a `forFeature` beside its queues. */
export interface FeatureOptions {
  /** The `forRoot` whose Redis the queues are in. @default the default one */
  readonly configKey?: string;
}

/** Queues, workers and listeners of a Nest application on one shared connection. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: modules of Nest are classes
export class BullMqConsumerModule {
  /** Once in an application, in its root module; once more with a `configKey` for each further Redis. */
  static forRoot(options: ConsumerModuleOptions & ConsumerModuleExtras = {}): DynamicModule {
    return withRoot(RootModule.forRoot(options), options);
  }

  /** The same with options that a factory or a class makes. */
  static forRootAsync(options: ConsumerModuleAsyncOptions): DynamicModule {
    return withRoot(RootModule.forRootAsync(options), options);
  }

  /**
   * Queues that this module uses: definitions of `defineQueue`, or mere names. They are injected by `@InjectQueue`, and the flow
   * producer of all modules by `@InjectFlowProducer()`.
   * A queue that is undefined or named twice ends the start of the application with an error that names this module.
   */
  static forFeature(queues: readonly QueueRef[], options: FeatureOptions = {}): DynamicModule {
    const { configKey = DEFAULT_KEY } = options;
    const providers = [...featureProviders(queues, configKey), flowsProvider(configKey)];
    return {
      module: BullMqConsumerModule,
      imports: [CoreModule],
      providers,
      exports: providers,
    };
  }

  /**
   * What operators see and do, at a path of the application's own HTTP server. Without `authorize` or `access` only
   * requests from this machine itself get in.
   */
  static forDashboard(options: DashboardOptions & DashboardExtras = {}): DynamicModule {
    return DashboardModule.forDashboard(options);
  }

  /** The same with options that a factory or a class makes: `authorize` by a service of the application. */
  static forDashboardAsync(options: DashboardAsyncOptions): DynamicModule {
    return DashboardModule.forDashboardAsync(options);
  }

  /** `GET /health/redis`, `/health/live`, `/health/ready` and `/api/v1/queue/health`, open to everybody. Once. */
  static forHealth(options: HealthRoutesOptions = {}): DynamicModule {
    return HealthModule.forHealth(options);
  }
}

function withRoot(root: DynamicModule, extras: ConsumerModuleExtras): DynamicModule {
  const { isGlobal = false, configKey = DEFAULT_KEY } = extras;
  const providers = [...rootProviders(configKey), flowsProvider(configKey)];
  return {
    module: BullMqConsumerModule,
    ...{ global: isGlobal, imports: [CoreModule, root], providers, exports: providers },
  };
}
