/** Health of a Nest application: the routes of the controller, and the indicators in terminus, with and without Redis. */
import 'reflect-metadata';
import { Controller, Get, type INestApplication, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Coordinator } from 'drover';
import { BullMqConsumerModule, QueueHealthIndicator, RedisHealthIndicator } from 'drover/nestjs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask } from './ask.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

@Controller('checks')
class Checks {
  constructor(
    @Inject(HealthCheckService) readonly service: HealthCheckService,
    @Inject(RedisHealthIndicator) readonly redis: RedisHealthIndicator,
    @Inject(QueueHealthIndicator) readonly queues: QueueHealthIndicator,
  ) {}
  @Get('strict')
  @HealthCheck()
  strict(): unknown {
    return this.service.check([() => this.redis.pingCheck('redis')]);
  }
  @Get('lenient')
  @HealthCheck()
  lenient(): unknown {
    return this.service.check([
      () => this.redis.pingCheck('redis', { whenDown: 'degraded' }),
      () => this.queues.isHealthy('queues', { queues: ['mails'] }),
    ]);
  }
}

async function created(platform: string, redisUrl: string): Promise<INestApplication> {
  @Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [Checks] })
  class HealthChecks {}
  @Module({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl, logger: false, queueNamePrefix: 'shop' }),
      BullMqConsumerModule.forFeature(['mails']),
      BullMqConsumerModule.forHealth(),
      HealthChecks,
    ],
  })
  class App {}
  const options = { logger: false, abortOnError: false } as const;
  const app =
    platform === 'Express'
      ? await NestFactory.create(App, options)
      : await NestFactory.create(App, new FastifyAdapter(), options);
  onTestFinished(() => app.close());
  return app;
}

test.each(['Express', 'Fastify'])('%s: with Redis, and when it is killed', async (platform) => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const app = await created(platform, redis.url);
  app.setGlobalPrefix('api', {
    exclude: ['health/redis', 'health/live', 'health/ready', 'api/v1/queue/health'],
  });
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  const at = (path: string) => ask(`${origin}${path}`);
  await until(async () => (await at('/health/redis')).status === 200, { what: 'Redis' });
  expect((await at('/health/redis')).json()).toMatchObject({ status: 'healthy' });
  await until(async () => (await at('/api/v1/queue/health')).text.includes('shop-mails'), {
    what: 'statistics',
  });
  expect((await at('/health/live')).json()).toMatchObject({ status: 'alive' });
  expect((await at('/health/ready')).json()).toMatchObject({ status: 'ready' });
  expect((await at('/api/checks/strict')).json()).toMatchObject({ status: 'ok' });
  const well = (await at('/api/checks/lenient')).json();
  expect(well).toMatchObject({ status: 'ok', info: { queues: { status: 'up', queues: 1 } } });

  await redis.stop();
  await until(async () => (await at('/health/redis')).status === 503, { what: 'the loss' });
  expect((await at('/api/v1/queue/health')).status).toBe(503);
  expect((await at('/health/live')).status).toBe(200);
  const strict = await at('/api/checks/strict');
  expect(strict.status).toBe(503);
  expect(strict.json()).toMatchObject({ error: { redis: { status: 'down' } } });
  const lenient = await at('/api/checks/lenient');
  expect(lenient.status).toBe(200);
  expect(lenient.json()).toMatchObject({
    ...{ status: 'degraded' },
    info: { redis: { status: 'degraded' }, queues: { status: 'degraded' } },
  });
});

test('a global prefix goes in front, and a version does not', async () => {
  const app = await created('Express', server.url);
  app.setGlobalPrefix('api');
  app.enableVersioning();
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  expect((await ask(`${origin}/api/health/live`)).status).toBe(200);
  expect((await ask(`${origin}/health/live`)).status).toBe(404);
});

test('a queue that is not registered is told with the one that was meant', async () => {
  const app = await created('Express', server.url);
  await app.init();
  const indicator = app.get(QueueHealthIndicator, { strict: false });
  await expect(indicator.isHealthy('q', { queues: ['mailz'] })).rejects.toThrow(/"mails"/);
  await expect(indicator.isHealthy('q', { configKey: 'other' })).rejects.toThrow(/"other"/);
  expect(app.get(Coordinator, { strict: false }).getRedisHealth().status).toBeTypeOf('string');
});

test('an application without a queue hears of Redis when it asks', async () => {
  const options = { redisUrl: server.url, logger: false as const };
  @Module({ imports: [BullMqConsumerModule.forRoot(options)] })
  class NoQueues {}
  const app = await NestFactory.createApplicationContext(NoQueues, { logger: false });
  onTestFinished(() => app.close());
  const redis = app.get(RedisHealthIndicator, { strict: false });
  await until(async () => (await redis.pingCheck('redis')).redis.status === 'up');
});
