/**
 * What a flow's only child has to say: its result, or why there is none.
 */
import type { Job } from 'bullmq';
import type { z } from 'zod';

export type ChildAnswer<T> = { readonly result: T } | { readonly failure: string };

/** For children added with `ignoreDependencyOnFailure`: their parents run although they failed. */
export async function readChildAnswer<T>(job: Job, schema: z.ZodType<T>): Promise<ChildAnswer<T>> {
  const [result] = Object.values(await job.getChildrenValues());
  if (result !== undefined) return { result: schema.parse(result) };
  const [failure] = Object.values(await job.getIgnoredChildrenFailures());
  return { failure: failure ?? 'its child left no answer' };
}
