/**
 * Photos from files to manifests: through the example's queues, or in a plain loop over the same steps.
 *
 * The loop has the pipeline's two lanes, one for inspecting and joining and one for images, each as wide
 * as the pipeline's worker, and stores what the pipeline stores. What it lacks is queues, retries and the
 * catalogue. The example is loaded when it runs, by what it exports; `PhotoPipeline` says what is used.
 */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Coordinator } from 'drover';
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** What this child can do. */
export interface PhotosWorker {
  /** Renders sample photos into a folder. Returns their paths. */
  render(argument: { folder: string; names: readonly string[] | null }): Promise<string[]>;
  /** Returns photos per second. */
  queued(argument: PhotoRun & { url: string }): Promise<number>;
  plain(argument: PhotoRun): Promise<number>;
}

/** The photos, and where their results go. */
export interface PhotoRun {
  readonly paths: readonly string[];
  readonly data: string;
  readonly concurrency: number;
}

/** The part of the example's `index.ts` that is used here. */
interface PhotoPipeline {
  readonly Storage: new (root: string) => Storage;
  readonly PhotoSteps: new (storage: Storage, cache: unknown) => Steps;
  readonly VARIANTS: readonly object[];
  readonly SAMPLE_PHOTOS: readonly { readonly name: string }[];
  createFactsCache(url: undefined, warn: () => void): unknown;
  renderSamplePhoto(photo: { readonly name: string }): Promise<Buffer>;
  createPipeline(
    coordinator: Coordinator,
    storage: Storage,
    options: { concurrency: number; warn: (message: string) => void },
  ): {
    readonly intake: {
      accept(received: { id: string; bytes: number }, name: string): Promise<string>;
    };
    finished(id: string): Promise<'done' | 'failed'>;
  };
}

interface Storage {
  open(): Promise<void>;
  receiveFile(path: string): Promise<{ id: string; bytes: number }>;
  hasRecord(kind: 'manifests', id: string): Promise<boolean>;
}

interface Steps {
  inspect(id: string): Promise<void>;
  variant(id: string, variant: object): Promise<void>;
  hash(id: string): Promise<void>;
  palette(id: string): Promise<void>;
  manifest(id: string): Promise<void>;
}

// From bench/dist/workers.
const EXAMPLE = new URL('../../../examples/photo-pipeline/dist/index.js', import.meta.url);

/** The compiler does not see the example from here: its real types are checked where it is built. */
async function loadExample(): Promise<PhotoPipeline> {
  return (await import(EXAMPLE.href)) as PhotoPipeline;
}

serve<PhotosWorker>({
  async render({ folder, names }) {
    const { SAMPLE_PHOTOS, renderSamplePhoto } = await loadExample();
    const paths: string[] = [];
    for (const photo of SAMPLE_PHOTOS) {
      if (names && !names.includes(photo.name)) continue;
      const path = `${folder}/${photo.name}`;
      await writeFile(path, await renderSamplePhoto(photo));
      paths.push(path);
    }
    return paths;
  },

  async queued({ paths, data, concurrency, url }) {
    const { Storage, createPipeline } = await loadExample();
    const storage = new Storage(data);
    await storage.open();
    const coordinator = new Coordinator({ redisUrl: url, logger: false });
    reportTrouble(coordinator);
    const warn = (message: string): void => console.error(`bench: photo pipeline: ${message}`);
    const pipeline = createPipeline(coordinator, storage, { concurrency, warn });
    await coordinator.start();

    const startedAt = monotonicMs();
    const outcomes: Promise<'done' | 'failed'>[] = [];
    for (const path of paths) {
      const received = await storage.receiveFile(path);
      const result = await pipeline.intake.accept(received, basename(path));
      if (result !== 'accepted') throw new Error(`${path} is ${result} instead of accepted`);
      outcomes.push(pipeline.finished(received.id));
    }
    if ((await Promise.all(outcomes)).includes('failed')) throw new Error('a photo has failed');
    return (paths.length / (monotonicMs() - startedAt)) * 1_000;
  },

  async plain({ paths, data, concurrency }) {
    const { Storage, PhotoSteps, VARIANTS, createFactsCache } = await loadExample();
    const storage = new Storage(data);
    await storage.open();
    const steps = new PhotoSteps(
      storage,
      createFactsCache(undefined, () => {}),
    );
    const photos = new Lane(concurrency);
    const images = new Lane(concurrency);
    const work = async (id: string): Promise<void> => {
      await photos.run(() => steps.inspect(id));
      await Promise.all([
        images.run(() => steps.palette(id)),
        images.run(() => steps.hash(id)),
        ...VARIANTS.map((variant) => images.run(() => steps.variant(id, variant))),
      ]);
      await photos.run(() => steps.manifest(id));
      if (!(await storage.hasRecord('manifests', id))) throw new Error(`no manifest of ${id}`);
    };

    const startedAt = monotonicMs();
    const working: Promise<void>[] = [];
    for (const path of paths) working.push(work((await storage.receiveFile(path)).id));
    await Promise.all(working);
    return (paths.length / (monotonicMs() - startedAt)) * 1_000;
  },
});

/** Runs at most so many at once, first come first served. */
class Lane {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async run(task: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
