/**
 * Decorators that inject what the module provides.
 */
import { Inject } from '@nestjs/common';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import { QueueManager, type QueueRef } from '../queues/queue-manager.ts';
import type { TypedQueue } from '../queues/typed-queue.ts';
import { nestError, undefinedQueue } from './nest-error.ts';
import { getCoordinatorToken, getFlowProducerToken, getQueueToken } from './tokens.ts';

/** The queue of a definition: `@InjectQueue(thumbnails) queue: QueueOf<typeof thumbnails>`. */
export type QueueOf<D> =
  D extends QueueDefinition<infer Jobs extends JobTypes, infer Result>
    ? TypedQueue<Jobs, Result>
    : never;

/**
 * Injects a queue, by its definition or its name; `default` without any.
 *
 * @param of the queue, and the key of its `forRoot`; @default the default one
 */
export function InjectQueue<Jobs extends JobTypes, Result>(
  ...of: [queue?: QueueRef<Jobs, Result>, configKey?: string]
): ReturnType<typeof Inject> {
  const [queue, configKey] = of;
  if (of.length > 0 && !queue && queue !== '')
    return (target) => {
      const { name } = typeof target === 'function' ? target : target.constructor;
      throw nestError(`@InjectQueue() of ${name}`, `the queue is ${undefinedQueue(queue)}`);
    };
  return Inject(getQueueToken(queue as QueueRef, configKey));
}

/** Injects a flow producer. */
export function InjectFlowProducer(name?: string, configKey?: string): ReturnType<typeof Inject> {
  return Inject(getFlowProducerToken(name, configKey));
}

/** Injects the coordinator: for what the module has no words for. */
export function InjectCoordinator(configKey?: string): ReturnType<typeof Inject> {
  return Inject(getCoordinatorToken(configKey));
}

/** Injects the `QueueManager` of the default configuration. */
export function InjectQueueManager(): ReturnType<typeof Inject> {
  return Inject(QueueManager);
}
