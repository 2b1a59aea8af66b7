/**
 * The type of a queue's processor, from the queue's definition.
 */
import type { Processor, QueueDefinition } from 'drover';

export type ProcessorOf<D> =
  D extends QueueDefinition<infer Jobs, infer Result> ? Processor<Jobs, Result> : never;
