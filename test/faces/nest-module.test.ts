/** The module in a real application: consumers, listeners, injection, start and stop. */
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Job, Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import {
  BullMqConsumerModule,
  InjectQueue,
  OnDeadLetter,
  OnJob,
  OnQueueEvent,
  OnWorkerEvent,
  Processor,
  QueueConsumer,
  QueueEventsHost,
  QueueEventsListener,
  type QueueOf,
  WorkerHost,
} from 'drover/nestjs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const photos = defineQueue('photos', {
  jobs: { resize: z.object({ id: z.number() }), hash: z.object({}) },
});

test('a processor, a consumer with methods for names, a listener and a service', async () => {
  const seen: string[] = [];
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const logger = { info: write, warn: write, error: write, debug: write };
  @Processor('mails')
  class Mails extends WorkerHost {
    async process(job: Job): Promise<string> {
      seen.push(`mail ${job.data.to}`);
      return 'sent';
    }
    @OnWorkerEvent('completed')
    onCompleted(job: Job, result: string): void {
      seen.push(`completed ${job.name} ${result}`);
    }
  }
  @QueueConsumer(photos, { concurrency: 2 })
  class Photos {
    @OnJob('resize')
    resize(job: Job, _token: string, signal: AbortSignal): void {
      seen.push(`resize ${job.data.id} ${signal.aborted}`);
    }
    @OnJob('hash')
    hash(): never {
      throw new Error('no hash');
    }
    @OnDeadLetter()
    dead(job: Job, error: Error): void {
      seen.push(`dead ${job.name} ${error.message}`);
    }
  }
  @QueueEventsListener('mails')
  class Listener extends QueueEventsHost {
    @OnQueueEvent('completed')
    heard(): void {
      seen.push('heard');
    }
  }
  @Injectable()
  class Service {
    constructor(
      @InjectQueue('mails') readonly mails: Queue,
      @InjectQueue(photos) readonly pictures: QueueOf<typeof photos>,
      @Inject(Coordinator) readonly coordinator: Coordinator,
    ) {}
  }
  @Module({
    imports: [BullMqConsumerModule.forFeature(['mails', photos])],
    providers: [Mails, Photos, Listener, Service],
  })
  class Feature {}
  @Module({
    imports: [
      BullMqConsumerModule.forRootAsync({
        isGlobal: true,
        useFactory: () => ({ redisUrl: server.url, queueNamePrefix: 'shop', logger }),
      }),
      Feature,
    ],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
  onTestFinished(() => app.close());
  const service = app.get(Service, { strict: false });
  expect(service.mails.name).toBe('shop-mails');
  await app.get(Listener, { strict: false }).queueEvents.waitUntilReady();
  await service.mails.add('welcome', { to: 'a' });
  await service.pictures.add('resize', { id: 7 });
  await service.pictures.add('hash', {}, { attempts: 1 });
  await until(() => seen.length === 5, { what: `five calls, not ${seen}` });
  expect(seen.toSorted()).toEqual([
    'completed welcome sent',
    'dead hash no hash',
    'heard',
    'mail a',
    'resize 7 false',
  ]);
  expect(app.get(Mails, { strict: false }).worker.name).toBe('shop-mails');
  // They are held until the application is up; what they will do is told all the same.
  expect(lines).toContain('✅ Registered shop-photos processor, 2 at a time');
});
