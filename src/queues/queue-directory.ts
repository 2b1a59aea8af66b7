/**
 * Every queue of a Redis by its label, whoever made it: which there are, and BullMQ's own object for each.
 *
 * Opening and reading a queue writes nothing: BullMQ's objects leave the hash of the queue alone. Those for queues of
 * other processes are few; the one used longest ago is closed when there are too many. No call waits for Redis longer
 * than `addTimeoutMs`, whatever the application has chosen for its own queues.
 */
import { Queue } from 'bullmq';
import { refusedConnection } from '../backend/backend-factory.ts';
import type { OutageGate } from '../backend/outage-gate.ts';
import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/resolve-config.ts';
import { CoordinatorError } from '../errors.ts';
import { type Keys, queueOfLabel } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import { keyPrefixOf } from './key-prefix.ts';
import { QueueDiscovery } from './queue-discovery.ts';
import type { QueueManager } from './queue-manager.ts';
import { queuesAmong } from './queues-among.ts';

/** What the directory needs. */
export interface QueueDirectoryOptions {
  readonly config: Config;
  readonly hub: Pick<Hub, 'command' | 'onBulk'>;
  readonly gate: OutageGate;
  readonly keys: Keys;
  readonly queues: QueueManager;
  readonly clock?: Clock;
}

/** Objects that are open at once. */
const MOST_OPEN = 200;

/** Queues by label. */
export class QueueDirectory {
  readonly #options: QueueDirectoryOptions;
  readonly #discovery: QueueDiscovery;
  /** The one used longest ago is the first. */
  readonly #open = new Map<string, Queue>();

  constructor(options: QueueDirectoryOptions) {
    const { hub, gate, keys, queues, clock } = options;
    this.#options = options;
    this.#discovery = new QueueDiscovery({
      ...{ hub, gate, keys, own: () => queues.definitions.keys() },
      ...(clock && { clock }),
    });
  }

  /** Labels of the queues that are known by now, sorted. `look` first. */
  labels(): readonly string[] {
    return this.#discovery.labels;
  }

  /** Whether all keys of Redis have been looked through; when not, more queues may turn up. */
  get isComplete(): boolean {
    return this.#discovery.discoveredAt !== null;
  }

  /** When all keys had last been looked through, epoch ms; null: not yet. */
  get discoveredAt(): number | null {
    return this.#discovery.discoveredAt;
  }

  /** Resolves when there is something to tell. Looking goes on in rounds. Rejects with QUEUE_UNAVAILABLE. */
  look(): Promise<void> {
    return this.#discovery.look();
  }

  /** Looks through all keys anew, as far as it comes in `forMs`; goes on with a look that is under way first. */
  lookAgain(forMs: number): Promise<void> {
    return this.#discovery.lookAgain(forMs);
  }

  /** For a loop, once a second. */
  round(): Promise<void> {
    return this.#discovery.round();
  }

  /** What BullMQ's keys of a queue begin with. */
  keyPrefix(label: string): string {
    return keyPrefixOf(label);
  }

  /** Whether there is a queue of this label now, and not something else of that name. Rejects with QUEUE_UNAVAILABLE. */
  async exists(label: string): Promise<boolean> {
    const { hub, gate, keys } = this.#options;
    const found = await gate.run(hub.command, 'fail', 'repeat', async () =>
      queuesAmong(await hub.command.raw(), keys, [`${this.keyPrefix(label)}meta`]),
    );
    const isThere = found.includes(label);
    if (isThere) this.#discovery.add(label);
    else this.forget(label);
    return isThere;
  }

  /**
   * BullMQ's own queue; of a queue of this process the one that it uses, which checks the data of jobs by its schemas.
   * Rejects with NOT_FOUND when there is none of this label, and with QUEUE_UNAVAILABLE.
   */
  async open(label: string): Promise<Queue> {
    await this.#check(label);
    return this.#ofThisProcess(label) ?? this.#plain(label);
  }

  /** The same without the schemas, for what is already in the queue and for the queue as a whole. */
  async openPlain(label: string): Promise<Queue> {
    await this.#check(label);
    return this.#plain(label);
  }

  /** The queue is gone. */
  forget(label: string): void {
    this.#discovery.forget(label);
  }

  /** Never waits for Redis. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((queue) => queue.close()));
  }

  async #check(label: string): Promise<void> {
    if (!(await this.exists(label)))
      throw new CoordinatorError('NOT_FOUND', `There is no queue "${label}" in this Redis`);
  }

  /** None where using it would write into Redis by itself, or wait for Redis for ever. */
  #ofThisProcess(label: string): Queue | undefined {
    const { config, queues } = this.#options;
    const definition = queues.definitions.get(label);
    const whenDown = definition?.whenDown ?? config.whenDown;
    if (!definition || config.readOnly || whenDown === 'wait') return undefined;
    return queues.get(definition.name) as unknown as Queue; // The typed queue is a Queue.
  }

  #plain(label: string): Queue {
    const queue = this.#open.get(label) ?? this.#make(label);
    this.#open.delete(label);
    this.#open.set(label, queue);
    if (this.#open.size > MOST_OPEN) {
      const [oldest, dropped] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      void dropped.close();
    }
    return queue;
  }

  #make(label: string): Queue {
    const { prefix, name } = queueOfLabel(label);
    const queue = new Queue(
      name,
      { prefix, connection: refusedConnection(), skipMetasUpdate: true },
      this.#options.queues.factoryFor({ whenDown: 'fail' }),
    );
    queue.on('error', () => {}); // The connection says it once, for everybody.
    return queue;
  }
}
