/** `/ops`: for whoever has the token; without one in the settings for this machine alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/support/redis-server.ts';
import { ask, startApplication } from './support/application.ts';

const OPS_TOKEN = 'a-token-of-the-operators';
/** As a proxy on this machine would send what somebody far away asks. */
const THROUGH_A_PROXY = { 'x-forwarded-for': '192.0.2.7' };

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  test('the token opens it; nobody gets in without, nor with another one', async () => {
    const app = await startApplication({ platform, redisUrl: redis.url, env: { OPS_TOKEN } });
    const index = (headers: Record<string, string>) =>
      ask(`${app.url}/ops/api/v1/queues`, { headers });
    const { status, body } = await index({ authorization: `Bearer ${OPS_TOKEN}` });
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('"images"');
    expect(await index({})).toMatchObject({ status: 401 });
    expect(await index(THROUGH_A_PROXY)).toMatchObject({ status: 401 });
    expect(await index({ authorization: 'Bearer another-token' })).toMatchObject({ status: 401 });

    const pause = { method: 'POST', headers: { authorization: `Bearer ${OPS_TOKEN}` } };
    expect(await ask(`${app.url}/ops/api/v1/queues/images/pause`, pause)).toMatchObject({
      status: 200,
    });
    expect((await ask(`${app.url}/health`)).body).toMatchObject({ status: 'ok' });
    await ask(`${app.url}/ops/api/v1/queues/images/resume`, pause);
  });

  test('without a token, or with an empty one, this machine gets in, and nobody through a proxy', async () => {
    const env = { OPS_TOKEN: '' };
    const app = await startApplication({ platform, redisUrl: redis.url, env });
    const index = `${app.url}/ops/api/v1`;
    expect(await ask(index)).toMatchObject({ status: 200 });
    expect(await ask(index, { headers: THROUGH_A_PROXY })).toMatchObject({ status: 401 });
  });
});
