/**
 * A producer and a worker of photos in one process: adds jobs with metadata, runs them, and keeps all of them.
 */
import { type Job, type JobsOptions, Queue, Worker } from 'bullmq';
import { Coordinator, type CoordinatorOptions, defineQueue, type QueueTreatment } from 'drover';
import { Redis } from 'ioredis';
import { photoData, photoResult } from '../harness/photo-metadata.ts';
import { serve } from '../harness/serve.ts';
import { JOB_OPTIONS, reportTrouble } from '../harness/sides.ts';

/** How payloads are stored. */
export type Variant = 'bare' | 'compression' | 'offload';

/** What this child can do. */
export interface MemoryWorker {
  /** @param bodiesPath folder of offloaded bodies */
  open(argument: { url: string; variant: Variant; bodiesPath: string }): Promise<void>;
  /** Adds and runs jobs, the same for the same seed. Resolves when all are completed and their results are stored. */
  run(argument: { jobs: number; seed: number }): Promise<void>;
  /** Takes all jobs and events away again. */
  clear(argument: Record<string, never>): Promise<void>;
  close(argument: Record<string, never>): Promise<void>;
}

/** The queue of all variants. */
const QUEUE = 'photos';
const SLICE = 100;
const CONCURRENCY = 20;
/** Jobs are kept, and counted with their results. */
const KEPT: JobsOptions = { ...JOB_OPTIONS, removeOnComplete: false };

interface Opened {
  readonly queue: Queue;
  close(): Promise<void>;
}

let opened: Opened | undefined;
let onCompleted = (): void => undefined;

serve<MemoryWorker>({
  async open({ url, variant, bodiesPath }) {
    opened = variant === 'bare' ? await openBare(url) : await openOurs(url, variant, bodiesPath);
  },

  async run({ jobs, seed }) {
    const { queue } = opened!;
    let left = jobs;
    const done = new Promise<void>((resolve) => {
      onCompleted = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    const random = createRandom(seed);
    for (let sent = 0; sent < jobs; sent += SLICE) {
      const slice = Array.from({ length: Math.min(SLICE, jobs - sent) }, () => ({
        ...{ name: 'analyse', opts: KEPT },
        data: { ...photoData(random), seed: Math.floor(random() * 2 ** 31) },
      }));
      await queue.addBulk(slice);
    }
    await done;
  },

  async clear() {
    const { queue } = opened!;
    await queue.clean(0, 1_000_000, 'completed');
    await queue.trimEvents(0);
  },

  async close() {
    await opened?.close();
  },
});

async function openBare(url: string): Promise<Opened> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection });
  const worker = new Worker(QUEUE, run, { connection, concurrency: CONCURRENCY });
  worker.on('completed', () => onCompleted());
  await worker.waitUntilReady();
  return {
    queue,
    async close() {
      await Promise.all([worker.close(), queue.close()]);
      connection.disconnect();
    },
  };
}

async function openOurs(url: string, variant: Variant, bodiesPath: string): Promise<Opened> {
  const isOffloading = variant === 'offload';
  const payload: QueueTreatment['payload'] = {
    compressAbove: '512b',
    ...(isOffloading && { offloadAbove: '256b', offloadTo: 'files' }),
  };
  const coordinator = new Coordinator({
    ...{ redisUrl: url, logger: false },
    ...(isOffloading && (await filesAsBodies(bodiesPath))),
  });
  reportTrouble(coordinator);
  const definition = defineQueue(QUEUE, { payload });
  coordinator.process(definition, run, CONCURRENCY);
  await coordinator.start();
  coordinator.workers.get(definition)[0]!.on('completed', () => onCompleted());
  return {
    queue: coordinator.queue(definition) as unknown as Queue, // It is one, with stricter types.
    close: () => coordinator.stop(),
  };
}

/** The option of the coordinator that keeps bodies in a folder. */
async function filesAsBodies(path: string): Promise<CoordinatorOptions> {
  const { fileBodies } = (await import('drover')) as {
    fileBodies?: (options: { path: string }) => unknown;
  };
  if (!fileBodies) throw new Error('this build keeps no bodies in files');
  return { bodies: { stores: [fileBodies({ path })] } } as CoordinatorOptions;
}

/** The result depends on the job, not on the order in which jobs are run. */
async function run({ data }: Pick<Job, 'data'>): Promise<Record<string, unknown>> {
  const { seed } = data as { seed: number };
  return photoResult(createRandom(seed));
}

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
