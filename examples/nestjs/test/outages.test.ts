/** Redis away at the start and killed later: the application serves, says what it cannot do, and goes on by itself. */
import { afterEach, describe, expect, test } from 'vitest';
import { type RedisServer, reserve, startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { makePhotos } from '../../photo-pipeline/test/support/make-photos.ts';
import { type Answer, ask, send, settled, startApplication } from './support/application.ts';

let redis: RedisServer | undefined;
afterEach(async () => {
  await redis?.stop();
  redis = undefined;
});

const AWAY = {
  ...{ status: 503, retryAfter: expect.stringMatching(/^\d+$/) },
  body: { code: 'QUEUE_UNAVAILABLE' },
};

/** The first answer to a photo that is sent again and again, as clients do that are told to come back. */
function taken(url: string, photo: Buffer): Promise<Answer> {
  return until(
    async () => {
      const answer = await send(url, photo);
      return answer.status === 202 && answer;
    },
    { timeoutMs: 20_000, what: 'the photo is taken' },
  );
}

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  test('without Redis it starts and answers; with one it works, after a crash of it too', async () => {
    const port = await reserve();
    const app = await startApplication({ platform, redisUrl: `redis://127.0.0.1:${port}` });
    const [first, second] = (await makePhotos(2)) as [Buffer, Buffer];
    const health = () => ask(`${app.url}/health`);

    expect(await send(app.url, first)).toMatchObject(AWAY);
    expect(await health()).toMatchObject({
      ...{ status: 200, body: { status: 'degraded', info: { redis: { status: 'degraded' } } } },
    });
    expect(await ask(`${app.url}/health/live`)).toMatchObject({ status: 200 });
    expect(await ask(`${app.url}/health/redis`)).toMatchObject({ status: 503 });

    redis = await startRedis({ port });
    const { body } = await taken(app.url, first);
    expect(await settled(app.url, body.id)).toMatchObject({ status: 'done' });
    expect(await health()).toMatchObject({ status: 200, body: { status: 'ok' } });

    await redis.kill();
    expect(await send(app.url, second)).toMatchObject(AWAY);
    expect(await ask(`${app.url}/photos/${body.id}`)).toMatchObject({ body: { status: 'done' } });
    await redis.restart();
    const later = await taken(app.url, second);
    expect(await settled(app.url, later.body.id)).toMatchObject({ status: 'done' });

    app.kill('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
  });
});

test('without a Redis in the settings it starts, says so once, and takes no photos', async () => {
  const app = await startApplication();
  const line = await app.line('REDIS_URL');
  const [photo] = (await makePhotos(1)) as [Buffer];
  expect(await send(app.url, photo)).toMatchObject(AWAY);
  expect(await ask(`${app.url}/health`)).toMatchObject({
    status: 200,
    body: { status: 'degraded' },
  });
  expect(app.output.filter((each) => each.includes('REDIS_URL'))).toEqual([line]);
});
