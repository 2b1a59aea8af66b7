/** Start and stop with the application: hooks of Nest, signals, Redis that is away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { Job, Queue } from 'bullmq';
import { Coordinator } from 'drover';
import {
  BullMqConsumerModule,
  BullRegistrar,
  type ConsumerModuleOptions,
  getQueueToken,
  InjectQueue,
  Processor,
  WorkerHost,
} from 'drover/nestjs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { startApp } from '../support/child-app.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { Lines, moduleOf, startNest } from './nest-apps.ts';

const CHILD = fileURLToPath(new URL('nest-child.mjs', import.meta.url));

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const imports = (options: ConsumerModuleOptions, ...queues: string[]) => [
  BullMqConsumerModule.forRoot(options),
  BullMqConsumerModule.forFeature(queues),
];
const child = (env: Record<string, string>) =>
  startApp(CHILD, { env: { URL_OF_REDIS: server.url, ...env } });

test('without a Redis one line says so, adds follow their policy, consumers wait, it closes', async () => {
  @Processor('photos')
  class Photos extends WorkerHost {
    async process(): Promise<void> {}
  }
  const { app, lines } = await startNest({ imports: imports({}, 'photos'), providers: [Photos] });
  expect(lines.with('Redis not configured')).toHaveLength(1);
  expect(lines.with('redisUrl')).toHaveLength(1);
  await expect(app.get<Queue>(getQueueToken('photos')).add('job', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
  expect(() => app.get(Photos).worker).toThrow(/no Redis is configured/);
  await app.close();
});

test('without a Redis a queue that spools keeps what is added', async () => {
  const path = mkdtempSync(join(tmpdir(), 'drover-nest-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const options = { whenDown: 'spool', spool: { path } } as const;
  const { app } = await startNest({ imports: imports(options, 'photos') });
  await app.get<Queue>(getQueueToken('photos')).add('job', {});
  expect(app.get(Coordinator).spool).toMatchObject({ jobs: 1 });
  await app.close();
});

test('jobs begin after every onModuleInit, and none after the first onModuleDestroy', async () => {
  const order: string[] = [];
  const initialised = createDeferred<void>();
  const destroyed = createDeferred<void>();
  @Processor('ordered')
  class Ordered extends WorkerHost {
    async process(job: Job): Promise<void> {
      order.push(job.name);
    }
  }
  class Slow {
    async onModuleInit(): Promise<void> {
      order.push('init begins');
      await initialised.promise;
      order.push('init ends');
    }
    async onModuleDestroy(): Promise<void> {
      order.push('destroy begins');
      await destroyed.promise;
      order.push('destroy ends');
    }
  }
  const redis = { redisUrl: server.url };
  const seed = await startNest({ imports: imports(redis, 'ordered') });
  const queue = seed.app.get<Queue>(getQueueToken('ordered'));
  await queue.add('early', {});
  const starting = startNest({ imports: imports(redis, 'ordered'), providers: [Ordered, Slow] });
  await until(() => order.length === 1);
  await until(async () =>
    ((await createClient(server).client('LIST')) as string).includes('bullmq-command'),
  );
  // Whoever takes jobs now would take this one before the round trips that follow.
  for (let trip = 0; trip < 20; trip += 1) await queue.getWaitingCount();
  initialised.resolve();
  const { app } = await starting;
  await until(() => order.includes('early'));
  expect(order).toEqual(['init begins', 'init ends', 'early']);
  const closing = app.close();
  await until(() => order.includes('destroy begins'));
  await queue.add('late', {});
  for (let trip = 0; trip < 20; trip += 1) await queue.getWaitingCount();
  destroyed.resolve();
  await closing;
  expect(order.slice(3)).toEqual(['destroy begins', 'destroy ends']);
  expect(await queue.getWaitingCount()).toBe(1);
});

test('jobs and requests that are under way while it drains can still add jobs', async () => {
  const begun = createDeferred<void>();
  const drains = createDeferred<void>();
  const asked = createDeferred<void>();
  const answers = createDeferred<void>();
  const added: string[] = [];
  @Processor('first')
  class First extends WorkerHost {
    constructor(@InjectQueue('second') readonly second: Queue) {
      super();
    }
    async process(): Promise<void> {
      begun.resolve();
      await drains.promise;
      await this.second.add('of a job', {});
      added.push('of a job');
    }
  }
  @Controller('add')
  class Adding {
    constructor(@InjectQueue('second') readonly second: Queue) {}
    @Get()
    async add(): Promise<string> {
      asked.resolve();
      await answers.promise;
      await this.second.add('of a request', {});
      added.push('of a request');
      return 'added';
    }
  }
  const AppModule = moduleOf('AppModule', {
    imports: imports({ redisUrl: server.url }, 'first', 'second'),
    ...{ providers: [First], controllers: [Adding] },
  });
  const app = await NestFactory.create(AppModule, { logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const answer = fetch(`${await app.getUrl()}/add`, { headers: { connection: 'close' } });
  const coordinator = app.get(Coordinator);
  const stopping = new Promise<void>((resolve) => {
    coordinator.on('coordinator.stopping', () => resolve());
  });
  await app.get<Queue>(getQueueToken('first')).add('job', {});
  await Promise.all([begun.promise, asked.promise]);
  const closing = app.close();
  await stopping;
  drains.resolve();
  await until(() => added.length === 1);
  answers.resolve();
  expect(await (await answer).text()).toBe('added');
  await closing;
  expect(added).toEqual(['of a job', 'of a request']);
  const client = createClient(server);
  expect(await client.llen('bull:second:wait')).toBe(2);
});

test('made and never initialised, closed twice, initialised twice', async () => {
  const metadata = { imports: imports({ redisUrl: server.url, name: 'twice' }, 'photos') };
  const made = await Test.createTestingModule(metadata).compile();
  await made.close();
  await made.close();
  const app = await Test.createTestingModule(metadata).compile();
  await app.init();
  await app.init();
  await app.close();
  await app.close();
  const client = createClient(server);
  await until(async () => !String(await client.client('LIST')).includes('twice:'));
});

test('a start that fails takes no job, and closing ends what it has opened', async () => {
  const { Photos, ran } = working();
  const failing = {
    provide: 'failing',
    useValue: { onModuleInit: () => Promise.reject(new Error('no vault')) },
  };
  const app = await Test.createTestingModule({
    imports: imports({ redisUrl: server.url, name: 'failing', prefix: 'failing' }, 'photos'),
    providers: [Photos, failing],
  }).compile();
  await app.get<Queue>(getQueueToken('photos')).add('job', {});
  await expect(app.init()).rejects.toThrow('no vault');
  await app.close();
  const client = createClient(server);
  await until(async () => !String(await client.client('LIST')).includes('failing:'));
  expect([ran, await client.llen('failing:photos:wait')]).toEqual([[], 1]);
});

test('with manualRegistration consumers wait for the registrar, which may be called twice', async () => {
  const { Photos, ran } = working();
  const { app, lines } = await startNest({
    imports: [
      BullMqConsumerModule.forRoot({
        ...{ redisUrl: server.url, prefix: 'by-hand', manualRegistration: true },
      }),
      BullMqConsumerModule.forFeature(['photos']),
    ],
    providers: [Photos],
  });
  await app.get<Queue>(getQueueToken('photos')).add('job', {});
  const { workers } = app.get(Coordinator);
  expect(workers.get('photos')).toEqual([]);
  const registrar = app.get(BullRegistrar);
  registrar.register();
  await until(() => ran.length === 1);
  registrar.register();
  expect(workers.get('photos')).toHaveLength(1);
  expect(lines.with('Failed')).toEqual([]);
});

/** Accepts and never says a word. */
async function blackHole(): Promise<{ url: string; hole: Server }> {
  const hole = createServer(() => {});
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void hole.close());
  return { hole, url: `redis://127.0.0.1:${(hole.address() as { port: number }).port}` };
}

