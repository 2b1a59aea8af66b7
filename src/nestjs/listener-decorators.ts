/**
 * Decorators of classes that listen to the events of a queue, wherever its jobs run, as in `@nestjs/bullmq`.
 */
import { SetMetadata } from '@nestjs/common';
import type { QueueEventsListener as BullListener } from 'bullmq';
import type { QueueRef } from '../queues/queue-manager.ts';
import type { NestQueueEventOptions } from './bull/bull-options.ts';
import { METADATA } from './consumer-metadata.ts';
import { nestError, undefinedQueue } from './nest-error.ts';

/** How a listener listens: BullMQ's options of `QueueEvents`, and the key. */
export interface QueueEventsListenerOptions extends Partial<NestQueueEventOptions> {
  /** The `forRoot` whose queue is meant. @default the default one */
  readonly configKey?: string;
}

/** A class whose `@OnQueueEvent` methods hear the events of a queue. */
export function QueueEventsListener(
  queue: QueueRef,
  options: QueueEventsListenerOptions = {},
): ClassDecorator {
  const { configKey, ...queueEventsOptions } = options;
  return (target) => {
    if (!queue)
      throw nestError(
        `@QueueEventsListener of ${target.name}`,
        `the queue is ${undefinedQueue(queue)}`,
      );
    const queueName = typeof queue === 'string' ? queue : queue.name;
    SetMetadata(METADATA.queueEventsListener, {
      ...{ queueName, queueEventsOptions },
      ...(configKey !== undefined && { configKey }),
    })(target);
  };
}

/** A method that hears an event of the queue: `completed`, `failed`, `waiting`, `progress` ... */
export function OnQueueEvent(eventName: keyof BullListener): MethodDecorator {
  return SetMetadata(METADATA.queueEvent, { eventName });
}
