/**
 * The queues of the photo pipeline and the processors behind them.
 *
 * `photo-processing` runs `inspect`, which adds one flow: eight children in `image-processing` (six
 * variants, hash, palette) and their parent `manifest`, which runs when all children have finished. All
 * job ids are made from the photo's id, so whatever is added again after a crash is added once.
 * A photo that can never succeed fails without retries; an outage of Redis is never a photo's fault.
 */
import { type Job, UnrecoverableError } from 'bullmq';
import { type Coordinator, CoordinatorError, defineQueue } from 'drover';
import { z } from 'zod';
import { Catalogue, recordFailure } from './catalogue.ts';
import { createFactsCache, type FactsCache } from './facts-cache.ts';
import { VARIANT_FORMATS, VARIANT_SIZES, VARIANTS } from './images/variants.ts';
import { Intake } from './intake.ts';
import {
  IMAGE_QUEUE,
  PHOTO_QUEUE,
  photoIdOfJob,
  type StepName,
  toJobId,
  variantStep,
} from './job-ids.ts';
import { messageOf, PhotoError } from './photo-error.ts';
import { PhotoSteps } from './steps.ts';
import { isPhotoId, type Storage } from './storage.ts';

const PhotoJob = z.object({ id: z.string().refine(isPhotoId) });
const VariantJob = PhotoJob.extend({
  size: z.literal(VARIANT_SIZES),
  format: z.literal(VARIANT_FORMATS),
});

const JOB = { attempts: 3, backoff: { type: 'exponential', delay: 2_000 } } as const;
const KEEP = { completed: { count: 100 }, failed: { count: 500 } } as const;

const photos = defineQueue(PHOTO_QUEUE, {
  jobs: { inspect: PhotoJob, manifest: PhotoJob },
  job: JOB,
  retention: KEEP,
  whenDown: 'fail',
});
const images = defineQueue(IMAGE_QUEUE, {
  jobs: { variant: VariantJob, hash: PhotoJob, palette: PhotoJob },
  job: JOB,
  retention: KEEP,
  whenDown: 'fail',
});

export interface PipelineOptions {
  /** Images processed at once in this process. @default 2 */
  readonly concurrency?: number;
  /** Address of a cache Redis for facts. @default none */
  readonly cacheUrl?: string | undefined;
  /** Told of what is worth a line. @default nobody */
  readonly warn?: (message: string) => void;
}

export interface Pipeline {
  readonly catalogue: Catalogue;
  readonly intake: Intake;
  readonly steps: PhotoSteps;
  /** Resolves when the photo has a manifest or has failed for good. */
  finished(id: string): Promise<'done' | 'failed'>;
  /** Ends what the pipeline itself opened; the coordinator is its owner's. */
  stop(): Promise<void>;
}

