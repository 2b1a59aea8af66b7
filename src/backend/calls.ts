/**
 * The ways in which a backend's calls go to Redis: bounded, repeated, or over the bulk socket.
 */
import type { RedisQueueBackend } from 'bullmq';
import { isForgotten, toConnectionLost } from '../redis/connection-lost.ts';
import type { BackendContext } from './backend-context.ts';
import { BulkCalls } from './bulk-calls.ts';
import type { WhenLost } from './outage-gate.ts';

/** A call that can be made on a backend of either socket. */
export type Run<T = unknown> = (target: RedisQueueBackend) => Promise<T>;

/** The calls of one backend. */
export class Calls {
  readonly #context: BackendContext;
  /** What is large, slow or must reach replicas. */
  readonly bulk: BulkCalls;

  /** @param createOn makes BullMQ's plain backend for the same queue on another socket */
  constructor(
    context: BackendContext,
    createOn: (connection: BackendContext['bulk']) => RedisQueueBackend,
  ) {
    this.#context = context;
    this.bulk = new BulkCalls(context, createOn);
  }

  /** On the command socket, bounded by the queue's policy. */
  gated<T>(whenLost: WhenLost, send: () => Promise<T>): Promise<T> {
    const { gate, hub, whenDown } = this.#context;
    return gate.run(hub.command, whenDown, whenLost, send);
  }

  /** On the command socket, for as long as it takes. */
  async repeated<T>(send: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await send();
      } catch (error) {
        this.#context.hub.refusals.report(error);
        if (!toConnectionLost(error) && !isForgotten(error)) throw error;
        await this.#context.hub.command.client;
      }
    }
  }

  /**
   * Reads of single jobs follow a list of jobs to the bulk socket: BullMQ's getJobs reads each one, and
   * behind the list they may take their time, as it does.
   */
  read(self: RedisQueueBackend, run: Run): Promise<unknown> {
    return this.#context.hub.bulk?.isReady
      ? this.bulk.run('repeat', run, this.#context.bulkReads)
      : this.gated('repeat', () => run(self));
  }
}
