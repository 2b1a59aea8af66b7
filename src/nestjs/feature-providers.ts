/**
 * The providers of a `forFeature`: one for each queue, under the token that `@InjectQueue` asks for.
 */
import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Queue } from 'bullmq';
import type { QueueDefinition } from '../queues/define-queue.ts';
import type { QueueRef } from '../queues/queue-manager.ts';
import { asNestError, importersOf, missingRoot, nestError, undefinedQueue } from './nest-error.ts';
import type { Root } from './root.ts';
import { getQueueToken, rootToken } from './tokens.ts';

/** Makes the queue of a provider; carries its definition, if it has one. */
interface QueueFactory {
  (root: Root | undefined, modules: ModulesContainer): Queue;
  definition?: QueueDefinition;
}

/**
 * What is wrong with the list is told when the application is made: not before is it known which module gave it.
 */
export function featureProviders(queues: readonly QueueRef[], configKey: string): Provider[] {
  const byName = new Map<string, QueueRef>();
  const problems: string[] = [];
  queues.forEach((queue, index) => {
    const name = typeof queue === 'object' ? queue?.name : queue;
    if (!name) problems.push(`the queue at index ${index} is ${undefinedQueue(queue)}`);
    else if (byName.has(name)) problems.push(`the queue "${name}" is named twice: name it once`);
    else byName.set(name, queue);
  });
  const providers = [...byName.values()].map((queue) => queueProvider(queue, configKey));
  return problems.length > 0 ? [refusal(problems), ...providers] : providers;
}

/** A provider that cannot be made. */
function refusal(problems: readonly string[]): Provider {
  const token = Symbol('BullMqConsumerModule.forFeature');
  return {
    provide: token,
    inject: [ModulesContainer],
    useFactory: (modules: ModulesContainer) => {
      const where = `BullMqConsumerModule.forFeature() of ${importersOf(modules, token)}`;
      throw nestError(where, problems.join('; '));
    },
  };
}

function queueProvider(queue: QueueRef, configKey: string): Provider {
  const token = getQueueToken(queue, configKey);
  const useFactory: QueueFactory = (root, modules) => {
    const where = `BullMqConsumerModule.forFeature() of ${importersOf(modules, token)}`;
    if (!root) throw nestError(where, missingRoot(configKey));
    try {
      root.define(queue);
      return root.queue(definitionAmong(modules, token) ?? queue);
    } catch (error) {
      throw asNestError(where, error);
    }
  };
  if (typeof queue === 'object') useFactory.definition = queue;
  const inject = [{ token: rootToken(configKey), optional: true }, ModulesContainer];
  return { provide: token, inject, useFactory };
}

/** A queue that one module defines and another one merely names is made by its definition, whichever comes first. */
function definitionAmong(modules: ModulesContainer, token: string): QueueDefinition | undefined {
  for (const { providers } of modules.values()) {
    const factory = providers.get(token)?.metatype as QueueFactory | undefined;
    if (factory?.definition) return factory.definition;
  }
  return undefined;
}
