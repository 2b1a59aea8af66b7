/**
 * What operators see and do, mounted in the HTTP server of the application beside its own routes.
 *
 * It is mounted in `configure`, which Nest calls before it registers any route: a route of the application that takes
 * every path (a page for all, static files) does not take this one. Without an HTTP server Nest never calls it.
 */
import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnModuleInit,
} from '@nestjs/common';
import { CoreModule } from '../core-module.ts';
import { DEFAULT_KEY } from '../tokens.ts';
import type {
  DashboardAsyncOptions,
  DashboardExtras,
  DashboardOptions,
} from './dashboard-options.ts';
import { Dashboards } from './dashboards.ts';

const KEY_TOKEN = 'DroverDashboardKey';

const built = new ConfigurableModuleBuilder<DashboardOptions>({ moduleName: 'DroverDashboard' })
  .setClassMethodName('forDashboard')
  .setFactoryMethodName('createDashboardOptions')
  .setExtras<DashboardExtras>({ configKey: DEFAULT_KEY }, (definition, { configKey }) => ({
    ...definition,
    imports: [...(definition.imports ?? []), CoreModule],
    providers: [
      ...(definition.providers ?? []),
      { provide: KEY_TOKEN, useValue: configKey ?? DEFAULT_KEY },
    ],
  }))
  .build();

const OPTIONS_TOKEN = built.MODULE_OPTIONS_TOKEN;

/** The class that has `forDashboard` and `forDashboardAsync`. */
const Configurable: ConfigurableModuleCls<
  DashboardOptions,
  'forDashboard',
  'createDashboardOptions',
  DashboardExtras
> = built.ConfigurableModuleClass;

/** Mounts one dashboard. */
@Module({})
export class DashboardModule implements NestModule, OnModuleInit {
  readonly #dashboards: Dashboards;
  readonly #options: DashboardOptions;
  readonly #configKey: string;
  #isMounted = false;

  constructor(
    @Inject(Dashboards) dashboards: Dashboards,
    @Inject(OPTIONS_TOKEN) options: DashboardOptions | undefined,
    @Inject(KEY_TOKEN) configKey: string,
  ) {
    this.#dashboards = dashboards;
    this.#options = options ?? {};
    this.#configKey = configKey;
  }

  static forDashboard(options: DashboardOptions & DashboardExtras): DynamicModule {
    return { ...Configurable.forDashboard(options), module: DashboardModule };
  }

  static forDashboardAsync(options: DashboardAsyncOptions): DynamicModule {
    return { ...Configurable.forDashboardAsync(options), module: DashboardModule };
  }

  configure(): void {
    this.#dashboards.mount(this.#configKey, this.#options);
    this.#isMounted = true;
  }

  onModuleInit(): void {
    if (!this.#isMounted) this.#dashboards.tellUnmounted(this.#configKey);
  }
}
