/**
 * The providers of a `BullModule.registerQueue`: the options of each queue under the token of `@nestjs/bullmq`, and the
 * queue, which has exactly these options and none of Drover's defaults.
 *
 * A queue that is registered in several modules is one object for the same options and one for each of different ones,
 * as in `@nestjs/bullmq`. One with a `connection` or a `prefix` of its own is in a root beside that of its key. A queue
 * of another key than the default one has two tokens: the bare one of `@nestjs/bullmq`, and the one with its key.
 */
import type { FactoryProvider, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Queue } from 'bullmq';
import { asNestError, importersOf } from '../nest-error.ts';
import type { Root } from '../root.ts';
import { Roots } from '../roots.ts';
import {
  DEFAULT_KEY,
  getQueueOptionsToken,
  getQueueToken,
  getSharedConfigToken,
  rootToken,
} from '../tokens.ts';
import { asyncOptionsProviders } from './async-options.ts';
import type {
  BullRootModuleOptions,
  RegisterQueueAsyncOptions,
  RegisterQueueOptions,
} from './bull-options.ts';
import { runProcessors } from './bull-processors.ts';
import { type Named, rootFor } from './bull-root-for.ts';

/** Of what a module registers. */
export interface BullProviders {
  readonly providers: Provider[];
  readonly exports: Provider[];
}

/** Options over those of `forRoot`, each as a whole. */
export function overShared(key: string | undefined): {
  beside: NonNullable<FactoryProvider['inject']>;
  finish(options: object, shared?: object): object;
} {
  const token = getSharedConfigToken(key);
  return {
    beside: [{ token, optional: true }],
    finish: (options, shared) => ({ ...shared, ...options }),
  };
}

/** Providers of `registerQueue` and `registerQueueAsync`. */
export function bullQueueProviders(
  call: string,
  given: readonly (RegisterQueueOptions | RegisterQueueAsyncOptions)[],
): BullProviders {
  const method = 'createRegisterQueueOptions';
  const options = given.flatMap((each) => {
    const token = getQueueOptionsToken(each.name);
    return asyncOptionsProviders(each, { token, call, method, ...overShared(each.configKey) });
  });
  // Where two keys have a queue of the same name, the bare token is the default one's.
  const ordered = given.toSorted((a, b) => Number(isDefault(a)) - Number(isDefault(b)));
  const queues = ordered.flatMap((each) => queueProviders(call, each));
  return { providers: [...options, ...queues], exports: queues };
}

function isDefault({ configKey }: Named): boolean {
  return (configKey ?? DEFAULT_KEY) === DEFAULT_KEY;
}

function queueProviders(call: string, { name, configKey }: Named): Provider[] {
  const token = getQueueToken(name);
  const key = configKey ?? DEFAULT_KEY;
  const withKey = getQueueToken(name, key);
  const queue: Provider = {
    provide: token,
    inject: [
      ...[Roots, ModulesContainer, getQueueOptionsToken(name)],
      { token: getSharedConfigToken(key), optional: true },
      { token: rootToken(key), optional: true }, // Opened before its queues.
    ],
    useFactory: (
      roots: Roots,
      modules: ModulesContainer,
      options: RegisterQueueOptions,
      shared: BullRootModuleOptions | undefined,
    ): Queue => {
      try {
        const root = rootFor(roots, key, options, shared);
        return createQueue(root, { ...options, name: options.name || name || 'default' });
      } catch (error) {
        throw asNestError(`${call} of ${importersOf(modules, token)}`, error);
      }
    },
  };
  return withKey === token ? [queue] : [queue, { provide: withKey, useExisting: token }];
}

function createQueue(root: Root, options: RegisterQueueOptions & { name: string }): Queue {
  const { name, processors = [], connection, ...rest } = options;
  const { configKey: _, prefix: __, sharedConnection: ___, ...more } = rest;
  const { forceDisconnectOnShutdown: ____, ...own } = more;
  const queue = root.adopt(name, own);
  // Applications read it there, to connect what is not of BullMQ.
  if (connection !== undefined) Object.assign(queue.opts, { connection });
  runProcessors(root, name, processors);
  return queue;
}
