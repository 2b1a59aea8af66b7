/** What a client is told while the queues of a Nest application cannot be used, on Express and Fastify. */
import 'reflect-metadata';
import { BadRequestException, Controller, Get, Param, Post } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Queue } from 'bullmq';
import { CoordinatorError, defineQueue, type ErrorCode } from 'drover';
import { BullMqConsumerModule, InjectQueue, QueueOutageFilter } from 'drover/nestjs';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { moduleOf } from './nest-apps.ts';

const photos = defineQueue('photos', { data: z.object({ id: z.number() }) });

@Controller()
class Photos {
  constructor(@InjectQueue(photos) readonly queue: Queue) {}
  @Post('add/:id')
  async add(@Param('id') id: string): Promise<string> {
    const { name } = await this.queue.add('resize', { id: Number(id) });
    return name;
  }
  @Get('fail/:code')
  fail(@Param('code') code: ErrorCode): never {
    throw new CoordinatorError(code, 'Redis at cache-7.internal said no');
  }
  @Get('bad')
  bad(): never {
    throw new BadRequestException('no such photo');
  }
}

const platforms = ['Express', 'Fastify'] as const;

async function startHttp(
  platform: (typeof platforms)[number],
  isProvided: boolean,
): Promise<string> {
  const module = moduleOf('AppModule', {
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: 'redis://127.0.0.1:1', addTimeoutMs: 50 }),
      BullMqConsumerModule.forFeature([photos]),
    ],
    controllers: [Photos],
    providers: isProvided ? [{ provide: APP_FILTER, useClass: QueueOutageFilter }] : [],
  });
  const options = { logger: false, abortOnError: false } as const;
  const app =
    platform === 'Fastify'
      ? await NestFactory.create(module, new FastifyAdapter(), options)
      : await NestFactory.create(module, options);
  if (!isProvided) app.useGlobalFilters(new QueueOutageFilter());
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

test.each(
  platforms.flatMap((platform) => [
    [platform, 'useGlobalFilters', false] as const,
    [platform, 'APP_FILTER', true] as const,
  ]),
)('on %s, by %s, an add answers 503 and when to come again', async (platform, _by, isProvided) => {
  const url = await startHttp(platform, isProvided);
  const answer = await fetch(`${url}/add/7`, { method: 'POST' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await answer.json()).toEqual({
    statusCode: 503,
    error: 'Service Unavailable',
    message: 'The queue cannot be used at present: try again later',
    code: 'QUEUE_UNAVAILABLE',
  });
});

test.each(platforms)('on %s all other errors are answered as without it', async (platform) => {
  const url = await startHttp(platform, false);
  const statusOf = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(`${url}/${path}`, { method })).status;
  expect(await statusOf('bad')).toBe(400);
  expect(await statusOf('add/seven', 'POST')).toBe(500); // DATA_INVALID
  expect(await statusOf('fail/CONFIG_INVALID')).toBe(500);
  const codes: ErrorCode[] = ['SPOOL_FULL', 'SPOOL_UNUSABLE', 'FLOW_INCOMPLETE', 'STOPPED'];
  for (const code of codes) expect(await statusOf(`fail/${code}`)).toBe(503);
  const unknown = await (await fetch(`${url}/fail/OUTCOME_UNKNOWN`)).text();
  expect(unknown).toContain('this may have been done');
  expect(unknown).not.toContain('cache-7');
});
