/**
 * The gallery of the photo pipeline in all its states, light, dark and narrow: axe finds nothing, and pictures are
 * taken. Three pages watch one service, so each state is also one that came to the page live.
 */
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { SAMPLE_PHOTOS } from '../../examples/photo-pipeline/src/sample-photos.ts';
import {
  allSettled,
  getPhotos,
  upload,
} from '../../examples/photo-pipeline/test/support/client.ts';
import {
  makeBrokenJpeg,
  makePhoto,
} from '../../examples/photo-pipeline/test/support/make-photos.ts';
import { startService } from '../../examples/photo-pipeline/test/support/service.ts';
import { startRedis } from '../support/redis-server.ts';
import { expectAccessible, ready, shoot, visit } from './support/visit.ts';

const WAYS = [
  { theme: 'light', size: 'wide' },
  { theme: 'dark', size: 'wide' },
  { theme: 'light', size: 'narrow' },
] as const;

/** Twelve photos are really made, and eighteen pictures of pages taken. */
const TIMEOUT_MS = 180_000;

test(
  'every state of the gallery is accessible in light, dark and narrow',
  async () => {
    await using redis = await startRedis();
    const service = await startService({ redisUrl: redis.url });
    const pages: Page[] = [];
    for (const way of WAYS) pages.push(await visit(service, '/', way));
    const look = async (name: string, isThere: (page: Page) => Promise<void>): Promise<void> => {
      for (const page of pages) {
        await isThere(page);
        await expectAccessible(page);
        await shoot(page, `gallery-${name}`);
      }
    };

    await look('empty', ready);

    for (const sample of SAMPLE_PHOTOS.slice(0, 12).toReversed()) {
      const photo = await makePhoto({ ...sample, ...smaller(sample) });
      await upload(service.url, [[sample.name, photo]]);
    }
    await look('working', (page) => page.locator('#photos > li').nth(11).waitFor());
    const done = Object.values(await allSettled(service.url, 12));
    await look('done', (page) =>
      page.getByLabel('12 photos by state').getByText('12 done').waitFor(),
    );

    const chosen = done.find(({ nearDuplicates }) => nearDuplicates.length > 0) ?? done[0]!;
    await look('photo', async (page) => {
      await page.goto(`${service.url}/view/${chosen.id}`);
      await page.getByRole('dialog', { name: chosen.name }).waitFor();
      await page.waitForFunction(
        () => document.querySelector<HTMLImageElement>('#viewer figure .photo')?.complete,
      );
    });
    await upload(service.url, [['damaged.jpg', await makeBrokenJpeg()]]);
    await allSettled(service.url, 13);
    const { id } = (await getPhotos(service.url))['damaged.jpg']!;
    await look('failed', async (page) => {
      await page.goto(`${service.url}/view/${id}`);
      await page.getByText('Copy it again from the camera').last().waitFor();
    });

    await redis.kill();
    await look('redis-away', async (page) => {
      await page.goto(`${service.url}/`);
      await page.getByText('Redis is away', { exact: true }).waitFor();
      const name = `waits-${pages.indexOf(page)}.jpg`;
      const buffer = await makePhoto({ seed: 50 + pages.indexOf(page), kind: 'sea' });
      await page.setInputFiles('#upload input', [{ name, mimeType: 'image/jpeg', buffer }]);
      await page.locator('#uploads').getByText('is kept until Redis is back').waitFor();
    });
  },
  TIMEOUT_MS,
);

/** As many pixels as a picture of the gallery can show, so that it takes seconds and not minutes. */
function smaller({ width, height }: { width: number; height: number }) {
  const scale = Math.min(1, 1_000 / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
