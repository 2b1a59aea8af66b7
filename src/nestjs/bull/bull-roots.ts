/**
 * The providers of a `BullModule.forRoot`: its options under the token of `@nestjs/bullmq`, and the root that is opened
 * with them. Consumers of a queue that no module has registered work on that root, as they do there.
 *
 * Without a `connection` the environment may name the Redis (`REDIS_URL`); where nothing does, Drover says so and the
 * application runs without queues.
 */
import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { asNestError, declarersOf } from '../nest-error.ts';
import type { Root } from '../root.ts';
import { Roots } from '../roots.ts';
import { getSharedConfigToken, rootToken } from '../tokens.ts';
import { asyncOptionsProviders } from './async-options.ts';
import type { BullRootModuleOptions, SharedBullAsyncConfiguration } from './bull-options.ts';
import { rootOptionsOf } from './connection-options.ts';

/** Providers of `forRoot`. */
export function bullRootProviders(key: string, options: BullRootModuleOptions): Provider[] {
  const { extraOptions, ...config } = options ?? {};
  const isByHand = extraOptions?.manualRegistration ?? false;
  const provider = { provide: getSharedConfigToken(key), useValue: config };
  return [provider, rootProvider(key, isByHand, 'BullModule.forRoot()')];
}

/** Providers of `forRootAsync`. */
export function bullRootProvidersAsync(
  key: string,
  options: SharedBullAsyncConfiguration,
): Provider[] {
  const call = 'BullModule.forRootAsync()';
  const method = 'createSharedConfiguration';
  const isByHand = options.extraOptions?.manualRegistration ?? false;
  const made = { token: getSharedConfigToken(key), call, method };
  return [...asyncOptionsProviders(options, made), rootProvider(key, isByHand, call)];
}

function rootProvider(key: string, isByHand: boolean, call: string): Provider {
  const token = getSharedConfigToken(key);
  return {
    provide: rootToken(key),
    inject: [Roots, ModulesContainer, token],
    useFactory: (roots: Roots, modules: ModulesContainer, config: BullRootModuleOptions): Root => {
      if (isByHand || config?.extraOptions?.manualRegistration) roots.isRegisteredByHand = true;
      try {
        const root = roots.open(key, rootOptionsOf(config ?? {}));
        root.acceptsAnyQueue = true;
        return root;
      } catch (error) {
        throw asNestError(`${call} of ${declarersOf(modules, token)}`, error);
      }
    },
  };
}
