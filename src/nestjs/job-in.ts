/**
 * The type of one job of a definition, for the methods that run it.
 */
import type { Job } from 'bullmq';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import type { NameOf } from '../queues/typed-queue.ts';

/** The names of the jobs of a definition. */
type NameIn<D> = D extends QueueDefinition<infer Jobs extends JobTypes> ? NameOf<Jobs> : never;

/**
 * A job as its method gets it: `@OnJob('resize') resize(job: JobIn<typeof thumbnails, 'resize'>)`. Its data is what the
 * schema returns. Without a name any job of the queue, by whose `name` the type of its `data` is told.
 */
export type JobIn<D, N extends NameIn<D> = NameIn<D>> =
  D extends QueueDefinition<infer Jobs extends JobTypes, infer Result>
    ? { [Name in N]: Job<Jobs[Name]['output'], Result, Name> }[N]
    : never;
