// A Nest application as a process: its consumer tells when a job begins and ends.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullMqConsumerModule, getQueueToken, QueueConsumer } from 'drover/nestjs';

const { URL_OF_REDIS: redisUrl, HOOKS, CONSUMERS, CLOSES } = process.env;

class Photos {
  async process(job) {
    console.log(`began ${job.name}`);
    await sleep(job.data.ms);
    console.log(`ended ${job.name}`);
  }
}
QueueConsumer('photos')(Photos);
class AppModule {}
Module({
  imports: [
    BullMqConsumerModule.forRoot({ redisUrl, shutdownTimeoutMs: '5s' }),
    BullMqConsumerModule.forFeature(['photos']),
  ],
  providers: CONSUMERS === '0' ? [] : [Photos],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
if (HOOKS === '1') app.enableShutdownHooks();
console.log('ready');
if (CLOSES === '1') {
  await app
    .get(getQueueToken('photos'))
    .add('quick', { ms: 1 })
    .catch(({ code }) => console.log(code));
  await app.close();
  console.log('closed');
} else setInterval(() => {}, 10_000);
