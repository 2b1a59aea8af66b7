/**
 * Uploads over HTTP: what is taken, what is refused and how, and that a refusal leaves nothing behind.
 *
 * On the service without Redis: taking photos in must not depend on it.
 */
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { getPhotos, upload } from './support/client.ts';
import { digestFolder, listIncoming } from './support/folders.ts';
import { makePhoto, makePhotos } from './support/make-photos.ts';
import { startService } from './support/service.ts';

const MEGABYTE = 1_000_000;

/** A client that sends so many bytes as one file without holding them, and reports the answer. */
function sendStream(url: string, bytes: number): Promise<{ status: number; body: string }> {
  const head = `--x\r\ncontent-disposition: form-data; name="photos"; filename="huge.jpg"\r\n\r\n`;
  const tail = '\r\n--x--\r\n';
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/photos`, {
      method: 'POST',
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': head.length + bytes + tail.length,
      },
    });
    sending.on('response', async (answer) => {
      let body = '';
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode ?? 0, body });
    });
    sending.on('error', reject);
    sending.write(head);
    let left = bytes;
    const go = (): void => {
      while (left > 0) {
        const size = Math.min(left, MEGABYTE);
        left -= size;
        if (!sending.write(Buffer.alloc(size, 7))) return void sending.once('drain', go);
      }
      sending.end(tail);
    };
    go();
  });
}

test('a photo of 100 MB is read to its end, refused with 413, and not kept', async () => {
  const { url, data } = await startService();
  const { status, body } = await sendStream(url, 100 * MEGABYTE);
  expect(status).toBe(413);
  expect(JSON.parse(body)).toMatchObject({
    code: 'FILE_TOO_LARGE',
    detail: 'A photo may have 50 MB; this one has more',
    refused: [{ name: 'huge.jpg', code: 'FILE_TOO_LARGE' }],
    photos: [],
  });
  expect(await digestFolder(data)).toEqual({});
});

test('a request that announces more than the limit is refused before it is read', async () => {
  const { url, data } = await startService({ limits: { requestBytes: 2 * MEGABYTE } });
  const { status, body } = await sendStream(url, 3 * MEGABYTE);
  expect([status, JSON.parse(body).code]).toEqual([413, 'REQUEST_TOO_LARGE']);
  expect(await digestFolder(data)).toEqual({});
});

test('a request that grows above the limit without announcing it is refused as well', async () => {
  const { url, data } = await startService({ limits: { requestBytes: 2 * MEGABYTE } });
  async function* parts(): AsyncIterable<Uint8Array> {
    yield Buffer.from('--x\r\ncontent-disposition: form-data; name="p"; filename="a.jpg"\r\n\r\n');
    for (let sent = 0; sent < 4; sent += 1) yield Buffer.alloc(MEGABYTE, 7);
    yield Buffer.from('\r\n--x--\r\n');
  }
  const answer = await fetch(`${url}/photos`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: ReadableStream.from(parts()),
    duplex: 'half',
  } as RequestInit);
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  await until(async () => (await listIncoming(data)).length === 0);
  expect(await digestFolder(data)).toEqual({});
});

test('of too many files the first are taken and the rest is refused in words', async () => {
  const { url } = await startService({ limits: { files: 2 } });
  const photos = await makePhotos(3);
  const answer = await upload(
    url,
    photos.map((bytes, at) => [`${at}.jpg`, bytes]),
  );
  expect(answer).toMatchObject({ status: 413, code: 'TOO_MANY_FILES' });
  expect(answer.photos.map(({ name }) => name).sort()).toEqual(['0.jpg', '1.jpg']);
  expect(Object.keys(await getPhotos(url)).sort()).toEqual(['0.jpg', '1.jpg']);
});

test.each(['../../evil.jpg', '/etc/evil.jpg', '..\\evil.jpg', 'C:\\evil.jpg', '..'])(
  'a file named %s is refused, and the photo beside it is kept',
  async (name) => {
    const { url, data } = await startService();
    const [good, bad] = await makePhotos(2);
    const answer = await upload(url, [
      [name, bad!],
      ['good.jpg', good!],
    ]);
    expect(answer).toMatchObject({ status: 400, code: 'INVALID_NAME' });
    expect(answer.refused).toMatchObject([{ name, code: 'INVALID_NAME' }]);
    expect(Object.keys(await getPhotos(url))).toEqual(['good.jpg']);
    const files = Object.keys(await digestFolder(data));
    expect(files).toEqual([expect.stringMatching(/^originals.[0-9a-f]{64}$/)]);
  },
);

test('a file above the limit does not take the others of its request with it', async () => {
  const { url, data } = await startService({ limits: { fileBytes: 200_000 } });
  const photos = await makePhotos(2);
  const answer = await upload(url, [
    ['first.jpg', photos[0]!],
    ['fat.jpg', Buffer.alloc(300_000, 7)],
    ['second.jpg', photos[1]!],
  ]);
  expect(answer).toMatchObject({ status: 413, code: 'FILE_TOO_LARGE' });
  expect(answer.refused).toMatchObject([{ name: 'fat.jpg' }]);
  expect(Object.keys(await getPhotos(url)).sort()).toEqual(['first.jpg', 'second.jpg']);
  expect(await listIncoming(data)).toEqual([]);
});

test.each([
  ['NOT_MULTIPART', 415, 'application/json', '{}'],
  ['NO_FILES', 400, 'multipart/form-data; boundary=x', '--x--\r\n'],
  ['MALFORMED_UPLOAD', 400, 'multipart/form-data; boundary=x', '--x\r\ncontent-disposition: for'],
])('a request that is no upload is answered with %s', async (code, status, type, body) => {
  const { url, data } = await startService();
  const headers = { 'content-type': type };
  const answer = await fetch(`${url}/photos`, { method: 'POST', headers, body });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ code, status });
  expect(await digestFolder(data)).toEqual({});
});

test('an upload that the page of another site has posted is refused', async () => {
  const { url } = await startService();
  const form = new FormData();
  form.append('photos', new Blob([new Uint8Array(await makePhoto())]), 'a.jpg');
  const headers = { 'sec-fetch-site': 'cross-site' };
  const answer = await fetch(`${url}/photos`, { method: 'POST', body: form, headers });
  expect(answer.status).toBe(403);
  expect(await getPhotos(url)).toEqual({});
});
