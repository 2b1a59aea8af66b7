/**
 * Photos per second through the example's queues against a plain loop over the same steps.
 *
 * Both read and store the same files; the loop has as many things going on at once as the pipeline.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../harness/children.ts';
import { startRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleave } from '../harness/rounds.ts';
import { roundsOf, type Scenario } from '../harness/scenario.ts';
import type { PhotosWorker } from '../workers/photos.ts';

const ROUNDS = 5;
const BAR = 0.9;
const ROUND_TIMEOUT_MS = 300_000;
/** The smallest of the sample photos. */
const QUICK_PHOTOS = ['ridge-at-dusk-small.jpg', 'dunes.jpg'];

export const pipeline: Scenario = {
  name: 'pipeline',
  describe: 'photos per second through the example pipeline, against a plain loop',
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'drover-bench-photos-'));
    const concurrency = availableParallelism();
    try {
      await using redis = await startRedis();
      const names = options.quick ? QUICK_PHOTOS : null;
      const paths = await renderPhotos(folder, names);
      options.progress(`rendered ${paths.length} photos`);
      const rounds = await interleave(roundsOf(options, ROUNDS), async (side) => {
        await redis.flush();
        const data = mkdtempSync(join(folder, `${side}-`));
        await using child = startChild<PhotosWorker>('photos');
        const run = { paths, data, concurrency };
        const photosPerSecond =
          side === 'ours'
            ? await child.call('queued', { ...run, url: redis.url }, ROUND_TIMEOUT_MS)
            : await child.call('plain', run, ROUND_TIMEOUT_MS);
        options.progress(`${side} ${photosPerSecond.toFixed(3)} photos/s`);
        rmSync(data, { recursive: true, force: true });
        return photosPerSecond;
      });
      const what = `${paths.length} photos, ${concurrency} images at once`;
      return [compared({ what, unit: 'photos/s', bar: BAR, better: 'higher' }, rounds)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** In a process of its own, so that the libraries that draw are not part of this one. */
async function renderPhotos(folder: string, names: readonly string[] | null): Promise<string[]> {
  await using child = startChild<PhotosWorker>('photos');
  return await child.call('render', { folder, names }, ROUND_TIMEOUT_MS);
}
