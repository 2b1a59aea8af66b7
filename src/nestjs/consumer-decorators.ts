/**
 * Decorators of classes that run jobs and of their methods.
 *
 * `@Processor` and `@OnWorkerEvent` are those of `@nestjs/bullmq`; `@QueueConsumer` takes a definition of
 * `defineQueue` and Drover's own options, `@OnJob` has a method for each name of jobs.
 */
import { type ScopeOptions, SetMetadata } from '@nestjs/common';
import { SCOPE_OPTIONS_METADATA } from '@nestjs/common/constants.js';
import type { WorkerListener } from 'bullmq';
import type { JobTypes } from '../queues/define-queue.ts';
import type { QueueRef } from '../queues/queue-manager.ts';
import type { NameOf } from '../queues/typed-queue.ts';
import { type ConsumerMetadata, type ConsumerOptions, METADATA } from './consumer-metadata.ts';
import { nestError, undefinedQueue } from './nest-error.ts';

/** Which queue a `@Processor` is for, and how long its instance lives. */
export interface ProcessorOptions extends ScopeOptions {
  /** @default 'default' */
  readonly name?: string;
  /** The `forRoot` whose queue is meant. @default the default one */
  readonly configKey?: string;
}

/** How the jobs of a `@QueueConsumer` are run, and how long its instance lives. */
export interface QueueConsumerOptions extends ConsumerOptions, ScopeOptions {
  /** The `forRoot` whose queue is meant. @default the default one */
  readonly configKey?: string;
}

/** A class whose `process` or `@OnJob` methods run the jobs of a queue, as in `@nestjs/bullmq`. */
export function Processor(
  queue?: string | ProcessorOptions,
  options?: Partial<ConsumerOptions>,
): ClassDecorator {
  const about: ProcessorOptions =
    typeof queue === 'object' ? queue : { ...(queue && { name: queue }) };
  return (target) => {
    SetMetadata(SCOPE_OPTIONS_METADATA, about)(target);
    SetMetadata(METADATA.processor, about)(target);
    if (options) SetMetadata(METADATA.worker, options)(target);
  };
}

/**
 * A class whose `process` or `@OnJob` methods run the jobs of a queue, named or by its definition.
 *
 * @param options BullMQ's worker options, and Drover's: `pool`, `timeoutGraceMs`, `abortable`, `maxKills`
 */
export function QueueConsumer<Jobs extends JobTypes, Result>(
  queue: QueueRef<Jobs, Result>,
  options: QueueConsumerOptions = {},
): ClassDecorator {
  const { configKey, scope, durable, ...how } = options;
  return (target) => {
    if (!queue)
      throw nestError(`@QueueConsumer of ${target.name}`, `the queue is ${undefinedQueue(queue)}`);
    const name = typeof queue === 'string' ? queue : queue.name;
    const about: ConsumerMetadata = {
      ...{ name, queue: queue as QueueRef },
      ...(configKey !== undefined && { configKey }),
    };
    SetMetadata(SCOPE_OPTIONS_METADATA, { scope, durable })(target);
    SetMetadata(METADATA.processor, about)(target);
    SetMetadata(METADATA.worker, how)(target);
  };
}

/** A method that runs the jobs of these names. Those of other names go to `process`, and fail where there is none. */
export function OnJob<Jobs extends JobTypes = JobTypes>(
  ...names: readonly NameOf<Jobs>[]
): MethodDecorator {
  return SetMetadata(METADATA.job, { names });
}

/** A method that is told of each job of the queue that fails for good here: `(job, error)`. */
export function OnDeadLetter(): MethodDecorator {
  return SetMetadata(METADATA.deadLetter, true);
}

/** A method that hears an event of the worker: `completed`, `failed`, `active`, `progress` ... */
export function OnWorkerEvent(eventName: keyof WorkerListener): MethodDecorator {
  return SetMetadata(METADATA.workerEvent, { eventName });
}
