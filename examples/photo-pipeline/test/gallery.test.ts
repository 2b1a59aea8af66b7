/**
 * The pages and addresses around the photos: escaped, closed to the outside, and clear about what is not there.
 */
import { expect, test } from 'vitest';
import { getPhoto, upload } from './support/client.ts';
import { makePhoto } from './support/make-photos.ts';
import { startService } from './support/service.ts';

test('the page loads nothing from outside, and its policy allows nothing else', async () => {
  const { url } = await startService();
  const answer = await fetch(`${url}/`);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const page = await answer.text();
  expect(page).toContain('No photos yet.');
  expect(page).not.toMatch(/(src|href|action)="(https?:)?\/\//);
  expect(page).not.toMatch(/ style="|<style|<script>| on\w+="/);
  for (const file of ['gallery.css', 'gallery.js']) {
    const text = await (await fetch(`${url}/${file}`)).text();
    expect(text.length, file).toBeGreaterThan(500);
    expect(text).not.toMatch(/https?:\/\//);
  }
});

test('a file name with markup is shown as text', async () => {
  const { url } = await startService();
  await upload(url, [['<script>alert("1")<b>.jpg', await makePhoto()]]);
  const page = await (await fetch(`${url}/`)).text();
  expect(page).toContain('&lt;script&gt;');
  expect(page).not.toContain('<script>alert');
});

test('neither the page nor the JSON of a photo shows a path of the machine', async () => {
  const { url, data } = await startService();
  const { photos } = await upload(url, [['photo.jpg', await makePhoto()]]);
  expect(JSON.stringify(await getPhoto(url, photos[0]!.id))).not.toContain(data);
  expect(await (await fetch(`${url}/`)).text()).not.toContain(data);
});

const NOBODY = 'a'.repeat(64);

test.each([
  '/nothing',
  `/photos/${NOBODY}`,
  `/photos/${NOBODY}/320.webp`,
  `/photos/${NOBODY}/321.webp`,
  `/photos/${NOBODY}/320.jpg`,
  '/photos/..%2f..%2fetc/passwd',
  `/photos/..%2foriginals/320.webp`,
])('%s is answered with problem JSON and 404', async (path) => {
  const { url } = await startService();
  const answer = await fetch(`${url}${path}`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND', status: 404 });
});
