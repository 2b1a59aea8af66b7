/** `BullModule` in place of that of `@nestjs/bullmq`: the same calls, the same jobs. */
import 'reflect-metadata';
import * as peer from '@nestjs/bullmq';
import { Inject, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { FlowProducer, type Job, Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import {
  BullModule,
  BullMqConsumerModule,
  BullRegistrar,
  getFlowProducerToken,
  getQueueOptionsToken,
  getQueueToken,
  getSharedConfigToken,
  InjectQueue,
  OnQueueEvent,
  OnWorkerEvent,
  Processor,
  QueueEventsHost,
  QueueEventsListener,
  type RegisterQueueOptions,
  WorkerHost,
} from 'drover/nestjs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
let other: RedisServer;
beforeAll(async () => {
  [server, other] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(() => Promise.all([server.stop(), other.stop()]));

const here = () => ({ host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null });
const there = () => ({ url: other.url });
const root = () => BullModule.forRoot({ connection: here() });

const SILENT = { log: () => {}, error: () => {}, warn: () => {} };

async function compile(metadata: ModuleMetadata): Promise<TestingModule> {
  const app = await Test.createTestingModule(metadata).setLogger(SILENT).compile();
  onTestFinished(() => app.close());
  return app;
}
const boot = async (metadata: ModuleMetadata): Promise<TestingModule> =>
  (await compile(metadata)).init();

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
const existsOn = (url: string, ...keys: string[]) => ask(url, (redis) => redis.exists(...keys));
const optionsOf = (queue: string, id: string) =>
  ask(server.url, async (redis) =>
    JSON.parse((await redis.hget(`bull:${queue}:${id}`, 'opts')) ?? 'null'),
  );

/** A consumer that remembers its jobs. */
function collector(name: string, options?: object) {
  const seen: Job[] = [];
  @Processor(name, options)
  class Collector extends WorkerHost {
    async process(job: Job): Promise<string> {
      seen.push(job);
      return 'done';
    }
  }
  return { Collector, seen };
}

const resultOf = async (queue: Queue, data: object): Promise<unknown> => {
  const { id } = await queue.add('job', data);
  await until(async () => (await queue.getJobState(id!)) === 'completed', { what: 'its end' });
  return (await queue.getJob(id!))?.returnvalue;
};

test('jobs are those of BullMQ: one attempt, nothing removed, nothing swept', async () => {
  const app = await boot({ imports: [root(), BullModule.registerQueue({ name: 'plain' })] });
  const queue = app.get<Queue>(getQueueToken('plain'));
  const job = await queue.add('a', {});
  expect(await optionsOf('plain', job.id!)).toEqual({ attempts: 0 });
  expect(app.get(Coordinator).queues.retentions.size).toBe(0);
});

test('defaultJobOptions of a queue stand for those of forRoot as a whole, and go into Redis as given', async () => {
  const shared = { attempts: 5, removeOnComplete: 7 };
  const own = { attempts: 2, backoff: { type: 'fixed', delay: 9 }, removeOnFail: { age: 60 } };
  const app = await boot({
    imports: [
      BullModule.forRoot({ connection: here(), defaultJobOptions: shared }),
      BullModule.registerQueue({ name: 'shared' }, { name: 'own', defaultJobOptions: own }),
    ],
  });
  const added = async (name: string) =>
    optionsOf(name, (await app.get<Queue>(getQueueToken(name)).add('a', {})).id!);
  expect(await added('shared')).toEqual(shared);
  expect(await added('own')).toEqual(own);
  // A flow knows nothing of the defaults of its queues, in BullMQ.
  const flow = await app.get(Coordinator).flows.add({ name: 'b', queueName: 'own' });
  expect(await optionsOf('own', flow.job.id!)).toEqual({ attempts: 0 });
});

test('two modules may register a queue: one object for the same options, one for each of others', async () => {
  @Module({ imports: [BullModule.registerQueue({ name: 'twice' })] })
  class A {}
  @Module({ imports: [BullModule.registerQueue({ name: 'twice' })] })
  class B {}
  const defaultJobOptions = { attempts: 4 };
  @Module({ imports: [BullModule.registerQueue({ name: 'twice', defaultJobOptions })] })
  class C {}
  const { Collector, seen } = collector('twice');
  const app = await boot({ imports: [root(), A, B, C], providers: [Collector] });
  const of = (module: new () => object) =>
    app.select(module).get<Queue>(getQueueToken('twice'), { strict: false });
  expect(of(A)).toBeInstanceOf(Queue);
  const queues = [A, B, C].map(of);
  for (const queue of queues) await queue.add('a', {});
  await until(() => seen.length === 3, { what: 'three jobs' });
  expect(app.get(Coordinator).queues.names).toEqual(['twice']);
});

test('a queue without a name, a URL, a database and an instance; all on a socket or two', async () => {
  const instance = new Redis(server.url, { maxRetriesPerRequest: null });
  onTestFinished(() => instance.disconnect());
  const app = await boot({
    imports: [
      root(),
      BullModule.registerQueue(),
      BullModule.registerQueue(
        { name: 'by-url', connection: { url: server.url } },
        { name: 'by-db', connection: { ...here(), db: 3 } },
        { name: 'by-instance', connection: instance },
        { name: 'by-prefix', prefix: 'mine' },
      ),
    ],
  });
  for (const name of ['default', 'by-url', 'by-db', 'by-instance', 'by-prefix'])
    await app.get<Queue>(getQueueToken(name)).add('a', {});
  const keys = ['bull:default:meta', 'bull:by-url:meta', 'bull:by-instance:meta'];
  expect(await existsOn(server.url, ...keys, 'mine:by-prefix:meta')).toBe(4);
  expect(await existsOn(`${server.url}/3`, 'bull:by-db:meta')).toBe(1);
  await app.close();
  expect(await instance.ping()).toBe('PONG');
});

test('without forRoot the queues of one address share a coordinator', async () => {
  const names = ['alone-1', 'alone-2'];
  const app = await boot({
    imports: names.map((name) => BullModule.registerQueue({ name, connection: here() })),
    providers: names.map((name) => collector(name).Collector),
  });
  await app.get<Queue>(getQueueToken('alone-1')).add('a', {});
  const sockets = await ask(server.url, async (redis) =>
    String(await redis.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('name=drover')),
  );
  expect(sockets.length).toBeLessThanOrEqual(3);
});

test('options by useFactory, useClass and useExisting, with imports, inject and extraProviders', async () => {
  @Injectable()
  class Settings {
    readonly connection = here();
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}
  @Injectable()
  class Factory {
    constructor(@Inject(Settings) readonly settings: Settings) {}
    createSharedConfiguration = () => this.settings;
    createRegisterQueueOptions = () => ({
      ...{ connection: here(), defaultJobOptions: { attempts: 9 } },
    });
  }
  @Module({ imports: [SettingsModule], providers: [Factory], exports: [Factory] })
  class FactoryModule {}
  const ways = {
    factory: {
      ...{ imports: [SettingsModule], inject: [Settings, 'extra'] },
      extraProviders: [{ provide: 'extra', useValue: 9 }],
      useFactory: async (settings: Settings, attempts: number) => ({
        ...{ connection: settings.connection, defaultJobOptions: { attempts } },
      }),
    },
    class: { imports: [SettingsModule], useClass: Factory },
    existing: { imports: [FactoryModule], useExisting: Factory },
  };
  for (const [name, way] of Object.entries(ways)) {
    const app = await boot({
      imports: [
        BullModule.forRootAsync(way),
        BullModule.registerQueueAsync({ name, ...way }, { name: `${name}-plain` }),
        BullModule.registerFlowProducerAsync({ name, ...way }),
      ],
    });
    expect((await app.get<Queue>(getQueueToken(name)).add('a', {})).opts.attempts).toBe(9);
    expect(app.get(getFlowProducerToken(name))).toBeInstanceOf(FlowProducer);
    expect(app.get(getQueueOptionsToken(name)).defaultJobOptions).toEqual({ attempts: 9 });
    expect(app.get(getSharedConfigToken()).connection).toEqual(here());
    await app.close();
  }
});

test('two Redis by key, with a queue of the same name in each', async () => {
  const seen: string[] = [];
  @Processor({ name: 'same', configKey: 'there' })
  class There extends WorkerHost {
    async process(job: Job): Promise<void> {
      seen.push(job.name);
    }
  }
  @Injectable()
  class Service {
    constructor(
      @InjectQueue('same') readonly near: Queue,
      @InjectQueue('same', 'there') readonly far: Queue,
    ) {}
  }
  const app = await boot({
    imports: [
      root(),
      BullModule.forRoot('there', { connection: there(), prefix: 'far' }),
      BullModule.registerQueue({ name: 'same' }),
      BullModule.registerFlowProducer({ name: 'far', configKey: 'there' }),
      FarModule,
    ],
    providers: [There, Service],
  });
  const { near, far } = app.get(Service);
  await near.add('near', {});
  await far.add('far', {});
  await app.get<FlowProducer>(getFlowProducerToken('far')).add({ name: 'flow', queueName: 'same' });
  await until(() => seen.length === 2, { what: 'the jobs of the other Redis' });
  expect(seen.toSorted()).toEqual(['far', 'flow']);
  expect(await existsOn(server.url, 'bull:same:meta', 'far:same:meta')).toBe(1);
  expect(await existsOn(other.url, 'far:same:meta')).toBe(1);
});

@Module({
  imports: [BullModule.registerQueue({ name: 'same', configKey: 'there' })],
  exports: [BullModule],
})
class FarModule {}

test('flow producers each are an object of their own, with their name', async () => {
  const parent = collector('parent');
  const child = collector('child');
  const app = await boot({
    imports: [
      root(),
      BullModule.registerQueue({ name: 'parent' }, { name: 'child' }),
      BullModule.registerFlowProducer({ name: 'one' }, { name: 'two' }, {}),
    ],
    providers: [parent.Collector, child.Collector],
  });
  const [one, two] = ['one', 'two'].map((name) =>
    app.get<FlowProducer>(getFlowProducerToken(name)),
  );
  expect([one, two].map((flows) => (flows!.opts as { name?: string }).name)).toEqual([
    'one',
    'two',
  ]);
  await one!.close();
  const children = [{ name: 'c', queueName: 'child' }];
  await two!.add({ name: 'p', queueName: 'parent', children });
  await until(() => parent.seen.length === 1, { what: 'the parent' });
  expect(child.seen.length).toBe(1);
  expect(app.get(getFlowProducerToken())).toBeInstanceOf(FlowProducer);
});

const FILE = new URL('./doubled-job.cjs', import.meta.url);
test.each<[string, NonNullable<RegisterQueueOptions['processors']>[number], boolean]>([
  ['a function', async (job: Job) => ({ doubled: job.data.n * 2, pid: process.pid }), true],
  [
    'an object with a callback',
    { concurrency: 2, callback: async (job) => ({ doubled: job.data.n * 2, pid: process.pid }) },
    true,
  ],
  ['a path', FILE.pathname, false],
  ['a URL', FILE, false],
  ['an object with a path', { path: FILE, concurrency: 2 }, false],
  ['a file in a thread', { path: FILE.pathname, useWorkerThreads: true }, true],
])('%s runs jobs in an application that is not initialised', async (what, processor, isHere) => {
  const name = what.replaceAll(' ', '-');
  const processors = [processor];
  const app = await compile({ imports: [root(), BullModule.registerQueue({ name, processors })] });
  const result = (await resultOf(app.get(getQueueToken(name)), { n: 21 })) as { pid: number };
  expect(result).toEqual({ doubled: 42, pid: expect.any(Number) });
  expect(result.pid === process.pid).toBe(isHere);
});

test('a processor of registerQueue gets its signal where it declares it', async () => {
  const signals: unknown[] = [];
  const callback = async (_: Job, __?: string, signal?: AbortSignal) => signals.push(signal);
  const processors = [callback];
  const app = await compile({
    imports: [root(), BullModule.registerQueue({ name: 'signal', processors })],
  });
  await resultOf(app.get(getQueueToken('signal')), {});
  expect(signals).toEqual([expect.any(AbortSignal)]);
});

test('with manualRegistration consumers and listeners wait for the registrar', async () => {
  const { Collector, seen } = collector('by-hand');
  const extraOptions = { manualRegistration: true };
  const app = await boot({
    imports: [
      BullModule.forRoot({ connection: here(), extraOptions }),
      BullModule.registerQueue({ name: 'by-hand' }),
    ],
    providers: [Collector],
  });
  await app.get<Queue>(getQueueToken('by-hand')).add('a', {});
  expect(() => app.get(Collector).worker).toThrow('has not yet been initialized');
  app.get(BullRegistrar).register();
  await until(() => seen.length === 1, { what: 'the job' });
});

test('with autorun: false a worker takes nothing until run(), and is not replaced for that', async () => {
  const { Collector, seen } = collector('waits', { autorun: false });
  const app = await boot({
    imports: [root(), BullModule.registerQueue({ name: 'waits' })],
    providers: [Collector],
  });
  const queue = app.get<Queue>(getQueueToken('waits'));
  await queue.add('a', {});
  const { workers } = app.get(Coordinator);
  for (let look = 0; look < 3; look += 1) workers.watch();
  expect(workers.workers[0]).toMatchObject({ isPaused: true, rebuilds: 0 });
  expect(await queue.getWaitingCount()).toBe(1);
  void app.get(Collector).worker.run();
  await until(() => seen.length === 1, { what: 'the job' });
  expect(workers.workers[0]?.isPaused).toBe(false);
});

test('consumers and listeners may name another Redis and another prefix', async () => {
  const far = collector('placed', { connection: there(), prefix: 'far' });
  let heard = 0;
  @QueueEventsListener('placed', { connection: there(), prefix: 'far', lastEventId: '0' })
  class Listener extends QueueEventsHost {
    @OnQueueEvent('completed')
    completed(): void {
      heard += 1;
    }
  }
  const app = await boot({
    imports: [root(), BullModule.registerQueue({ name: 'placed' })],
    providers: [far.Collector, Listener],
  });
  const queue = new Queue('placed', { connection: there(), prefix: 'far' });
  onTestFinished(() => queue.close());
  await queue.add('a', {});
  await until(() => far.seen.length === 1 && heard === 1, { what: 'the job and its end' });
  expect(app.get(Coordinator).workers.get('placed')).toEqual([]);
});

test('a consumer works on a queue that no module has registered, as in @nestjs/bullmq', async () => {
  const { Collector, seen } = collector('unregistered');
  await boot({ imports: [root()], providers: [Collector] });
  const queue = new Queue('unregistered', { connection: here() });
  onTestFinished(() => queue.close());
  await queue.add('a', {});
  await until(() => seen.length === 1, { what: 'the job' });
});

test('classes that @nestjs/bullmq has decorated, beside our own', async () => {
  const seen: string[] = [];
  @peer.Processor('mixed', { concurrency: 2 })
  class Theirs extends peer.WorkerHost {
    constructor(
      @peer.InjectQueue('mixed-ours') readonly next: Queue,
      @peer.InjectFlowProducer('mixed') readonly flows: FlowProducer,
    ) {
      super();
    }
    async process(job: Job): Promise<void> {
      seen.push(`theirs ${job.name}`);
      if (job.name === 'first') await this.next.add('second', {});
      else await this.flows.add({ name: 'third', queueName: 'mixed-ours' });
    }
    @peer.OnWorkerEvent('completed')
    done(job: Job): void {
      seen.push(`completed ${job.name}`);
    }
  }
  @Processor('mixed-ours')
  class Ours extends peer.WorkerHost {
    async process(job: Job): Promise<void> {
      seen.push(`ours ${job.name}`);
    }
    @OnWorkerEvent('completed')
    done(job: Job): void {
      seen.push(`completed ${job.name}`);
    }
  }
  @peer.QueueEventsListener('mixed')
  class Listener extends peer.QueueEventsHost {
    @peer.OnQueueEvent('completed')
    done(): void {
      seen.push('heard');
    }
  }
  const app = await boot({
    imports: [
      root(),
      BullModule.registerQueue({ name: 'mixed' }, { name: 'mixed-ours' }),
      BullModule.registerFlowProducer({ name: 'mixed' }),
    ],
    providers: [Theirs, Ours, Listener],
  });
  expect(app.get(Theirs).worker.concurrency).toBe(2);
  const { queueEvents } = app.get(Listener);
  await queueEvents.waitUntilReady();
  const queue = app.get<Queue>(getQueueToken('mixed'));
  await queue.add('first', {});
  await until(() => seen.includes('completed second'), { what: 'the second' });
  await until(
    async () => {
      await queue.add('again', {});
      return seen.includes('heard') && seen.includes('completed third');
    },
    { what: 'a third, and its event' },
  );
  expect(seen.slice(0, 2)).toContain('theirs first');
});

test('what is wired wrongly is said with its module', async () => {
  const failing = (metadata: ModuleMetadata): Promise<string> =>
    Test.createTestingModule(metadata)
      .setLogger(SILENT)
      .compile()
      .then(
        () => 'no error',
        ({ message }) => message,
      );
  @Module({ imports: [BullModule.registerQueue({ name: 'x', configKey: 'nowhere' })] })
  class Photos {}
  expect(await failing({ imports: [root(), Photos] })).toBe(
    'BullModule.registerQueue() of Photos: BullModule: no forRoot() has the key "nowhere": import BullModule.forRoot("nowhere", { connection }) in the root module',
  );
  const connection = { host: 'h', port: -1 };
  @Module({ imports: [BullModule.forRoot({ connection })] })
  class Root {}
  expect(await failing({ imports: [Root] })).toMatch(/^BullModule.forRoot\(\) of Root: redis.port/);
  const useFactory = (): never => {
    throw new Error('no settings');
  };
  @Module({ imports: [BullModule.registerQueueAsync({ name: 'x', useFactory })] })
  class Mails {}
  expect(await failing({ imports: [root(), Mails] })).toBe(
    'BullModule.registerQueueAsync() of Mails, in its options factory: no settings',
  );
  @Module({ imports: [BullMqConsumerModule.forFeature([defineQueue('both')])] })
  class New {}
  @Module({ imports: [BullModule.registerQueue({ name: 'both' })] })
  class Old {}
  expect(await failing({ imports: [root(), New, Old] })).toMatch(
    /of New and Old: queue "both" has a definition and, elsewhere/,
  );
  for (const name of ['queueClass', 'workerClass', 'flowProducerClass'] as const)
    expect(() => {
      BullModule[name] = Queue as never;
    }).toThrow(`BullModule.${name}: BullMQ's own classes cannot be replaced`);
});
