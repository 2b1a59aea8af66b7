/**
 * Makes an add that is given as a kind and its arguments, on any client.
 */
import { QueueKeys, type RedisConnection, RedisQueueBackend } from 'bullmq';
import type { ScriptClient } from '../redis/connection.ts';
import type { AddKind } from '../spool/accepted-add.ts';
import { type AddArguments, checkedId } from './adds.ts';

/** The queue that an add goes to; the name is empty for a flow. */
export interface AddTarget {
  readonly prefix: string;
  readonly queue: string;
}

/**
 * Makes it. Rejects when any part of it has not been made.
 *
 * @param backend any backend of the queue; a single job is sent with it in the very turn of the call
 */
export async function runAdd(
  { prefix, queue }: AddTarget,
  backend: RedisQueueBackend | undefined,
  client: ScriptClient,
  kind: AddKind,
  args: readonly unknown[],
): Promise<unknown> {
  if (kind === 'addJob') {
    const [job, id, parent] = args as unknown as Required<AddArguments<'addJob'>>;
    const sender = backend ?? backendOn(client, { prefix, queue });
    return await sender.addJobToTransaction(client, job, id, parent);
  }
  const target = backendOn(client, { prefix, queue });
  if (kind === 'addFlow') {
    const results = await target.addFlow(...(args as unknown as AddArguments<'addFlow'>));
    for (const [error] of results) if (error) throw error;
    return results;
  }
  if (kind === 'addJobScheduler')
    return await target.addJobScheduler(...(args as unknown as AddArguments<'addJobScheduler'>));
  const ids = await target.addJobs(...(args as unknown as AddArguments<'addJobs'>));
  for (const id of ids) checkedId(target, id);
  return ids;
}

/** BullMQ's plain backend of a queue on one client. */
export function backendOn(client: ScriptClient, { prefix, queue }: AddTarget): RedisQueueBackend {
  const queueKeys = new QueueKeys(prefix);
  const connection = { client: Promise.resolve(client), on: (): void => {} };
  return new RedisQueueBackend(
    connection as unknown as RedisConnection,
    queue,
    queueKeys.getKeys(queue),
    (type) => queueKeys.toKey(queue, type),
    { prefix } as never,
    undefined,
    false,
  );
}
