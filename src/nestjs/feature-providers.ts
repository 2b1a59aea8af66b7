/**
 * The providers of a `forFeature`: one for each queue, under the token that `@InjectQueue` asks for.
 */
import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Queue } from 'bullmq';
import type { QueueRef } from '../queues/queue-manager.ts';
import { asNestError, importersOf, nestError } from './nest-error.ts';
import type { Root } from './root.ts';
import { DEFAULT_KEY, getQueueToken, rootToken } from './tokens.ts';

/**
 * What is wrong with the list is told when the application is made: not before is it known which module gave it.
 */
export function featureProviders(queues: readonly QueueRef[], configKey: string): Provider[] {
  const byName = new Map<string, QueueRef>();
  const problems: string[] = [];
  queues.forEach((queue, index) => {
    const name = typeof queue === 'object' ? queue?.name : queue;
    if (!name)
      problems.push(
        `the queue at index ${index} is ${name === '' ? 'an empty string' : queue}: two files that import each other, perhaps; move defineQueue() into a file of its own`,
      );
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
  return {
    provide: token,
    inject: [{ token: rootToken(configKey), optional: true }, ModulesContainer],
    useFactory: (root: Root | undefined, modules: ModulesContainer): Queue => {
      const where = `BullMqConsumerModule.forFeature() of ${importersOf(modules, token)}`;
      if (!root) throw nestError(where, missingRoot(configKey));
      try {
        return root.queue(queue);
      } catch (error) {
        throw asNestError(where, error);
      }
    },
  };
}

function missingRoot(configKey: string): string {
  return configKey === DEFAULT_KEY
    ? 'no forRoot() names its Redis: import BullMqConsumerModule.forRoot({ redisUrl }) in the root module'
    : `no forRoot() has the key "${configKey}": import BullMqConsumerModule.forRoot({ configKey: "${configKey}", redisUrl }) in the root module`;
}
