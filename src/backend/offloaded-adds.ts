/**
 * Adds that go straight to Redis, with their large data put into its store first.
 */
import type { JobJson, ParentKeyOpts } from 'bullmq';
import { after } from '../base/perhaps.ts';
import type { AddKind } from '../spool/accepted-add.ts';
import type { AddArguments, Adds } from './adds.ts';
import type { BackendContext } from './backend-context.ts';
import type { BackendPayloads } from './backend-payloads.ts';
import { whenConnected } from './offloading.ts';
import { changeArguments, offload } from './packed-arguments.ts';
import { pointBeside } from './pointer-keys.ts';
import { fewAtOnce, onceEach } from './put-away.ts';
import type { AddTarget } from './run-add.ts';

/** Puts away, then adds. */
export class OffloadedAdds implements Adds {
  readonly #adds: Adds;
  readonly #context: BackendContext;
  readonly #target: AddTarget;
  readonly #payloads: BackendPayloads;

  constructor(adds: Adds, context: BackendContext, target: AddTarget, payloads: BackendPayloads) {
    this.#adds = adds;
    this.#context = context;
    this.#target = target;
    this.#payloads = payloads;
  }

  addJob(job: JobJson, jobId: string, parent?: ParentKeyOpts): Promise<string> {
    const { queue, offloading } = this.#payloads;
    const { codec } = queue;
    if (codec.isPlain) return this.#adds.addJob(job, jobId, parent);
    const stored = whenConnected(offloading, () => offload(codec, job.data));
    if (stored === job.data) return this.#adds.addJob(job, jobId, parent);
    return this.#addAway(job, jobId, parent, stored);
  }

  async #addAway(
    job: JobJson,
    jobId: string,
    parent: ParentKeyOpts | undefined,
    stored: string | Promise<string>,
  ): Promise<string> {
    const data = await stored;
    const id = await this.#adds.addJob({ ...job, data }, jobId, parent);
    if (data !== job.data) pointBeside(this.#context, this.#target, [[id, data]]);
    return id;
  }

  addJobs(...args: AddArguments<'addJobs'>): Promise<string[]> {
    return this.#run<string[]>('addJobs', args, (ids, [entries]) => {
      const stored = entries as AddArguments<'addJobs'>[0];
      pointBeside(
        this.#context,
        this.#target,
        ids.map((id, i) => [id, stored[i]!.job.data]),
      );
    });
  }

  addFlow(...args: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    return this.#run('addFlow', args, (_, [entries]) => {
      for (const { prefix, queueName, jobId, jobData } of entries as AddArguments<'addFlow'>[0])
        pointBeside(this.#context, { prefix, queue: queueName }, [[jobId, jobData.data]]);
    });
  }

  addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    return this.#run<[string, number]>('addJobScheduler', args, ([id], stored) =>
      pointBeside(this.#context, this.#target, [[id, stored[2] as string]]),
    );
  }

  #run<T>(
    kind: AddKind,
    args: readonly unknown[],
    onAdded: (answer: T, stored: readonly unknown[]) => void,
  ): Promise<T> {
    const { payloads } = this.#context;
    const add = this.#adds[kind] as (...args: unknown[]) => Promise<T>;
    const change = onceEach(fewAtOnce(offload));
    const stored = whenConnected(this.#payloads.offloading, () =>
      changeArguments(payloads, this.#target, kind, args, change),
    );
    return after(stored, (changed) => {
      const adding = add.apply(this.#adds, [...changed]);
      return changed === args
        ? adding
        : adding.then((answer) => {
            onAdded(answer, changed);
            return answer;
          });
    });
  }
}
