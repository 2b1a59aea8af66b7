/**
 * Adds whose jobs are counted when they are in.
 */
import { queueLabel } from '../keys.ts';
import type { AddArguments, Adds } from './adds.ts';
import type { JobObserver, QueueObserver } from './job-observer.ts';

/** What the adds of one queue go through. */
export class ObservedAdds implements Adds {
  readonly #adds: Adds;
  readonly #observer: JobObserver;
  readonly #label: string;
  #lazyQueue: QueueObserver | undefined;

  /** @param label name of the queue inside Drover's keys; '' for flows */
  constructor(adds: Adds, observer: JobObserver, label: string) {
    this.#adds = adds;
    this.#observer = observer;
    this.#label = label;
  }

  get #queue(): QueueObserver {
    this.#lazyQueue ??= this.#observer.queue(this.#label);
    return this.#lazyQueue;
  }

  addJob(...args: AddArguments<'addJob'>): Promise<string> {
    return this.#adds.addJob(...args).then((id) => {
      this.#queue.added(args[0].name, 1);
      return id;
    });
  }

  async addJobs(...args: AddArguments<'addJobs'>): Promise<string[]> {
    const ids = await this.#adds.addJobs(...args);
    for (const { job } of args[0]) this.#queue.added(job.name, 1);
    return ids;
  }

  /** Its jobs come by themselves from then on: they are arrivals, and nobody's adds. */
  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    return this.#adds.addJobScheduler(...args);
  }

  /** Its jobs belong to several queues. */
  async addFlow(...args: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    const results = await this.#adds.addFlow(...args);
    for (const { prefix, queueName, jobData } of args[0])
      this.#observer.queue(queueLabel(prefix, queueName)).added(jobData.name, 1);
    return results;
  }
}