function working() {
  const ran: string[] = [];
  @Processor('photos')
  class Photos extends WorkerHost {
    async process(job: Job): Promise<void> {
      ran.push(job.name);
      if (job.name === 'endless') await new Promise(() => {});
    }
  }
  return { Photos, ran };
}

test('a Redis that never answers holds up neither the start nor the end', async () => {
  const { url } = await blackHole();
  const { Photos } = working();
  const { app } = await startNest({
    imports: imports({ redisUrl: url, shutdownTimeoutMs: '2s' }, 'photos'),
    providers: [Photos],
  });
  await app.close();
});

test('jobs run when the Redis comes that was not there at the start', async () => {
  const port = await reserve();
  const { Photos, ran } = working();
  const { app } = await startNest({
    imports: imports({ redisUrl: `redis://127.0.0.1:${port}`, whenDown: 'wait' }, 'photos'),
    providers: [Photos],
  });
  const adding = app.get<Queue>(getQueueToken('photos')).add('job', {});
  const late = await startRedis({ port });
  onTestFinished(() => late.stop());
  await adding;
  await until(() => ran.length === 1);
});

test.each(['kill', 'freeze'] as const)(
  'it closes by its deadline when the Redis was hit by %s',
  async (how) => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const { Photos, ran } = working();
    const { app } = await startNest({
      imports: imports({ redisUrl: own.url, shutdownTimeoutMs: '2s' }, 'photos'),
      providers: [Photos],
    });
    await app.get<Queue>(getQueueToken('photos')).add('endless', {});
    await until(() => ran.length === 1);
    await own[how]();
    await app.close();
  },
);

