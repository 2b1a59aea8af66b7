/**
 * Finds queues that this process does not define, under any prefix, and opens them.
 */
import { Queue, QueueKeys } from 'bullmq';
import { type DroverBackendFactory, refusedConnection } from '../backend/backend-factory.ts';
import type { OutageGate } from '../backend/outage-gate.ts';
import type { Config } from '../config/resolve-config.ts';
import { CoordinatorError } from '../errors.ts';
import { queueOfLabel } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { QueueManager } from './queue-manager.ts';

/** What the directory needs. */
export interface QueueDirectoryOptions {
  readonly config: Config;
  readonly hub: { readonly command: Connection };
  readonly gate: OutageGate;
  readonly backend: DroverBackendFactory;
  readonly queues: QueueManager;
}

/** Queues by label. */
export class QueueDirectory {
  readonly #options: QueueDirectoryOptions;
  readonly #open = new Map<string, Queue>();

  constructor(options: QueueDirectoryOptions) {
    this.#options = options;
  }

  /** What BullMQ's keys of a queue begin with. */
  keyPrefix(label: string): string {
    const { prefix, name } = queueOfLabel(label);
    return new QueueKeys(prefix).toKey(name, '');
  }

  /** BullMQ's own queue. Rejects with NOT_FOUND when there is none of this label. */
  async open(label: string): Promise<Queue> {
    await this.#check(label);
    const { prefix, name } = queueOfLabel(label);
    const { config, queues, backend } = this.#options;
    if (prefix === config.prefix && queues.names.includes(name))
      return queues.get(name) as unknown as Queue;
    let queue = this.#open.get(label);
    if (!queue) {
      queue = new Queue(
        name,
        { prefix, connection: refusedConnection(), skipMetasUpdate: true },
        backend,
      );
      queue.on('error', () => {});
      this.#open.set(label, queue);
    }
    return queue;
  }

  /** Never waits for Redis. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((queue) => queue.close()));
  }

  async #check(label: string): Promise<void> {
    const { hub, gate } = this.#options;
    const isThere = await gate.run(hub.command, 'fail', 'repeat', async () =>
      (await hub.command.raw()).exists(`${this.keyPrefix(label)}meta`),
    );
    if (isThere === 0) throw new CoordinatorError('NOT_FOUND', `There is no queue "${label}"`);
  }
}
