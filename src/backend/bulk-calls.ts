/**
 * One queue's way over the bulk socket: what is large, slow or must reach replicas.
 *
 * The socket opens on demand and may be another one at each call. Waiting for a connection, or for a Redis that
 * refuses, is bounded by the queue's `whenDown`; large work itself may take its time, durable adds are bounded like any add.
 */
import type { RedisQueueBackend } from 'bullmq';
import type { Connection } from '../redis/connection.ts';
import type { BackendContext } from './backend-context.ts';
import type { Durability } from './durable-adds.ts';
import type { WhenLost } from './outage-gate.ts';

/** What to do when the reply is lost, what to do, and how to queue for it. */
export type BulkArguments<T> = [
  whenLost: WhenLost,
  run: (bulk: RedisQueueBackend) => Promise<T>,
  inTurn?: (send: () => Promise<T>) => Promise<T>,
];

/** The bulk side of one backend. */
export class BulkCalls {
  readonly #context: BackendContext;
  readonly #createOn: (connection: BackendContext['bulk']) => RedisQueueBackend;
  #sibling: RedisQueueBackend | undefined;

  /** @param createOn makes BullMQ's plain backend for the same queue on another socket */
  constructor(
    context: BackendContext,
    createOn: (connection: BackendContext['bulk']) => RedisQueueBackend,
  ) {
    this.#context = context;
    this.#createOn = createOn;
  }

  /** Bounded only while Redis does not work on it. */
  run<T>(...[whenLost, run, inTurn = (send) => send()]: BulkArguments<T>): Promise<T> {
    const { hub, gate, whenDown } = this.#context;
    const policy = whenDown === 'wait' ? 'wait' : 'patient';
    return hub.onBulk(async (bulk) => {
      await this.#connected(bulk);
      return inTurn(() => gate.run(bulk, policy, whenLost, () => run(this.#bulkSibling())));
    });
  }

  /** An add that resolves when replicas have it, too. */
  durably<T>(
    durability: Durability,
    run: (
      bulk: RedisQueueBackend,
      connection: Connection,
      gated: <R>(send: () => Promise<R>) => Promise<R>,
    ) => Promise<T>,
    describe: (added: T) => string,
  ): Promise<T> {
    const { hub, gate, durable, whenDown } = this.#context;
    return hub.onBulk(async (bulk) => {
      await this.#connected(bulk);
      const gated = <R>(send: () => Promise<R>) => gate.run(bulk, whenDown, 'unknown', send);
      const add = () => run(this.#bulkSibling(), bulk, gated);
      return durable.run(bulk, durability, add, describe);
    });
  }

  #connected(bulk: Connection): Promise<unknown> {
    const { gate, whenDown } = this.#context;
    return gate.run(bulk, whenDown, 'repeat', () => bulk.client);
  }

  /** BullMQ's plain backend for the same queue on the bulk socket, whichever that is at the moment. */
  #bulkSibling(): RedisQueueBackend {
    this.#sibling ??= this.#createOn(this.#context.bulk);
    return this.#sibling;
  }
}