/** Wires the pipeline to a coordinator that has not been started yet. */
export function createPipeline(
  coordinator: Coordinator,
  storage: Storage,
  options: PipelineOptions = {},
): Pipeline {
  const { concurrency = 2, cacheUrl, warn = () => {} } = options;
  const cache: FactsCache = createFactsCache(cacheUrl, warn);
  const steps = new PhotoSteps(storage, cache);
  const catalogue = new Catalogue(storage);
  const intake = new Intake({ storage, catalogue, queue: coordinator.queue(photos), warn });
  const guard = createGuard(storage, catalogue);

  // Redis or a process may die under a job more than once; no step minds to run again, and soon.
  const how = { concurrency, maxStalledCount: 3, stalledInterval: 10_000 };
  coordinator.process(
    photos,
    (job, { signal }) =>
      guard(job, async () => {
        if (job.name === 'manifest') return steps.manifest(job.data.id);
        await steps.inspect(job.data.id);
        await insist(coordinator, signal, () => addFlow(coordinator, job.data.id));
      }),
    how,
  );
  coordinator.process(
    images,
    (job) =>
      guard(job, async () => {
        const { id } = job.data;
        if (job.name === 'hash') return steps.hash(id);
        if (job.name === 'palette') return steps.palette(id);
        return steps.variant(id, VariantJob.parse(job.data));
      }),
    how,
  );
  const unsubscribe = [
    coordinator.on('connection.ready', ({ role }) => {
      if (role === 'command') void intake.resume();
    }),
    // Failures outside a processor: a job that stalled too often, a parent whose child failed.
    coordinator.on('job.failed', ({ jobId, final, message }) => {
      const id = photoIdOfJob(jobId);
      if (final && id !== null) void settle(id, message);
    }),
  ];

  async function settle(id: string, message: string): Promise<void> {
    try {
      await recordFailure(storage, id, new PhotoError('STEP_FAILED', message));
      await catalogue.refresh(id);
    } catch (error) {
      warn(`The failure of photo ${id} could not be stored: ${messageOf(error)}`);
    }
  }

  return {
    catalogue,
    intake,
    steps,
    finished: (id) => finished(catalogue, id),
    stop: async () => {
      for (const off of unsubscribe) off();
      intake.stop();
      await cache.stop();
    },
  };
}

/**
 * One transaction: the parent and all children, or nothing.
 *
 * The larger sizes come last over all photos, so that a page full of photos soon has all its thumbnails.
 */
async function addFlow(coordinator: Coordinator, id: string): Promise<void> {
  const toChild = (name: string, step: StepName, data: object = {}, priority = 0) => ({
    name,
    queueName: IMAGE_QUEUE,
    data: { id, ...data },
    opts: { jobId: toJobId(id, step), failParentOnFailure: true, priority },
  });
  await coordinator.flows.add({
    name: 'manifest',
    queueName: PHOTO_QUEUE,
    data: { id },
    opts: { jobId: toJobId(id, 'manifest') },
    children: [
      toChild('palette', 'palette'),
      toChild('hash', 'hash'),
      ...VARIANTS.map((each) =>
        toChild('variant', variantStep(each), each, VARIANT_SIZES.indexOf(each.size)),
      ),
    ],
  });
}

/** Repeats an add while Redis is away, so that an outage uses up no attempt of the job. */
async function insist(
  coordinator: Coordinator,
  signal: AbortSignal,
  add: () => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      return await add();
    } catch (error) {
      if (!(error instanceof CoordinatorError && error.retryable) || signal.aborted) throw error;
      await readyOrLater(coordinator, signal);
    }
  }
}

function readyOrLater(coordinator: Coordinator, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      off();
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const off = coordinator.on('connection.ready', finish);
    const timer = setTimeout(finish, 5_000);
    signal.addEventListener('abort', finish, { once: true });
  });
}

type Guard = (job: Job, run: () => Promise<void>) => Promise<void>;

/** Runs a step, tells the catalogue, and records an error when no further attempt will follow. */
function createGuard(storage: Storage, catalogue: Catalogue): Guard {
  return async (job, run) => {
    const id = photoIdOfJob(job.id ?? '');
    try {
      await run();
    } catch (error) {
      const isPermanent = error instanceof PhotoError && error.permanent;
      const isLast = isPermanent || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      const isOutage = error instanceof CoordinatorError;
      if (isLast && !isOutage && id !== null) await recordFailure(storage, id, error);
      if (isPermanent) throw new UnrecoverableError(`${error.code}: ${error.message}`);
      throw error;
    } finally {
      if (id !== null) await catalogue.refresh(id);
    }
  };
}

function finished(catalogue: Catalogue, id: string): Promise<'done' | 'failed'> {
  return new Promise((resolve) => {
    const look = (): boolean => {
      const status = catalogue.get(id)?.status;
      if (status !== 'done' && status !== 'failed') return false;
      catalogue.off('photo', look);
      resolve(status);
      return true;
    };
    if (!look()) catalogue.on('photo', look);
  });
}
