/**
 * The providers of a `forFeature`: one for each queue, under the token that `@InjectQueue` asks for.
 */
import type { Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Queue } from 'bullmq';
import type { QueueRef } from '../queues/queue-manager.ts';
import { asNestError, importersOf, missingRoot, nestError } from './nest-error.ts';
import type { Root } from './root.ts';
import { getQueueToken, rootToken } from './tokens.ts';

/** Throws CONFIG_INVALID for a queue that is undefined or named twice. */
export function featureProviders(queues: readonly QueueRef[], configKey: string): Provider[] {
  const seen = new Set<string>();
  queues.forEach((queue, index) => {
    if (!queue)
      throw nestError(
        'BullMqConsumerModule.forFeature()',
        `the queue at index ${index} is ${queue}: two files that import each other, perhaps; move defineQueue() into a file of its own`,
      );
    const name = nameOf(queue);
    if (seen.has(name))
      throw nestError(
        'BullMqConsumerModule.forFeature()',
        `the queue "${name}" is named twice: name it once`,
      );
    seen.add(name);
  });
  return queues.map((queue) => queueProvider(queue, configKey));
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

function nameOf(queue: QueueRef): string {
  return typeof queue === 'string' ? queue : queue.name;
}
