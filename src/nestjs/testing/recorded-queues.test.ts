/** An application with recorded queues: nothing waits, and no socket is opened. */
import 'reflect-metadata';
import { createServer } from 'node:net';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Job, Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import {
  BullMqConsumerModule,
  InjectQueue,
  OnDeadLetter,
  OnJob,
  QueueConsumer,
  type QueueOf,
} from 'drover/nestjs';
import { recordedQueue, recordedQueues, withRecordedQueues } from 'drover/nestjs/testing';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';

const thumbnails = defineQueue('thumbnails', {
  jobs: { resize: z.object({ id: z.number() }), hash: z.object({}) },
});
const heard: string[] = [];

@QueueConsumer(thumbnails)
class Thumbnails {
  @OnJob('resize')
  async resize(job: Job, _token: string, signal: AbortSignal): Promise<string> {
    await job.updateProgress(50);
    await job.log('resized');
    return `${job.data.id} ${job.attemptsMade} ${signal.aborted}`;
  }
  @OnJob('hash')
  hash(): never {
    throw new Error('no hash');
  }
  @OnDeadLetter()
  dead(_job: Job, error: Error): void {
    heard.push(error.message);
  }
}

@Injectable()
class Photos {
  constructor(
    @InjectQueue(thumbnails) readonly queue: QueueOf<typeof thumbnails>,
    @InjectQueue('mails') readonly mails: Queue,
  ) {}
  upload(id: number): Promise<unknown> {
    return this.queue.add('resize', { id });
  }
}

async function start(redisUrl?: string): Promise<TestingModule> {
  @Module({
    imports: [
      BullMqConsumerModule.forRootAsync({
        isGlobal: true,
        useFactory: () => ({ ...(redisUrl && { redisUrl }), queueNamePrefix: 'shop' }),
      }),
      BullMqConsumerModule.forFeature([thumbnails, 'mails']),
    ],
    providers: [Photos, Thumbnails],
  })
  class App {}
  const builder = withRecordedQueues(Test.createTestingModule({ imports: [App] }));
  const module = await builder.compile();
  onTestFinished(() => module.close());
  return module;
}

afterEach(() => {
  heard.length = 0;
  vi.unstubAllEnvs();
});

test('what a service adds is recorded, and runs when the test says so', async () => {
  const module = await start();
  const queues = recordedQueues(module);
  await module.get(Photos).upload(7);
  const queue = queues.of(thumbnails);
  expect(queue.added).toEqual([{ name: 'resize', data: { id: 7 }, options: {} }]);
  expect(await queue.run(0)).toBe('7 0 false');
  const [job] = queue.jobs;
  expect([job!.id, job!.progress, job!.returnvalue]).toEqual(['1', 50, '7 0 false']);
  expect(job!.opts.attempts).toBe(3);
  expect(await job!.getState()).toBe('completed');
  expect((await queue.queue.getJobLogs('1')).logs).toEqual(['resized']);
  expect(await queue.queue.getJobCounts('completed', 'waiting')).toEqual({
    completed: 1,
    waiting: 0,
  });
  queues.clear();
  expect(queue.added).toEqual([]);
});

