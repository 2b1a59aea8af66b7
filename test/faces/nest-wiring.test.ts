/** How the module is imported: options from everywhere, several Redis, prefixes, shared sockets. */
import { Injectable } from '@nestjs/common';
import type { FlowProducer, Job, Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import {
  BullMqConsumerModule,
  type ConsumerModuleOptions,
  getCoordinatorToken,
  getFlowProducerToken,
  getQueueToken,
  InjectFlowProducer,
  OnJob,
  OnQueueEvent,
  Processor,
  QueueConsumer,
  QueueEventsListener,
  WorkerHost,
} from 'drover/nestjs';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { moduleOf, startNest } from './nest-apps.ts';

let server: RedisServer;
let other: RedisServer;
beforeAll(async () => {
  [server, other] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(() => Promise.all([server.stop(), other.stop()]));

class MadeOptions {
  createConsumerOptions(): ConsumerModuleOptions {
    return { redisUrl: server.url, queueNamePrefix: 'made' };
  }
}
const optionsModule = moduleOf('OptionsModule', {
  providers: [MadeOptions, { provide: 'URL', useFactory: () => server.url }],
  exports: [MadeOptions, 'URL'],
});

test.each([
  [
    'forRoot',
    () =>
      BullMqConsumerModule.forRoot({
        redisUrl: server.url,
        queueNamePrefix: 'made',
        isGlobal: true,
      }),
  ],
  [
    'useFactory with inject and imports',
    () =>
      BullMqConsumerModule.forRootAsync({
        ...{ imports: [optionsModule], inject: ['URL'] },
        useFactory: async (redisUrl: string) => ({ redisUrl, queueNamePrefix: 'made' }),
      }),
  ],
  ['useClass', () => BullMqConsumerModule.forRootAsync({ useClass: MadeOptions })],
  [
    'useExisting',
    () => BullMqConsumerModule.forRootAsync({ imports: [optionsModule], useExisting: MadeOptions }),
  ],
])('%s names the Redis', async (_name, root) => {
  const { app } = await startNest({
    imports: [root(), BullMqConsumerModule.forFeature(['photos'])],
  });
  const queue = app.get<Queue>(getQueueToken('photos'), { strict: false });
  const job = await queue.add('resize', {});
  expect(await createClient(server).exists(`bull:made-photos:${job.id}`)).toBe(1);
});

test('isGlobal decides where the coordinator can be injected', async () => {
  const Asking = class {
    constructor(readonly coordinator: Coordinator) {}
  };
  const far = moduleOf('FarModule', {
    providers: [
      { provide: 'asking', inject: [Coordinator], useFactory: (c: Coordinator) => new Asking(c) },
    ],
  });
  const of = (isGlobal: boolean) =>
    startNest({ imports: [BullMqConsumerModule.forRoot({ redisUrl: server.url, isGlobal }), far] });
  const { app } = await of(true);
  expect(app.get('asking', { strict: false }).coordinator).toBeInstanceOf(Coordinator);
  await expect(of(false)).rejects.toThrow(/FarModule/);
});

test('two Redis under keys, with a queue of the same name in both', async () => {
  const ran: string[] = [];
  @Processor('photos')
  class Near extends WorkerHost {
    async process(job: Job): Promise<void> {
      ran.push(`near ${job.name}`);
    }
  }
  @Processor({ name: 'photos', configKey: 'archive' })
  class Far extends WorkerHost {
    async process(job: Job): Promise<void> {
      ran.push(`far ${job.name}`);
    }
  }
  const { app } = await startNest({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: server.url, prefix: 'two' }),
      BullMqConsumerModule.forRoot({ redisUrl: other.url, prefix: 'two', configKey: 'archive' }),
      BullMqConsumerModule.forFeature(['photos']),
      BullMqConsumerModule.forFeature(['photos'], { configKey: 'archive' }),
    ],
    providers: [Near, Far],
  });
  await app.get<Queue>(getQueueToken('photos')).add('a', {});
  await app.get<Queue>(getQueueToken('photos', 'archive')).add('b', {});
  await until(() => ran.length === 2);
  expect(ran.toSorted()).toEqual(['far b', 'near a']);
  expect(await createClient(other).exists('two:photos:meta')).toBe(1);
  expect(app.get(getCoordinatorToken('archive'))).not.toBe(app.get(Coordinator));
});

