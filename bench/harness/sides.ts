/**
 * The two sides of every comparison, as a competent user would write them.
 *
 * `ours` is a `Coordinator`. `bare` is BullMQ alone with one ioredis instance shared by everything that
 * may share one. `bare-by-options` gives every object its own connection options. Jobs are treated alike:
 * the bare side gets Drover's defaults.
 */
import { type Job, type JobsOptions, Queue, QueueEvents, type QueueOptions, Worker } from 'bullmq';
import { Coordinator } from 'drover';
import { Redis } from 'ioredis';

/** Which side a child plays. */
export type SideName = 'ours' | 'bare' | 'bare-by-options';

/** What a side can do. */
export interface Side {
  queue(name: string): Queue;
  /** Starts a worker; resolves when it is connected. */
  work(name: string, run: (job: Job) => Promise<void>, concurrency: number): Promise<void>;
  /** Starts a listener; resolves when it is connected. */
  listen(name: string): Promise<void>;
}

/** What `defineQueue` gives to jobs by default. */
export const JOB_OPTIONS: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2_000 },
  removeOnComplete: { count: 100, age: 86_400, limit: 100 },
  removeOnFail: { count: 500, age: 604_800, limit: 100 },
};

/** Connects a side. Nothing is closed: the child is ended. */
export async function openSide(name: SideName, url: string): Promise<Side> {
  if (name === 'ours') return openOurs(url);
  if (name === 'bare') return openBare(new Redis(url, { maxRetriesPerRequest: null }));
  const { hostname: host, port } = new URL(url);
  return openBare({ host, port: Number(port), maxRetriesPerRequest: null });
}

async function openOurs(url: string): Promise<Side> {
  const coordinator = new Coordinator({ redisUrl: url, logger: false });
  reportTrouble(coordinator);
  await coordinator.start();
  return {
    queue: (name) => coordinator.queue(name) as unknown as Queue, // It is one, with stricter types.
    work: async (name, run, concurrency) => {
      coordinator.process(name, run, concurrency);
    },
    listen: async (name) => {
      await coordinator.queueEvents(name).waitUntilReady();
    },
  };
}

function openBare(connection: QueueOptions['connection']): Side {
  return {
    queue: (name) => new Queue(name, { connection, defaultJobOptions: JOB_OPTIONS }),
    work: async (name, run, concurrency) => {
      const worker = new Worker(name, run, { connection, concurrency });
      worker.on('error', (error) => report(`worker of ${name}: ${error.message}`));
      await worker.waitUntilReady();
    },
    listen: async (name) => {
      const events = new QueueEvents(name, { connection });
      events.on('error', (error) => report(`listener of ${name}: ${error.message}`));
      await events.waitUntilReady();
    },
  };
}

/** A benchmark in which something went wrong must not look like one in which nothing did. */
export function reportTrouble(coordinator: Coordinator): void {
  for (const name of TROUBLE) {
    coordinator.on(name, (payload: object) => report(`${name} ${JSON.stringify(payload)}`));
  }
}

const TROUBLE = [
  'connection.error',
  'connection.closed',
  'connections.exceeded',
  'events.lost',
  'worker.error',
  'job.failed',
  'job.stalled',
  'ack.retried',
  'fetch.held',
  'loop.failed',
] as const;

function report(line: string): void {
  console.error(`bench: ${line}`);
}
