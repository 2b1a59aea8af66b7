/**
 * The gallery of the photo pipeline, used by people: photos are added, found, looked at and waited for; whatever
 * happens behind it, the page says so and nothing moves under the reader's eyes.
 */
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { allSettled, upload } from '../../examples/photo-pipeline/test/support/client.ts';
import { makeFolder, makeFolderOf } from '../../examples/photo-pipeline/test/support/folders.ts';
import {
  makeBrokenJpeg,
  makePhoto,
  makePhotos,
} from '../../examples/photo-pipeline/test/support/make-photos.ts';
import { startPhotoApp } from '../../examples/photo-pipeline/test/support/photo-app.ts';
import { startService } from '../../examples/photo-pipeline/test/support/service.ts';
import { reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ready, visit } from './support/visit.ts';

/** Photos are really made, as in the tests of the service itself. */
vi.setConfig({ testTimeout: 120_000 });

const jpeg = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
const cards = (page: Page) => page.locator('#photos > li');
const cardOf = (page: Page, name: string) => cards(page).filter({ hasText: name });
const lineOf = (page: Page, name: string) => page.locator('#uploads li').filter({ hasText: name });
const add = (page: Page, files: Parameters<Page['setInputFiles']>[1]) =>
  page.setInputFiles('#upload input', files);

test('photos that are chosen are followed to their end, and bad files say what to do', async () => {
  await using redis = await startRedis();
  const service = await startService({ redisUrl: redis.url, limits: { fileBytes: 200_000 } });
  const page = await visit(service, '/');
  await ready(page);
  await page.getByText('No photos yet.').waitFor();

  await add(page, [
    jpeg('good.jpg', await makePhoto()),
    jpeg('broken.jpg', await makeBrokenJpeg()),
    jpeg('empty.jpg', Buffer.alloc(0)),
    jpeg('huge.jpg', Buffer.alloc(300_000)),
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('milk, bread') },
  ]);
  await lineOf(page, 'good.jpg').getByRole('link', { name: 'Look at it good.jpg' }).waitFor();
  await lineOf(page, 'broken.jpg').getByText('Copy it again from the camera').waitFor();
  await lineOf(page, 'empty.jpg').getByText('It is empty').waitFor();
  await lineOf(page, 'huge.jpg').getByText('Export it smaller').waitFor();
  await lineOf(page, 'notes.txt').getByText('Save it as JPEG').waitFor();
  // What never left the browser is no photo.
  expect(await cards(page).count()).toBe(3);
  await cardOf(page, 'broken.jpg').getByText('The image is damaged').waitFor();
  const picture = cardOf(page, 'good.jpg').getByRole('img', { name: /good\.jpg: landscape photo/ });
  expect(await picture.getAttribute('width')).toBe('400');

  await page.getByRole('button', { name: 'Clear' }).click();
  await page.locator('#uploads').waitFor({ state: 'hidden' });
});

/** As a person does it with files of the desktop or the clipboard. */
async function give(page: Page, how: 'drop' | 'paste', name: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ([type, fileName, base64]) => {
      const raw = Uint8Array.from(atob(base64!), (each) => each.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([raw], fileName!, { type: 'image/png' }));
      const bubbles = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        type === 'drop'
          ? new DragEvent('drop', { ...bubbles, dataTransfer: data })
          : new ClipboardEvent('paste', { ...bubbles, clipboardData: data }),
      );
    },
    [how, name, bytes.toString('base64')],
  );
}

test('photos that are dropped or pasted are added as well', async () => {
  const service = await startService();
  const page = await visit(service, '/');
  await ready(page);
  await give(page, 'drop', 'dropped.jpg', await makePhoto({ seed: 2 }));
  await lineOf(page, 'dropped.jpg').getByText('is kept until Redis is back').waitFor();
  await give(page, 'paste', 'image.png', await makePhoto({ seed: 3 }));
  await cardOf(page, 'pasted-').waitFor();
  expect(await cards(page).count()).toBe(2);
});

