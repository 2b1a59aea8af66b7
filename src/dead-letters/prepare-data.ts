/**
 * The data with which a dead letter would be replayed: its own, or changed by a patch and checked by the schema.
 *
 * Data that no patch changes is passed on as the text it is stored as: nothing is parsed, and nothing can be lost.
 */
import type { OriginalJob } from './dead-letter.ts';
import { applyTo, type Patch } from './patch.ts';
import type { SchemaCheck } from './schema-check.ts';

/** The data, or why the dead letter must not be replayed. */
export type Prepared =
  | { readonly data: string }
  | { readonly skip: 'patch' | 'schema'; readonly problem: string };

/** Prepares the data of one job. */
export async function prepareData(
  queue: string,
  job: OriginalJob,
  patch: Patch | null,
  schemas: SchemaCheck,
): Promise<Prepared> {
  if (!patch) return { data: job.data };
  const patched = applyTo(patch, job.data);
  if ('problem' in patched) return { skip: 'patch', problem: patched.problem };
  if (!schemas.knows(queue)) return patched;
  const problem = await schemas.validate(queue, job.name, JSON.parse(patched.data));
  return problem === undefined ? patched : { skip: 'schema', problem };
}
