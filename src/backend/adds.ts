/**
 * Adding jobs: what every policy for outages offers, and how it is done when nothing is kept here.
 */
import type { IQueueBackend, JobJson, ParentKeyOpts, RedisQueueBackend } from 'bullmq';
import { addWholeFlow } from './add-flow.ts';
import type { BackendContext } from './backend-context.ts';
import type { Calls, Run } from './calls.ts';
import type { Durability } from './durable-adds.ts';
import { isLargeBatch, isLargePayload, slicesOf } from './large-adds.ts';

/** The members by which jobs come in. */
export type Adds = Pick<IQueueBackend, 'addJob' | 'addJobs' | 'addFlow' | 'addJobScheduler'>;
/** The arguments of one of them. */
export type AddArguments<M extends keyof Adds> = Parameters<Adds[M]>;

/** Adds go to Redis, or fail; with `wait` they wait for it. */
export class DirectAdds implements Adds {
  readonly #context: BackendContext;
  readonly #calls: Calls;
  readonly #plain: RedisQueueBackend;
  readonly #queue: string;

  /** @param plain BullMQ's own backend of the queue on the command socket */
  constructor(context: BackendContext, calls: Calls, plain: RedisQueueBackend, queue: string) {
    this.#context = context;
    this.#calls = calls;
    this.#plain = plain;
    this.#queue = queue;
  }

  addJob(job: JobJson, jobId: string, parent: ParentKeyOpts = {}): Promise<string> {
    const { durable } = this.#context;
    const durability = durable.isDemanded ? durable.demandOf(this.#queue) : undefined;
    if (durability) return this.#durably(durability, (bulk) => bulk.addJob(job, jobId, parent));
    if (isLargePayload(job.data.length))
      return this.#calls.bulk.run('unknown', (bulk) => bulk.addJob(job, jobId, parent));
    const { command } = this.#context.hub;
    // The gate sends while there is a client; what BullMQ's own addJob does but for waiting for one.
    return this.#calls.gated('unknown', () =>
      this.#plain.addJobToTransaction(command.readyClient!, job, jobId, parent),
    );
  }

  async addJobs(...[entries]: AddArguments<'addJobs'>): Promise<string[]> {
    const ids: string[] = [];
    const durability = this.#context.durable.demandOf(this.#queue);
    for (const slice of slicesOf(entries)) {
      const added = durability
        ? await this.#durably(durability, (bulk) => bulk.addJobs(slice))
        : isLargeBatch(slice)
          ? await this.#calls.bulk.run('unknown', (bulk) => bulk.addJobs(slice))
          : await this.#calls.gated('unknown', () => this.#plain.addJobs(slice));
      for (const id of added) ids.push(checkedId(this.#plain, id));
    }
    return ids;
  }

  addFlow(...[entries]: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    const durability = this.#context.durable.demandOf(...entries.map((node) => node.queueName));
    if (!durability)
      return addWholeFlow(this.#plain, this.#context, entries, (send) =>
        this.#calls.gated('unknown', send),
      );
    return this.#calls.bulk.durably(
      durability,
      (_, connection, gated) =>
        addWholeFlow(this.#plain, this.#context, entries, gated, connection),
      () => `Flow ${entries[0]?.jobId} of queue ${entries[0]?.queueName} is`,
    );
  }

  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    const durability = this.#context.durable.demandOf(this.#queue);
    return durability
      ? this.#durably(durability, (bulk) => bulk.addJobScheduler(...args))
      : this.#calls.gated('unknown', () => this.#plain.addJobScheduler(...args));
  }

  #durably<T>(durability: Durability, run: Run<T>): Promise<T> {
    return this.#calls.bulk.durably(
      durability,
      (bulk, _, gated) => gated(() => run(bulk)),
      (id) => `Job ${id} of queue ${this.#queue} is`,
    );
  }
}

/** A script answers a negative number where `add` would have thrown; BullMQ's addBulk lets it through. */
export function checkedId(backend: RedisQueueBackend, id: string | number): string {
  if (typeof id === 'number' && id < 0)
    throw backend.finishedErrors({ code: id, command: 'addJob' });
  return id as string;
}
