/**
 * A BullMQ Queue that knows the shape of its jobs.
 *
 * It is BullMQ's own object: only the methods by which data comes in parse it first. Nothing else is
 * changed, hidden or copied.
 */
import type { FlowJob, FlowProducer, Job, JobsOptions, Queue } from 'bullmq';
import type { JobTypes, QueueDefinition } from './define-queue.ts';
import { parseJobData } from './parse-data.ts';

/** Names of a queue's jobs. */
export type NameOf<Jobs extends JobTypes> = keyof Jobs & string;
/** What processors get: a union over the job names, so that `job.name` tells the type of `job.data`. */
export type JobOf<Jobs extends JobTypes, Result> = {
  [N in NameOf<Jobs>]: Job<Jobs[N]['output'], Result, N>;
}[NameOf<Jobs>];

/** A BullMQ `Queue` whose `add` and `addBulk` take what the schemas take. */
// biome-ignore lint/suspicious/noExplicitAny: an override may only narrow what its base accepts.
export interface TypedQueue<Jobs extends JobTypes, Result> extends Queue<any, Result, any> {
  /** Adds a job. Rejects with `DATA_INVALID`, or while Redis is away by the queue's `whenDown`. */
  add<N extends NameOf<Jobs>>(
    name: N,
    data: Jobs[N]['input'],
    options?: JobsOptions,
  ): Promise<Job<Jobs[N]['output'], Result, N>>;
  /**
   * Adds many jobs; a hundred and more in slices, so that they hold up nobody. All data is parsed before
   * anything is sent; what BullMQ itself refuses (an id with a colon) rejects when its slice is reached.
   */
  addBulk<N extends NameOf<Jobs>>(
    jobs: { name: N; data: Jobs[N]['input']; opts?: JobsOptions }[],
  ): Promise<Job<Jobs[N]['output'], Result, N>[]>;
}

/** Makes `queue` parse what is added to it. */
export function parseOnAdd(queue: Queue, definition: QueueDefinition): void {
  const add = queue.add.bind(queue);
  const addBulk = queue.addBulk.bind(queue);
  const upsert = queue.upsertJobScheduler.bind(queue);
  const parse = (name: string, data: unknown): Promise<unknown> =>
    parseJobData(definition, name, data);

  queue.add = async (name, data, options) => add(name, await parse(name, data), options);
  queue.addBulk = async (jobs) =>
    addBulk(
      await Promise.all(
        jobs.map(async (job) => ({ ...job, data: await parse(job.name, job.data) })),
      ),
    );
  queue.upsertJobScheduler = async (id, repeat, template) => {
    if (!template) return upsert(id, repeat, template);
    const data = await parse(template.name ?? id, template.data);
    return upsert(id, repeat, { ...template, data });
  };
}

/** Makes `flows` parse the data of every node whose queue is defined. */
export function parseOnFlow(
  flows: FlowProducer,
  definitionOf: (queueName: string) => QueueDefinition | undefined,
): void {
  const add = flows.add.bind(flows);
  const addBulk = flows.addBulk.bind(flows);
  const parse = async (node: FlowJob): Promise<FlowJob> => {
    const definition = definitionOf(node.queueName);
    const data = definition ? await parseJobData(definition, node.name, node.data) : node.data;
    const opts = definition ? { ...definition.defaultJobOptions, ...node.opts } : node.opts;
    const children = node.children && (await Promise.all(node.children.map(parse)));
    return { ...node, data, ...(opts && { opts }), ...(children && { children }) };
  };
  flows.add = async (flow, options) => add(await parse(flow), options);
  flows.addBulk = async (many) => addBulk(await Promise.all(many.map(parse)));
}
