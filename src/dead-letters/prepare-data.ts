/**
 * The data with which a dead letter would be replayed: its own, or changed by a patch and checked by the schema.
 *
 * Data that no patch changes is passed on as the text it is stored as, a packed one too, with the body that it points
 * to: nothing is opened, and nothing can be lost. A patch sees what was added, and its outcome is packed anew.
 */
import { isStoreDown } from '../backend/payload-failures.ts';
import { messageOf } from '../errors.ts';
import type { PayloadCodecs } from '../payloads/payload-codec.ts';
import { wouldBeReadable } from '../payloads/stored-head.ts';
import type { OriginalJob } from './dead-letter.ts';
import { applyTo, type Patch } from './patch.ts';
import type { SchemaCheck } from './schema-check.ts';

/** The data, or why the dead letter must not be replayed. */
export type Prepared =
  | { readonly data: string }
  | { readonly skip: 'patch' | 'schema'; readonly problem: string };

/** What preparing data needs. */
export interface PrepareContext {
  readonly schemas: SchemaCheck;
  readonly payloads: PayloadCodecs;
}

/** Prepares the data of one job; nothing is written anywhere. Rejects with BODY_STORE_UNAVAILABLE. */
export async function prepareData(
  queue: string,
  job: OriginalJob,
  patch: Patch | null,
  { schemas, payloads }: PrepareContext,
): Promise<Prepared> {
  if (!patch) return { data: job.data };
  const codec = payloads.of(queue);
  try {
    const patched = applyTo(patch, await codec.unpack('data', job.data));
    if ('problem' in patched) return { skip: 'patch', problem: patched.problem };
    if (schemas.knows(queue)) {
      const problem = await schemas.validate(queue, job.name, JSON.parse(patched.data));
      if (problem !== undefined) return { skip: 'schema', problem };
    }
    const data = await codec.pack('data', patched.data);
    if (wouldBeReadable(job.data, data))
      return {
        skip: 'patch',
        problem:
          'its data is encrypted, and a process without a key for the queue cannot change it',
      };
    return { data };
  } catch (error) {
    if (isStoreDown(error)) throw error;
    return { skip: 'patch', problem: messageOf(error) };
  }
}
