/**
 * A client that hangs up half way: nothing of the half photo stays, and the service goes on.
 */

import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { getPhotos, upload } from './support/client.ts';
import { digestFolder, listIncoming } from './support/folders.ts';
import { makePhoto } from './support/make-photos.ts';
import { startService } from './support/service.ts';

/** Begins an upload of `announcedBytes` and sends less: the whole files, then half of the last. */
async function beginUpload(
  url: string,
  parts: readonly Buffer[],
  announcedBytes: number,
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `POST /photos HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${announcedBytes}\r\n` +
      'content-type: multipart/form-data; boundary=x\r\n\r\n',
  );
  for (const [at, bytes] of parts.entries()) {
    socket.write(
      `${at === 0 ? '' : '\r\n'}--x\r\n` +
        `content-disposition: form-data; name="photos"; filename="${at}.jpg"\r\n\r\n`,
    );
    socket.write(bytes);
  }
  return socket;
}

/** Returns when the service has begun to write a file that is not whole yet. */
async function someIsWritten(data: string): Promise<void> {
  await until(async () => {
    const [name] = await listIncoming(data);
    return name !== undefined && (await stat(join(data, 'incoming', name))).size > 100_000;
  });
}

test.each([
  ['by closing the connection', (socket: Socket) => socket.end()],
  ['by resetting the connection', (socket: Socket) => socket.resetAndDestroy()],
])('a client that hangs up half way %s leaves no file', async (_how, hangUp) => {
  const { url, data, warnings } = await startService();
  const socket = await beginUpload(url, [Buffer.alloc(500_000, 7)], 1_000_000);
  await someIsWritten(data);
  hangUp(socket);
  await until(async () => (await listIncoming(data)).length === 0);
  expect(await digestFolder(data)).toEqual({});
  expect(await getPhotos(url)).toEqual({});

  const answer = await upload(url, [['next.jpg', await makePhoto()]]);
  expect(answer.photos).toMatchObject([{ name: 'next.jpg', result: 'stored' }]);
  expect(warnings).toEqual([]);
  socket.destroy();
});

test('what has come whole before the client hangs up is kept', async () => {
  const { url, data } = await startService();
  const whole = await makePhoto();
  const socket = await beginUpload(url, [whole, Buffer.alloc(500_000, 7)], 1_000_000);
  await until(async () => (await getPhotos(url))['0.jpg']?.status === 'stored');
  await someIsWritten(data);
  socket.resetAndDestroy();
  await until(async () => (await listIncoming(data)).length === 0);
  expect(Object.keys(await getPhotos(url))).toEqual(['0.jpg']);
  expect(Object.keys(await digestFolder(data))).toHaveLength(1);
});