test('with a prefix of names jobs, flows, listeners and definitions find each other', async () => {
  const heard: string[] = [];
  const parents = defineQueue('parents', { job: { attempts: 7 } });
  @QueueConsumer(parents)
  class Parents {
    @OnJob('sum')
    async sum(job: Job): Promise<number> {
      const values = Object.values(await job.getChildrenValues());
      return values.length;
    }
  }
  @Processor('children')
  class Children extends WorkerHost {
    async process(): Promise<number> {
      return 1;
    }
  }
  @QueueEventsListener(parents)
  class Listener {
    @OnQueueEvent('completed')
    completed({ returnvalue }: { returnvalue: string }): void {
      heard.push(`completed ${returnvalue}`);
    }
  }
  const { app } = await startNest({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: server.url, queueNamePrefix: 'shop' }),
      BullMqConsumerModule.forFeature([parents, 'children']),
    ],
    providers: [Parents, Children, Listener],
  });
  const queue = app.get<Queue>(getQueueToken(parents));
  expect([queue.name, queue.defaultJobOptions.attempts]).toEqual(['shop-parents', 7]);
  const flows: FlowProducer = app.get(getFlowProducerToken());
  const events = app.get(Coordinator).queueEvents('shop-parents');
  await events.waitUntilReady();
  const { job } = await flows.add(
    {
      ...{ name: 'sum', queueName: 'parents' },
      children: [
        { name: 'x', queueName: 'children' },
        { name: 'y', queueName: 'children' },
      ],
    },
    { queuesOptions: { children: { defaultJobOptions: { priority: 9 } } } },
  );
  await until(() => heard.length === 1);
  expect(heard).toEqual(['completed 2']);
  // The whole name of a registered queue is not prefixed once more.
  await flows.add({
    ...{ name: 'sum', queueName: queue.name },
    children: [{ name: 'x', queueName: app.get<Queue>(getQueueToken('children')).name }],
  });
  await until(() => heard.length === 2);
  expect(heard[1]).toBe('completed 1');
  const tree = await flows.getFlow({ queueName: 'parents', id: job.id! });
  expect(tree.children?.map(({ job: child }) => child.opts.priority)).toEqual([9, 9]);
});

test('a module that uses queues has the shared flow producer injected, and so has each other one', async () => {
  @Injectable()
  class Albums {
    constructor(@InjectFlowProducer() readonly flows: FlowProducer) {}
  }
  const using = (name: string) =>
    moduleOf(name, {
      imports: [BullMqConsumerModule.forFeature(['photos'])],
      providers: [Albums],
    });
  const [first, second] = [using('FirstModule'), using('SecondModule')];
  const { app } = await startNest({
    imports: [BullMqConsumerModule.forRoot({ redisUrl: server.url }), first, second],
  });
  const flowsOf = (module: typeof first): FlowProducer =>
    app.select(module).get(Albums, { strict: true }).flows;
  expect(flowsOf(first)).toBe(app.get(Coordinator, { strict: false }).flows);
  expect(flowsOf(second)).toBe(flowsOf(first));
});

test('a queue that one module names and another one defines is the defined one, in either order', async () => {
  const photos = defineQueue('photos', { jobs: { resize: z.object({ id: z.number() }) } });
  const named = moduleOf('NamedModule', { imports: [BullMqConsumerModule.forFeature(['photos'])] });
  const defined = moduleOf('DefinedModule', {
    imports: [BullMqConsumerModule.forFeature([photos])],
  });
  for (const features of [
    [named, defined],
    [defined, named],
  ]) {
    const { app } = await startNest({
      imports: [BullMqConsumerModule.forRoot({ redisUrl: server.url }), ...features],
    });
    const queue = app.get<Queue>(getQueueToken('photos'), { strict: false });
    await expect(queue.add('resize', { id: 'seven' })).rejects.toMatchObject({
      code: 'DATA_INVALID',
    });
  }
});

