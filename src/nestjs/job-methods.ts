/**
 * Which method of a consumer runs the jobs of which name. Pure.
 *
 * A name that its queue has no schema for could never be added: it is mistyped, and refused.
 */
import { closest } from '../base/closest.ts';
import type { QueueDefinition } from '../queues/define-queue.ts';
import { type JobMetadata, METADATA, metadataOf } from './consumer-metadata.ts';
import { nestError } from './nest-error.ts';
import { methodsOf, type ProviderClass } from './provider-class.ts';

/** Name of the job → name of the method with `@OnJob`. Throws CONFIG_INVALID, which names `where`. */
export function jobMethodsOf(
  type: ProviderClass,
  queue: Pick<QueueDefinition, 'name' | 'jobs'> | undefined,
  where: string,
): ReadonlyMap<string, string> {
  const byJob = new Map<string, string>();
  for (const { name: methodName, method } of methodsOf(type)) {
    const about = metadataOf<JobMetadata>(METADATA.job, method);
    if (about?.names.length === 0)
      throw nestError(where, `@OnJob() of ${methodName} names no job: name those that it runs`);
    for (const job of about?.names ?? []) {
      if (byJob.has(job))
        throw nestError(where, `two methods have @OnJob("${job}"): a job is run by one`);
      if (queue?.jobs && !Object.hasOwn(queue.jobs, job))
        throw nestError(
          where,
          `@OnJob("${job}"): ${noSuchJob(queue.name, job, Object.keys(queue.jobs))}`,
        );
      byJob.set(job, methodName);
    }
  }
  return byJob;
}

function noSuchJob(queue: string, job: string, known: readonly string[]): string {
  const meant = closest(job, known);
  const hint = meant ? `: did you mean "${meant}"?` : ` (it has ${known.join(', ')})`;
  return `queue "${queue}" has no job of this name${hint}`;
}