test('a photo is opened, left and gone through by keyboard, and has an address', async () => {
  await using redis = await startRedis();
  const service = await startService({ redisUrl: redis.url });
  for (const [at, bytes] of (await makePhotos(4)).entries())
    await upload(service.url, [[`${at}.jpg`, bytes]]);
  await allSettled(service.url, 4);
  const page = await visit(service, '/');
  await ready(page);
  const names = await cards(page).locator('h2').allTextContents();
  const title = (at: number) =>
    page.waitForFunction((name) => document.title.startsWith(name), names[at]!);

  await page.locator('#photos a').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await title(1);
  const dialog = page.getByRole('dialog', { name: names[1]! });
  await dialog.getByText('2 of 4', { exact: true }).waitFor();
  await dialog.getByText('Halden D40').waitFor();
  await dialog.getByText('1920 AVIF').waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2');
  await page.keyboard.press('ArrowRight');
  await title(2);
  const address = page.url();
  expect(address).toMatch(/\/view\/[0-9a-f]{64}$/);
  await page.keyboard.press('Escape');
  await page.waitForURL(`${service.url}/`);
  // Where the reader left off, not where they came in.
  await until(() =>
    page.evaluate(
      (name) => document.activeElement?.closest('li')?.textContent?.includes(name),
      names[2]!,
    ),
  );

  await page.goto(address);
  await page.getByRole('dialog', { name: names[2]! }).waitFor();
  await page.getByRole('link', { name: 'Previous' }).click();
  await title(1);
  await page.getByRole('link', { name: 'Close' }).click();
  await page.waitForURL(`${service.url}/`);
  expect(await page.title()).toBe('Photo pipeline');
});

test('Redis is killed and comes back: the page says so, nothing moves, and the photo is finished', async () => {
  await using redis = await startRedis();
  const service = await startService({ redisUrl: redis.url });
  await upload(service.url, [['before.jpg', await makePhoto()]]);
  await allSettled(service.url, 1);
  const page = await visit(service, '/', { size: 'narrow' });
  await ready(page);
  await page.getByText('Redis is connected').waitFor();
  const topOfPhotos = () =>
    page.evaluate(() => document.querySelector('#photos')!.getBoundingClientRect().top);
  const top = await topOfPhotos();

  await redis.kill();
  await page.getByText('Redis is away', { exact: true }).waitFor();
  await add(page, [jpeg('during.jpg', await makePhoto({ seed: 2, kind: 'sea' }))]);
  await lineOf(page, 'during.jpg').getByText('is kept until Redis is back').waitFor();
  await cardOf(page, 'during.jpg').getByText('kept for later').first().waitFor();
  expect(await topOfPhotos()).toBe(top);

  await redis.restart();
  await page.getByText('Redis is connected').waitFor({ timeout: 20_000 });
  await lineOf(page, 'during.jpg').getByRole('link').waitFor({ timeout: 30_000 });
  expect(await topOfPhotos()).toBe(top);
});

test('new photos wait behind a button while somebody looks at others', async () => {
  const service = await startService();
  for (const [at, bytes] of (await makePhotos(14)).entries())
    await upload(service.url, [[`${at}.jpg`, bytes]]);
  const page = await visit(service, '/', { size: 'narrow' });
  await ready(page);
  await cardOf(page, '2.jpg').last().scrollIntoViewIfNeeded();
  const positions = () =>
    cards(page).evaluateAll((all) => all.map((card) => card.getBoundingClientRect().top));
  const before = await positions();

  await upload(service.url, [['new.jpg', await makePhoto({ seed: 77 })]]);
  const news = page.getByRole('button', { name: '1 new photo' });
  await news.waitFor();
  expect(await positions()).toEqual(before);
  await news.click();
  expect(await cards(page).first().locator('h2').textContent()).toBe('new.jpg');
  expect(await page.evaluate(() => scrollY)).toBe(0);
  expect(await news.isVisible()).toBe(false);
});

test('the service is killed and comes back: the page admits it, keeps its photos, and catches up', async () => {
  const [port, data] = [await reserve(), await makeFolder()];
  const photos = await makeFolderOf({ 'one.jpg': await makePhoto() });
  const start = (folder: string) =>
    startPhotoApp({ photos: folder, data, args: ['--no-redis', '--port', String(port)] });
  const app = await start(photos);
  const gone = [
    /ERR_CONNECTION_REFUSED/,
    /ERR_INCOMPLETE_CHUNKED_ENCODING/,
    /ERR_CONNECTION_RESET/,
  ];
  const page = await visit(app, '/', { allow: gone });
  await cardOf(page, 'one.jpg').waitFor();

  app.kill('SIGKILL');
  await page.getByText('No connection since').waitFor();
  expect(await cardOf(page, 'one.jpg').isVisible()).toBe(true);
  await app.exited;
  await start(await makeFolderOf({ 'two.jpg': await makePhoto({ seed: 2 }) }));
  await cardOf(page, 'two.jpg').waitFor({ timeout: 20_000 });
  await page.getByText('No connection since').waitFor({ state: 'hidden' });
  expect(await cards(page).count()).toBe(2);
});