test('two roots, 5 queues, 5 workers and 5 listeners have 3 connections', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const consumers = names.map((name) => {
    @Processor(name)
    class Consumer extends WorkerHost {
      async process(): Promise<void> {}
    }
    return Consumer;
  });
  const listeners = names.map((name) => {
    @QueueEventsListener(name)
    class Listener {
      @OnQueueEvent('completed')
      completed(): void {}
    }
    return Listener;
  });
  const root = () => BullMqConsumerModule.forRoot({ redisUrl: server.url, name: 'counted' });
  const library = moduleOf('LibraryModule', {
    imports: [root(), BullMqConsumerModule.forFeature(['a'])],
  });
  const { app } = await startNest({
    imports: [root(), library, BullMqConsumerModule.forFeature(names)],
    providers: [...consumers, ...listeners],
  });
  const client = createClient(server);
  const count = async () =>
    String(await client.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('counted:')).length;
  const coordinator = app.get(Coordinator);
  await Promise.all(names.map((name) => coordinator.queueEvents(name).waitUntilReady()));
  for (const name of names) await coordinator.queue(name).add('job', {});
  await until(async () => (await coordinator.queue('e').getCompletedCount()) === 1);
  expect(await count()).toBe(3);
  await app.close();
  await until(async () => (await count()) === 0);
});

test('the connection is opened for the first queue, not by the module', async () => {
  const client = createClient(server);
  const names = async () => String(await client.client('LIST'));
  const root = (name: string) => BullMqConsumerModule.forRoot({ redisUrl: server.url, name });
  const { app } = await startNest({ imports: [root('late')] });
  await startNest({ imports: [root('soon'), BullMqConsumerModule.forFeature(['photos'])] });
  await until(async () => (await names()).includes('soon:'));
  expect(await names()).not.toMatch(/late:/);
  await app.get(Coordinator).queue('photos').add('job', {});
  expect(await names()).toMatch(/late:/);
});

test('REDIS_URL of the environment is used when the factory gives none', async () => {
  vi.stubEnv('REDIS_URL', server.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { app } = await startNest({
    imports: [
      BullMqConsumerModule.forRootAsync({
        useFactory: () => ({ redisUrl: undefined, prefix: 'env' }) as never,
      }),
      BullMqConsumerModule.forFeature(['photos']),
    ],
  });
  await app.get<Queue>(getQueueToken('photos')).add('job', {});
  expect(await createClient(server).exists('env:photos:meta')).toBe(1);
});

test('two applications with the same classes do not disturb each other', async () => {
  const ran: string[] = [];
  @Injectable()
  @Processor('shared')
  class Shared extends WorkerHost {
    async process(job: Job): Promise<void> {
      ran.push(`${this.worker.opts.prefix} ${job.name}`);
    }
  }
  const of = (prefix: string) =>
    startNest({
      imports: [
        BullMqConsumerModule.forRoot({ redisUrl: server.url, prefix }),
        BullMqConsumerModule.forFeature(['shared']),
      ],
      providers: [Shared],
    });
  const [first, second] = [await of('one'), await of('other')];
  const add = (app: typeof first.app, name: string) =>
    app.get<Queue>(getQueueToken('shared')).add(name, {});
  await add(first.app, 'a');
  await add(second.app, 'b');
  await until(() => ran.length === 2);
  await first.app.close();
  await add(second.app, 'c');
  await until(() => ran.length === 3);
  expect(ran.toSorted()).toEqual(['one a', 'other b', 'other c']);
});
