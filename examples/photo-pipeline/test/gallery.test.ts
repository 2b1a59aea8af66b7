/**
 * The pages and addresses around the photos: escaped, closed to the outside, and clear about what is not there.
 */
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PAGE_FILES } from '../src/page/page-files.ts';
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
  expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  const files = [...page.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path]) => path!);
  expect(files).toContain('/page/gallery.js');
  for (const file of files) expect((await fetch(`${url}${file}`)).status, file).toBe(200);
});

test('every file of the folder is sent, with a tag, and none names another origin', async () => {
  const { url } = await startService();
  const folder = new URL('../public/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name !== 'tsconfig.json');
  expect([...PAGE_FILES].sort()).toEqual(names.sort());
  for (const name of names) {
    const answer = await fetch(`${url}/page/${name}`);
    expect(answer.headers.get('content-type'), name).toMatch(/css|javascript|svg/);
    if (!name.endsWith('.svg')) expect(await answer.text()).not.toMatch(/https?:\/\//);
    const headers = { 'if-none-match': answer.headers.get('etag')! };
    expect((await fetch(`${url}/page/${name}`, { headers })).status).toBe(304);
  }
});

test('the address of a photo is the page with that photo open, also without a script', async () => {
  const { url } = await startService();
  const { photos } = await upload(url, [['harbour.jpg', await makePhoto()]]);
  const page = await (await fetch(`${url}/view/${photos[0]!.id}`)).text();
  expect(page).toMatch(/<dialog id="viewer"[^>]* open>/);
  expect(page).toContain('<title>harbour.jpg · Photo pipeline</title>');
  expect(await (await fetch(`${url}/`)).text()).not.toMatch(/<dialog[^>]* open/);
});

test('the dashboard is below /ops, with its own headers, and is for this machine only', async () => {
  const { url } = await startService();
  expect((await fetch(`${url}/ops/api/v1`)).status).toBe(200);
  const forwarded = { 'x-forwarded-for': '203.0.113.7' };
  expect((await fetch(`${url}/ops/api/v1`, { headers: forwarded })).status).toBe(401);
  expect((await fetch(`${url}/api/v1/queues`)).status).toBe(401);
});

test('who lets photos wait is not told of an outage', async () => {
  const { url } = await startService();
  const answer = await upload(url, [['a.jpg', await makePhoto()]], { prefer: 'respond-async' });
  expect(answer).toMatchObject({ status: 202, photos: [{ result: 'stored' }] });
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
  `/view/${NOBODY}`,
  '/view/nobody',
  '/parts/photos/nobody',
  '/page/nothing.js',
  '/page/..%2fpackage.json',
  `/photos/..%2foriginals/320.webp`,
])('%s is answered with problem JSON and 404', async (path) => {
  const { url } = await startService();
  const answer = await fetch(`${url}${path}`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND', status: 404 });
});
