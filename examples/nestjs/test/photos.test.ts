/** The application on both platforms: photos in, pictures out, and a clear answer to what is no photo. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/support/redis-server.ts';
import {
  makeBomb,
  makeBrokenJpeg,
  makePhoto,
} from '../../photo-pipeline/test/support/make-photos.ts';
import { ask, send, settled, startApplication } from './support/application.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  test('a photo goes through all its steps; sent again, it is the same one', async () => {
    const env = { QUEUE_NAME_PREFIX: platform };
    const app = await startApplication({ platform, redisUrl: redis.url, env });
    const photo = await makePhoto({ orientation: 6 });
    const { status, body } = await send(app.url, photo);
    expect({ status, body }).toMatchObject({ status: 202, body: { status: 'processing' } });
    const { id, manifest, ...rest } = await settled(app.url, body.id);
    expect({ id, ...rest }).toEqual({ id: body.id, status: 'done' });
    expect(manifest).toMatchObject({ format: 'jpeg', width: 400, height: 300, orientation: 6 });
    expect(manifest.variants).toHaveLength(6);
    const thumbnail = await ask(`${app.url}/photos/${id}/thumbnail`);
    expect(await sharp(thumbnail.body).metadata()).toMatchObject({ format: 'webp', width: 320 });
    await app.line(`Photo ${id} is published`);
    expect(await send(app.url, photo)).toMatchObject({ status: 202, body: { id, status: 'done' } });
    app.kill('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
  });

  test('what is no photo is told why, and nothing of it is kept', async () => {
    const env = { MAX_PHOTO_BYTES: '100000' };
    const app = await startApplication({ platform, env });
    const answers = {
      text: await send(app.url, Buffer.from('hello'), 'image/jpeg'),
      json: await send(app.url, Buffer.from('{}'), 'application/json'),
      broken: await send(app.url, await makeBrokenJpeg()),
      bomb: await send(app.url, makeBomb(60_000, 60_000), 'image/png'),
      large: await send(app.url, Buffer.alloc(100_001)),
      nothing: await ask(`${app.url}/photos`, { method: 'POST' }),
    };
    expect(answers).toMatchObject({
      text: { status: 415, body: { code: 'UNSUPPORTED_FORMAT' } },
      json: { status: 415 },
      broken: { status: 422, body: { code: 'BROKEN_IMAGE' } },
      bomb: { status: 422, body: { code: 'TOO_MANY_PIXELS' } },
      large: { status: 413 },
      nothing: { status: 415, body: { message: expect.stringContaining('Content-Type') } },
    });
    for (const path of ['photos/1', `photos/${'0'.repeat(64)}`, 'photos/..%2f/thumbnail'])
      expect((await ask(`${app.url}/${path}`)).status, path).toBe(404);
  });
});
