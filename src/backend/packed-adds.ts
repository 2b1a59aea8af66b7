/**
 * Adds whose data is packed once, before the first try: what is tried again, or kept on the disk, is what was packed.
 *
 * A single job, the common case, goes on in the very turn of its add unless packing itself needs more.
 */
import type { JobJson, ParentKeyOpts } from 'bullmq';
import { after } from '../base/perhaps.ts';
import type { PayloadCodec } from '../payloads/payload-codec.ts';
import type { AddKind } from '../spool/accepted-add.ts';
import type { AddArguments, Adds } from './adds.ts';
import type { BackendContext } from './backend-context.ts';
import { changeArguments, pack } from './packed-arguments.ts';
import type { AddTarget } from './run-add.ts';

/** Packs, then adds. */
export class PackedAdds implements Adds {
  readonly #adds: Adds;
  readonly #payloads: BackendContext['payloads'];
  readonly #target: AddTarget;
  readonly #label: string;
  #codec: PayloadCodec | undefined;

  /** @param label name of the queue inside Drover's keys */
  constructor(adds: Adds, payloads: BackendContext['payloads'], target: AddTarget, label: string) {
    this.#adds = adds;
    this.#payloads = payloads;
    this.#target = target;
    this.#label = label;
  }

  addJob(job: JobJson, jobId: string, parent?: ParentKeyOpts): Promise<string> {
    try {
      this.#codec ??= this.#payloads.of(this.#label);
      const packed = pack(this.#codec, job.data);
      if (packed === job.data) return this.#adds.addJob(job, jobId, parent);
      if (typeof packed === 'string')
        return this.#adds.addJob({ ...job, data: packed }, jobId, parent);
      return packed.then((data) => this.#adds.addJob({ ...job, data }, jobId, parent));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  addJobs(...args: AddArguments<'addJobs'>): Promise<string[]> {
    return this.#run('addJobs', args);
  }

  addFlow(...args: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    return this.#run('addFlow', args);
  }

  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    return this.#run('addJobScheduler', args);
  }

  #run<T>(kind: AddKind, args: readonly unknown[]): Promise<T> {
    const add = this.#adds[kind] as (...args: unknown[]) => Promise<T>;
    const send = (packed: readonly unknown[]): Promise<T> => add.apply(this.#adds, [...packed]);
    try {
      return after(changeArguments(this.#payloads, this.#target, kind, args, pack), send);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
