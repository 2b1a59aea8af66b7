/**
 * The `processors` of a registered queue: functions and files that run its jobs from the moment that the queue is made,
 * also in an application that is never initialised. So they start the coordinator at once.
 *
 * Functions are called as BullMQ calls them; the signal is made only for those that declare it.
 */
import type { Job } from 'bullmq';
import type { JobContext } from '../../workers/running-job.ts';
import { consumerOptionsOf } from '../consumer-options.ts';
import type { Root } from '../root.ts';
import type { BullQueueProcessor, BullQueueProcessorCallback } from './bull-options.ts';

/** Has them run the jobs of `queue`. Those that cannot be used are told, and harm no other. */
export function runProcessors(
  root: Root,
  queue: string,
  processors: readonly BullQueueProcessor[],
): void {
  for (const processor of processors) {
    const { run, options } = partsOf(processor);
    root.process(queue, run as never, consumerOptionsOf(options).how, 'its `processors`');
  }
  if (processors.length > 0) void root.coordinator.start();
}

function partsOf(processor: BullQueueProcessor): { run: unknown; options: object } {
  if (typeof processor === 'function') return { run: calledByBull(processor), options: {} };
  if (typeof processor === 'string' || processor instanceof URL)
    return { run: processor, options: {} };
  if ('callback' in processor) {
    const { callback, ...options } = processor;
    return { run: calledByBull(callback), options };
  }
  const { path, ...options } = processor;
  return { run: path, options };
}

function calledByBull(callback: BullQueueProcessorCallback) {
  const wantsSignal = callback.length >= 3;
  return (job: Job, context: JobContext): Promise<unknown> =>
    wantsSignal ? callback(job, context.token, context.signal) : callback(job, context.token);
}
