/**
 * The gallery of the photo pipeline in all its states, light, dark and narrow: axe finds nothing, and pictures are
 * taken. Three pages watch one service, so each state is also one that came to the page live.
 */
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { SAMPLE_PHOTOS } from '../../examples/photo-pipeline/src/sample-photos.ts';
import { allSettled, upload } from '../../examples/photo-pipeline/test/support/client.ts';
import {
  makeBrokenJpeg,
  makePhoto,
} from '../../examples/photo-pipeline/test/support/make-photos.ts';
import { startService } from '../../examples/photo-pipeline/test/support/service.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { expectAccessible, ready, shoot, visit } from './support/visit.ts';

const WAYS = [
  { theme: 'light', size: 'wide' },
  { theme: 'dark', size: 'wide' },
  { theme: 'light', size: 'narrow' },
] as const;

/** Photos are really made, and many pictures of pages taken. */
const TIMEOUT_MS = 180_000;

/** One service, watched by three pages. */
async function open(redis: RedisServer) {
  const service = await startService({ redisUrl: redis.url });
  const pages: Page[] = [];
  for (const way of WAYS) pages.push(await visit(service, '/', way));
  const look = async (name: string, isThere: (page: Page) => Promise<void>): Promise<void> => {
    for (const page of pages) {
      await isThere(page);
      await expectAccessible(page);
      await shoot(page, `gallery-${name}`, 'jpeg');
    }
  };
  const addSamples = async (count: number): Promise<void> => {
    for (const sample of SAMPLE_PHOTOS.slice(0, count).toReversed()) {
      const photo = await makePhoto({ ...sample, ...smaller(sample) });
      await upload(service.url, [[sample.name, photo]]);
    }
  };
  return { url: service.url, look, addSamples };
}

test('the gallery is accessible while it is empty, at work and done', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using redis = await startRedis();
  const { look, addSamples } = await open(redis);
  await look('empty', ready);
  await addSamples(8);
  await look('working', (page) => page.locator('#photos > li').nth(7).waitFor());
  await look('done', (page) =>
    page.getByLabel('8 photos by state').getByText('8 done').waitFor({ timeout: 60_000 }),
  );
});

test('a photo is accessible, a failed one too', { timeout: TIMEOUT_MS }, async () => {
  await using redis = await startRedis();
  const { url, look, addSamples } = await open(redis);
  await addSamples(2);
  await upload(url, [['damaged.jpg', await makeBrokenJpeg()]]);
  const settled = await allSettled(url, 3);
  const shown = Object.values(settled).find(({ nearDuplicates }) => nearDuplicates.length > 0)!;
  await look('photo', async (page) => {
    await page.goto(`${url}/view/${shown.id}`);
    await page.getByRole('dialog', { name: shown.name }).waitFor();
    await page.waitForFunction(
      () => document.querySelector<HTMLImageElement>('#viewer figure .photo')?.complete,
    );
  });
  await look('failed', async (page) => {
    await page.goto(`${url}/view/${settled['damaged.jpg']!.id}`);
    await page.getByText('Copy it again from the camera').last().waitFor();
  });
});

test('the gallery is accessible while Redis is away', { timeout: TIMEOUT_MS }, async () => {
  await using redis = await startRedis();
  const { url, look, addSamples } = await open(redis);
  await addSamples(6);
  await allSettled(url, 6);
  await redis.kill();
  await look('redis-away', async (page) => {
    await page.getByText('Redis is away', { exact: true }).waitFor();
    const buffer = await makePhoto({ seed: page.viewportSize()!.width, kind: 'sea' });
    const file = { name: 'harbour.jpg', mimeType: 'image/jpeg', buffer };
    await page.setInputFiles('#upload input', [file]);
    await page.locator('#uploads').getByText('is kept until Redis is back').waitFor();
  });
});

/** As many pixels as a picture of the gallery can show, so that it takes seconds and not minutes. */
function smaller({ width, height }: { width: number; height: number }) {
  const scale = Math.min(1, 800 / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