test('a job that fails rejects, is retried by the next run, and is dead after its last attempt', async () => {
  const module = await start();
  const queue = recordedQueues(module).of(thumbnails);
  await module.get(Photos).queue.add('hash', {}, { attempts: 2 });
  await expect(queue.run()).rejects.toThrow('no hash');
  expect(await queue.jobs[0]!.getState()).toBe('delayed');
  expect(heard).toEqual([]);
  await expect(queue.runAll()).rejects.toThrow('no hash');
  expect(await queue.jobs[0]!.getState()).toBe('failed');
  expect(heard).toEqual(['no hash']);
  await expect(queue.run()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('data is parsed, an id is added once, and what is not recorded says so', async () => {
  const { queue } = (await start()).get(Photos);
  await expect(queue.add('resize', { id: 'x' } as never)).rejects.toMatchObject({
    code: 'DATA_INVALID',
  });
  const twice = [0, 1].map(() => queue.add('resize', { id: 1 }, { jobId: 'one' }));
  expect((await Promise.all(twice)).map(({ id }) => id)).toEqual(['one', 'one']);
  expect(await queue.count()).toBe(1);
  await expect(queue.getMetrics('completed')).rejects.toThrow(
    'recorded queues have no getMetrics: test it against a Redis',
  );
});

test('an outage for as long as the test wants it', async () => {
  const module = await start();
  const queues = recordedQueues(module);
  queues.goDown();
  await expect(module.get(Photos).upload(1)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  queues.comeBack();
  await module.get(Photos).upload(1);
  expect(queues.of(thumbnails).added).toHaveLength(1);
});

test('schedulers are kept, changed and removed, and their next job is there to run', async () => {
  const module = await start();
  const { queue } = module.get(Photos);
  await queue.upsertJobScheduler('nightly', { every: 1_000 }, { name: 'resize', data: { id: 1 } });
  await queue.upsertJobScheduler('nightly', { every: 5_000 }, { name: 'resize', data: { id: 2 } });
  expect(await queue.getJobSchedulers()).toMatchObject([
    { key: 'nightly', every: 5_000, template: { data: { id: 2 } } },
  ]);
  const recorded = recordedQueues(module).of(thumbnails);
  expect(recorded.added).toEqual([{ name: 'resize', data: { id: 2 }, options: {} }]);
  expect(await recorded.run()).toBe('2 0 false');
  expect(await queue.removeJobScheduler('nightly')).toBe(true);
  expect(await queue.getJobSchedulers()).toEqual([]);
});

test('flows are recorded queue by queue, and a parent waits for its children', async () => {
  const module = await start();
  await module.get(Coordinator).flows.add({
    ...{ name: 'done', queueName: 'shop-mails', data: {} },
    children: [{ name: 'resize', queueName: 'shop-thumbnails', data: { id: 3 } }],
  });
  const queues = recordedQueues(module);
  expect(queues.of('mails').added[0]).toMatchObject({
    children: [{ queue: 'shop-thumbnails', name: 'resize' }],
  });
  expect(queues.of(thumbnails).added[0]).toMatchObject({ parent: { name: 'done' } });
  const [parent] = queues.of('mails').jobs;
  expect(await parent!.getState()).toBe('waiting-children');
  await queues.of(thumbnails).runAll();
  expect(await parent!.getState()).toBe('waiting');
  expect(Object.values(await parent!.getChildrenValues())).toEqual(['3 0 false']);
});

test('what waits for the end of a job hears of it, and so do listeners', async () => {
  const module = await start();
  const { queue } = module.get(Photos);
  const events = module.get(Coordinator).queueEvents('shop-thumbnails');
  const progress = new Promise((resolve) => events.once('progress', resolve));
  const job = await queue.add('resize', { id: 5 });
  const waiting = job.waitUntilFinished(events);
  await recordedQueues(module).of(thumbnails).run();
  expect(await waiting).toBe('5 0 false');
  expect(await progress).toMatchObject({ jobId: '1', data: 50 });
});

test('no socket is opened, whatever options and environment say', async () => {
  const connected: unknown[] = [];
  const server = createServer((socket) => connected.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const url = `redis://127.0.0.1:${port}`;
  vi.stubEnv('REDIS_URL', url);
  for (const given of [undefined, url]) {
    const module = await start(given);
    await module.init();
    await module.get(Photos).upload(1);
    const coordinator = module.get(Coordinator);
    await coordinator.start();
    coordinator.queueEvents('mails');
    expect(coordinator.getRedisHealth().status).toBe('disabled');
    await expect(coordinator.getAllQueueStats()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await module.close();
  }
  expect(connected).toEqual([]);
});

test('a queue for a class that is made by hand', async () => {
  const { queue, ...rest } = recordedQueue(thumbnails);
  expect(rest).toEqual({});
  const job = await queue.add('resize', { id: 4 });
  expect(() => expect(job).toEqual({ id: '2' })).toThrow('deeply equal'); // It can be shown.
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
});

test('a module with real queues is refused', async () => {
  @Module({ imports: [BullMqConsumerModule.forRoot({ logger: false })] })
  class App {}
  const module = await Test.createTestingModule({ imports: [App] }).compile();
  onTestFinished(() => module.close());
  expect(() => recordedQueues(module)).toThrow('withRecordedQueues');
});
