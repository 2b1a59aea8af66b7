/**
 * What tests of the operations on queues share: queues of plain BullMQ's, and callers with rights.
 */
import { Queue, type QueueOptions, Worker } from 'bullmq';
import type { Coordinator } from 'drover';
import { onTestFinished } from 'vitest';
import type { Grant } from '../../src/access/principal.ts';
import type { ActionCaller } from '../../src/operations/actions.ts';

type Server = { readonly host: string; readonly port: number };

/** A queue of plain BullMQ's, without any Drover. */
export function plainQueue(
  server: Server,
  name: string,
  options: Partial<QueueOptions> = {},
): Queue {
  const queue = new Queue(name, { connection: connectionTo(server), ...options });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  return queue;
}

/** A worker of plain BullMQ's that never ends a job. Ended with the test. */
export async function plainWorker(server: Server, name: string, prefix = 'bull'): Promise<Worker> {
  const worker = new Worker(name, () => new Promise(() => {}), {
    ...{ connection: connectionTo(server), prefix },
  });
  worker.on('error', () => {});
  onTestFinished(() => worker.close(true));
  await worker.waitUntilReady();
  return worker;
}

/** Somebody with these rights; by default with all. */
export function callerOf(
  { control }: Pick<Coordinator, 'control'>,
  grants: readonly Grant[] = [{ may: ['admin'] }],
): ActionCaller {
  return control.as({ principal: { kind: 'token', id: 'ann', name: 'ann', grants } });
}

function connectionTo({ host, port }: Server): object {
  return { host, port, maxRetriesPerRequest: null };
}
