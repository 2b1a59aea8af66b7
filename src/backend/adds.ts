/**
 * Adding jobs: what every policy for outages offers, and how it is done when nothing is kept here.
 */
import type { IQueueBackend, RedisQueueBackend } from 'bullmq';
import type { BackendContext } from './backend-context.ts';
import type { Calls } from './calls.ts';
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

  /** @param plain BullMQ's own backend of the queue on the command socket */
  constructor(context: BackendContext, calls: Calls, plain: RedisQueueBackend) {
    this.#context = context;
    this.#calls = calls;
    this.#plain = plain;
  }

  addJob(...[job, jobId, parent = {}]: AddArguments<'addJob'>): Promise<string> {
    if (isLargePayload(job.data.length))
      return this.#calls.onBulk('unknown', (bulk) => bulk.addJob(job, jobId, parent));
    const { command } = this.#context.hub;
    // The gate sends while there is a client; what BullMQ's own addJob does but for waiting for one.
    return this.#calls.gated('unknown', () =>
      this.#plain.addJobToTransaction(command.readyClient!, job, jobId, parent),
    );
  }

  async addJobs(...[entries]: AddArguments<'addJobs'>): Promise<string[]> {
    const ids: string[] = [];
    for (const slice of slicesOf(entries)) {
      const added = isLargeBatch(slice)
        ? await this.#calls.onBulk('unknown', (bulk) => bulk.addJobs(slice))
        : await this.#calls.gated('unknown', () => this.#plain.addJobs(slice));
      for (const id of added) ids.push(this.#checkedId(id));
    }
    return ids;
  }

  /**
   * BullMQ looks at the root's reply only, and inside MULTI a script that Redis has forgotten is not sent
   * again: a flow could resolve without its children. All scripts are loaded and the flow, whose ids are
   * fixed, is added once more.
   */
  addFlow(...[entries]: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    return this.#calls.gated('unknown', async () => {
      try {
        const results = await this.#plain.addFlow(entries);
        if (!results.some(([error]) => isForgottenScript(error))) return results;
      } catch (error) {
        if (!isForgottenScript(error)) throw error;
      }
      await this.#context.hub.command.preload();
      return this.#plain.addFlow(entries);
    });
  }

  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    return this.#calls.gated('unknown', () => this.#plain.addJobScheduler(...args));
  }

  /** A script answers a negative number where `add` would have thrown; BullMQ's addBulk lets it through. */
  #checkedId(id: string | number): string {
    if (typeof id === 'number' && id < 0)
      throw this.#plain.finishedErrors({ code: id, command: 'addJob' });
    return id as string;
  }
}

function isForgottenScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