test.each([
  ['with Redis', {}],
  ['without one that can be reached', { URL_OF_REDIS: 'redis://127.0.0.1:1' }],
])('a process ends by itself after close, %s', async (_name, env) => {
  await using app = child({ CLOSES: '1', ...env });
  await app.line('closed');
  expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('SIGTERM lets the running job finish, and the next process goes on', async () => {
  const queue = (
    await startNest({ imports: imports({ redisUrl: server.url }, 'photos') })
  ).app.get<Queue>(getQueueToken('photos'));
  await queue.obliterate({ force: true });
  await using first = child({ HOOKS: '1' });
  await first.line('ready');
  await queue.add('long', { ms: 1_000 });
  await queue.add('next', { ms: 1 });
  await first.line('began long');
  first.kill('SIGTERM');
  // Nest ends the process by the signal itself, when all hooks have ended.
  expect(await first.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(first.output).toContain('ended long');
  expect(first.output.join()).not.toMatch(/began next|Nobody listens/);
  await using second = child({ HOOKS: '1' });
  await second.line('ended next');
  expect(second.output.join()).not.toContain('long');
});

test('missing shutdown hooks are told once, where there are consumers and no hooks', async () => {
  await using without = child({});
  await using hooks = child({ HOOKS: '1' });
  await using idle = child({ CONSUMERS: '0' });
  await Promise.all([
    without.line(/Nobody listens for SIGTERM and SIGINT/),
    hooks.line('ready'),
    idle.line('ready'),
  ]);
  // The others have had the same time and more by the end of another one.
  await using again = child({});
  await again.line('Nobody listens');
  expect(without.output.filter((line) => line.includes('Nobody listens'))).toHaveLength(1);
  expect([...hooks.output, ...idle.output].join()).not.toContain('Nobody listens');
});

test("lines arrive at Nest's logger, and `logger: false` silences them", async () => {
  const of = (logger: false | undefined) =>
    Test.createTestingModule({
      imports: imports(
        { redisUrl: 'redis://127.0.0.1:1', ...(logger === false && { logger }) },
        'photos',
      ),
    }).compile();
  for (const logger of [undefined, false] as const) {
    const app = await of(logger);
    const lines = new Lines();
    app.useLogger(lines);
    await app.init();
    let errors = 0;
    app.get(Coordinator).on('connection.error', () => {
      errors += 1;
    });
    await until(() => errors > 0);
    await app.close();
    expect(lines.with('Redis error').length > 0).toBe(logger === undefined);
  }
});
