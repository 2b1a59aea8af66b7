/**
 * What decorators leave on classes and methods, under the keys of `@nestjs/bullmq`: classes that were decorated by that
 * package are understood as they are. Drover's own have keys of their own beside them. Pure.
 */
import type { QueueEventsListener, WorkerListener } from 'bullmq';
import type { QueueRef } from '../queues/queue-manager.ts';
import type { ProcessOptions } from '../workers/process-options.ts';
import type { NestQueueEventOptions, NestWorkerOptions } from './bull/bull-options.ts';

/** Facts of `@nestjs/bullmq` 12; a test holds them against the installed one. */
export const METADATA = {
  processor: 'bullmq:processor_metadata',
  worker: 'bullmq:worker_metadata',
  queueEventsListener: 'bullmq:queue_events_listener_metadata',
  queueEvent: 'bullmq:queue_events_metadata',
  workerEvent: 'bullmq:worker_events_metadata',
  job: 'drover:job_metadata',
  deadLetter: 'drover:dead_letter_metadata',
} as const;

/** Of a class that runs jobs. */
export interface ConsumerMetadata {
  /** As the application says it; @default 'default' */
  readonly name?: string;
  readonly configKey?: string;
  /** Given where the queue was named by its definition. */
  readonly queue?: QueueRef;
}

/** How the jobs of a class are run. Those of `@nestjs/bullmq` may hold options that Drover sets itself. */
export type ConsumerOptions = ProcessOptions & Pick<NestWorkerOptions, 'connection' | 'prefix'>;

/** Of a class that listens to a queue. */
export interface ListenerMetadata {
  readonly queueName?: string;
  readonly configKey?: string;
  readonly queueEventsOptions?: Partial<NestQueueEventOptions>;
}

/** Of a method. */
export interface WorkerEventMetadata {
  readonly eventName: keyof WorkerListener;
}
export interface QueueEventMetadata {
  readonly eventName: keyof QueueEventsListener;
}
export interface JobMetadata {
  readonly names: readonly string[];
}

/** What is under `key` on a class or a method; undefined when it has none. */
export function metadataOf<T>(key: string, target: unknown): T | undefined {
  const { getMetadata } = Reflect as unknown as {
    getMetadata: (key: string, target: object) => T | undefined;
  };
  return typeof target === 'function' || (typeof target === 'object' && target !== null)
    ? getMetadata(key, target)
    : undefined;
}
