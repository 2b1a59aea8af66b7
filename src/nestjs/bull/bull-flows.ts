/**
 * The providers of a `BullModule.registerFlowProducer`: its options under the token of `@nestjs/bullmq`, and the flow
 * producer. Each is an object of its own on the shared connection.
 */
import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { FlowProducer } from 'bullmq';
import { asNestError, importersOf } from '../nest-error.ts';
import { Roots } from '../roots.ts';
import {
  DEFAULT_KEY,
  getFlowProducerOptionsToken,
  getFlowProducerToken,
  getSharedConfigToken,
  rootToken,
} from '../tokens.ts';
import { asyncOptionsProviders } from './async-options.ts';
import type {
  BullRootModuleOptions,
  RegisterFlowProducerAsyncOptions,
  RegisterFlowProducerOptions,
} from './bull-options.ts';
import { type BullProviders, overShared } from './bull-queues.ts';
import { type Named, rootFor } from './bull-root-for.ts';

/** Providers of `registerFlowProducer` and `registerFlowProducerAsync`. */
export function bullFlowProviders(
  call: string,
  given: readonly (RegisterFlowProducerOptions | RegisterFlowProducerAsyncOptions)[],
): BullProviders {
  const method = 'createRegisterQueueOptions';
  const options = given.flatMap((each) => {
    const token = getFlowProducerOptionsToken(each.name);
    return asyncOptionsProviders(each, { token, call, method, ...overShared(each.configKey) });
  });
  const flows = given.flatMap((each) => flowProviders(call, each));
  return { providers: [...options, ...flows], exports: flows };
}

function flowProviders(call: string, { name, configKey }: Named): Provider[] {
  const token = getFlowProducerToken(name);
  const key = configKey ?? DEFAULT_KEY;
  const withKey = getFlowProducerToken(name, key);
  const flows: Provider = {
    provide: token,
    inject: [
      ...[Roots, ModulesContainer, getFlowProducerOptionsToken(name)],
      { token: getSharedConfigToken(key), optional: true },
      { token: rootToken(key), optional: true }, // Opened before its flow producers.
    ],
    useFactory: (
      roots: Roots,
      modules: ModulesContainer,
      options: RegisterFlowProducerOptions,
      shared: BullRootModuleOptions | undefined,
    ): FlowProducer => {
      try {
        const { connection: _, prefix: __, configKey: ___, ...own } = options;
        const root = rootFor(roots, key, options, shared);
        return root.flowsWith({ ...own, ...((own.name ?? name) && { name: own.name ?? name }) });
      } catch (error) {
        throw asNestError(`${call} of ${importersOf(modules, token)}`, error);
      }
    },
  };
  return withKey === token ? [flows] : [flows, { provide: withKey, useExisting: token }];
}
