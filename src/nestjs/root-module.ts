/**
 * The global part of a `forRoot`: its options, made by Nest's own `ConfigurableModuleBuilder`, and the root that is
 * opened with them. It is global whether or not the consumer module is: `forFeature` in any module needs it.
 */
import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  type DynamicModule,
  type FactoryProvider,
  Module,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CoordinatorError } from '../errors.ts';
import type {
  ConsumerModuleAsyncOptions,
  ConsumerModuleExtras,
  ConsumerModuleOptions,
} from './module-options.ts';
import { asNestError, declarersOf } from './nest-error.ts';
import type { Root } from './root.ts';
import { Roots } from './roots.ts';
import { DEFAULT_KEY, rootToken } from './tokens.ts';

const built = new ConfigurableModuleBuilder<ConsumerModuleOptions>({ moduleName: 'BullMqConsumer' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createConsumerOptions')
  .setExtras<ConsumerModuleExtras>(
    // What is named here is taken out of the options.
    { isGlobal: false, configKey: DEFAULT_KEY, manualRegistration: false },
    withRoot,
  )
  .build();

const OPTIONS_TOKEN = built.MODULE_OPTIONS_TOKEN;

/** The class that has `forRoot` and `forRootAsync`. */
const Configurable: ConfigurableModuleCls<
  ConsumerModuleOptions,
  'forRoot',
  'createConsumerOptions',
  ConsumerModuleExtras
> = built.ConfigurableModuleClass;

/** Opens one root. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: modules of Nest are classes
export class RootModule {
  static forRoot(options: ConsumerModuleOptions & ConsumerModuleExtras): DynamicModule {
    return { ...Configurable.forRoot(options), module: RootModule };
  }

  static forRootAsync(options: ConsumerModuleAsyncOptions): DynamicModule {
    return { ...Configurable.forRootAsync(options), module: RootModule };
  }
}

function withRoot(definition: DynamicModule, extras: ConsumerModuleExtras): DynamicModule {
  const token = rootToken(extras.configKey ?? DEFAULT_KEY);
  const whereOf = (modules: ModulesContainer): string =>
    `BullMqConsumerModule.forRoot() of ${declarersOf(modules, root)}`;
  const providers = (definition.providers ?? []).map((provider) =>
    isFactoryOfOptions(provider) ? tellingWhere(provider, whereOf) : provider,
  );
  const root: Provider = {
    provide: token,
    inject: [Roots, ModulesContainer, OPTIONS_TOKEN],
    useFactory: (roots: Roots, modules: ModulesContainer, options: ConsumerModuleOptions): Root => {
      if (extras.manualRegistration) roots.isRegisteredByHand = true;
      try {
        return roots.open(extras.configKey ?? DEFAULT_KEY, options);
      } catch (error) {
        throw asNestError(whereOf(modules), error);
      }
    },
  };
  return { ...definition, global: true, providers: [...providers, root], exports: [token] };
}

function isFactoryOfOptions(provider: Provider): provider is FactoryProvider {
  return 'useFactory' in provider && provider.provide === OPTIONS_TOKEN;
}

/** A factory that throws says nothing of where it stands. */
function tellingWhere(
  provider: FactoryProvider,
  whereOf: (modules: ModulesContainer) => string,
): FactoryProvider {
  const { useFactory, inject = [] } = provider;
  return {
    ...provider,
    inject: [ModulesContainer, ...inject],
    useFactory: async (modules: ModulesContainer, ...injected: unknown[]) => {
      try {
        return checkedOptions(await useFactory(...injected));
      } catch (error) {
        throw asNestError(`${whereOf(modules)}, in its options factory`, error);
      }
    },
  };
}

function checkedOptions(made: unknown): object {
  if (typeof made === 'object' && made !== null && !Array.isArray(made)) return made;
  const type = Array.isArray(made) ? 'an array' : made === null ? 'null' : typeof made;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `it returned ${type}: return the options, such as { redisUrl }`,
  );
}
