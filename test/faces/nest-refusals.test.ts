/** What is wired wrongly: an error, or a line, that names module and provider and says what to do. */
import { Inject, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Job, Queue } from 'bullmq';
import { Coordinator, defineQueue, type QueueRef } from 'drover';
import {
  BullMqConsumerModule,
  getQueueToken,
  InjectQueue,
  OnDeadLetter,
  OnJob,
  OnQueueEvent,
  OnWorkerEvent,
  Processor,
  QueueConsumer,
  QueueEventsListener,
  WorkerHost,
} from 'drover/nestjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { bootError, moduleOf, startNest } from './nest-apps.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const root = () => BullMqConsumerModule.forRoot({ redisUrl: server.url });
const feature = (...queues: QueueRef[]) => BullMqConsumerModule.forFeature(queues);
const rootOf = (useFactory: () => unknown) =>
  BullMqConsumerModule.forRootAsync({ useFactory: useFactory as never });

const IN_APP = 'BullMqConsumerModule.forRoot() of AppModule';
const inFeature = (...imports: ReturnType<typeof feature>[]) => [
  root(),
  ...imports.map((each, index) =>
    moduleOf(index === 0 ? 'PhotosModule' : 'MailsModule', { imports: [each] }),
  ),
];

test.each<[string, () => unknown[], RegExp]>([
  [
    'a queue named twice',
    () => inFeature(feature('a', 'b', 'a')),
    /forFeature\(\) of PhotosModule: the queue "a" is named twice/,
  ],
  [
    'an undefined queue',
    () => inFeature(feature(undefined as never)),
    /forFeature\(\) of PhotosModule: the queue at index 0 is undefined: .*defineQueue\(\)/,
  ],
  [
    'two definitions of a queue',
    () => inFeature(feature(defineQueue('a')), feature(defineQueue('a'))),
    /forFeature\(\) of PhotosModule and MailsModule: the queue "a" is defined twice: share/,
  ],
  [
    'forFeature without forRoot',
    () => [moduleOf('PhotosModule', { imports: [feature('a')] })],
    /forFeature\(\) of PhotosModule: no forRoot\(\)/,
  ],
  [
    'an unknown configKey',
    () => inFeature(BullMqConsumerModule.forFeature(['a'], { configKey: 'b' })),
    /forFeature\(\) of PhotosModule: no forRoot\(\) has the key "b"/,
  ],
  ['a bad name', () => inFeature(feature('a:b')), /forFeature\(\) of PhotosModule: .*a:b/],
  [
    'a factory that throws',
    () => [
      rootOf(() => {
        throw new Error('no vault');
      }),
    ],
    /forRoot\(\) of AppModule, in its options factory: no vault/,
  ],
  [
    'a factory that rejects',
    () => [
      rootOf(async () => {
        throw new Error('no vault');
      }),
    ],
    /forRoot\(\) of AppModule, in its options factory: no vault/,
  ],
  [
    'a factory that returns nothing',
    () => [rootOf(() => undefined)],
    /forRoot\(\) of AppModule, in its options factory: it returned undefined/,
  ],
  [
    'a factory that returns a string',
    () => [rootOf(async () => 'redis://x')],
    /forRoot\(\) of AppModule, in its options factory: it returned string/,
  ],
  [
    'an unknown option',
    () => [rootOf(() => ({ redisURL: 'x' }))],
    /forRoot\(\) of AppModule: redisURL is no option: did you mean "redisUrl"/,
  ],
  [
    'a prefix that is no string',
    () => [rootOf(() => ({ queueNamePrefix: 7 }))],
    /forRoot\(\) of AppModule: queueNamePrefix must be a string, got 7/,
  ],
  [
    'another Redis under the same key',
    () => [
      root(),
      moduleOf('LibraryModule', {
        imports: [BullMqConsumerModule.forRoot({ redisUrl: 'redis://127.0.0.1:1' })],
      }),
    ],
    /forRoot\(\) of \w+Module: another forRoot\(\) with the key "default" differs/,
  ],
  [
    'other options for the same Redis',
    () => [
      root(),
      moduleOf('LibraryModule', {
        imports: [BullMqConsumerModule.forRoot({ redisUrl: server.url, whenDown: 'wait' })],
      }),
    ],
    /forRoot\(\) of \w+Module: another forRoot\(\) names the same Redis with another `whenDown`/,
  ],
])('%s ends the boot with an error that names the module', async (_name, imports, message) => {
  const error = await bootError({ imports: imports() as never[] });
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
});

test('an invalid URL is told without its password', async () => {
  const error = await bootError({
    imports: [rootOf(() => ({ redisUrl: 'http://me:geheim@h:x' }))],
  });
  expect(error.message).toContain(IN_APP);
  expect(error.message).not.toContain('geheim');
});

test('decorators name the class that has an undefined queue', () => {
  const none = undefined as never;
  expect(() => {
    class Service {
      constructor(@InjectQueue(none) readonly queue: Queue) {}
    }
    return Service;
  }).toThrow('@InjectQueue() of Service: the queue is undefined');
  expect(() => QueueConsumer(none)(class Photos {})).toThrow('@QueueConsumer of Photos');
  expect(() => QueueEventsListener(none)(class Photos {})).toThrow(
    '@QueueEventsListener of Photos',
  );
});

test('each bad consumer is told once, with class and module, and the good ones run', async () => {
  const ran: string[] = [];
  const sized = defineQueue('sized', { jobs: { resize: z.object({}) } });
  class Host {
    process(): void {
      ran.push(this.constructor.name);
    }
  }
  @Processor('photo')
  class Mistyped extends Host {}
  @Processor('nowhere')
  class Nowhere extends Host {}
  @QueueConsumer('empty')
  class Empty {}
  @QueueConsumer('twice')
  class Twice {
    @OnJob('a')
    one(): void {}
    @OnJob('a')
    two(): void {}
  }
  @QueueConsumer(sized)
  class MistypedJob {
    @OnJob('reszie' as never)
    resize(): void {}
  }
  @QueueConsumer(sized)
  class InheritedName {
    @OnJob('constructor' as never, '__proto__' as never)
    resize(): void {}
  }
  @QueueConsumer('events')
  class MistypedEvent extends Host {
    @OnWorkerEvent('complete' as never)
    done(): void {}
  }
  @QueueConsumer('options', { conccurency: 2 } as never)
  class MistypedOption extends Host {}
  @QueueConsumer('noname')
  class NoName {
    @OnJob()
    any(): void {}
  }
  @QueueConsumer('slots', { concurrency: 0 })
  class NoSlots extends Host {}
  @QueueConsumer('both', { concurrency: 2, pool: { max: 2 } } as never)
  class Both extends Host {}
  @QueueConsumer('bull', { stalledInterval: -1 })
  class RefusedByBull extends Host {}
  @QueueConsumer('pooled', { pool: { min: 0, max: 2 } })
  class FirstPool extends Host {}
  @QueueConsumer('pooled', { pool: { min: 0, max: 2 } })
  class SecondPool extends Host {}
  @QueueEventsListener('phots')
  class Deaf {}
  @QueueConsumer('photos')
  class Good extends Host {}
  const photos = moduleOf('PhotosModule', {
    imports: [
      feature(sized, 'photos', 'empty', 'twice', 'slots', 'both', 'bull', 'pooled'),
      feature('events', 'options', 'noname'),
    ],
    providers: [
      ...[MistypedJob, InheritedName, MistypedEvent, MistypedOption, NoName],
      Mistyped,
      Nowhere,
      Empty,
      Twice,
      NoSlots,
      Both,
      RefusedByBull,
      FirstPool,
      SecondPool,
      Deaf,
      Good,
    ],
  });
  const { app, lines } = await startNest({ imports: [root(), photos] });
  await app.get<Queue>(getQueueToken('photos'), { strict: false }).add('job', {});
  await until(() => ran.includes('Good'));
  const told = lines.with('Failed to register');
  const expected = [
    /photo processor: Mistyped of PhotosModule: .* did you mean "photos"\?/,
    /nowhere processor: Nowhere of PhotosModule: there is no queue "nowhere" in this application\. Import/,
    /Empty of PhotosModule: nothing runs its jobs/,
    /Twice of PhotosModule: two methods have @OnJob\("a"\)/,
    /MistypedJob of PhotosModule: @OnJob\("reszie"\): queue "sized" has no job of this name: did you mean "resize"\?/,
    /InheritedName of PhotosModule: @OnJob\("constructor"\): queue "sized" has no job of this name \(it has resize\)/,
    /MistypedEvent of PhotosModule: @OnWorkerEvent\("complete"\): .* did you mean "completed"\?/,
    /MistypedOption of PhotosModule: conccurency is no option of a worker: did you mean "concurrency"\?/,
    /NoName of PhotosModule: @OnJob\(\) of any names no job/,
    /NoSlots of PhotosModule: concurrency must be at least 1, got 0/,
    /Both of PhotosModule: concurrency and pool cannot both be given/,
    /RefusedByBull of PhotosModule: .*stalledInterval/,
    /SecondPool of PhotosModule: queue "pooled" has a pool in this process already/,
    /Deaf of PhotosModule: there is no queue "phots" in this application: did you mean "photos"\?/,
  ];
  for (const pattern of expected)
    expect(
      told.filter((line) => pattern.test(line)),
      `${pattern} in\n${told.join('\n')}`,
    ).toHaveLength(1);
  expect(told).toHaveLength(expected.length);
});

test('a consumer is registered once for itself and its alias, and once more in another module', async () => {
  @Processor('photos')
  class Photos extends WorkerHost {
    async process(): Promise<void> {}
  }
  const again = moduleOf('AgainModule', { providers: [Photos] });
  const { app } = await startNest({
    imports: [root(), feature('photos'), again],
    providers: [{ provide: 'alias', useExisting: Photos }, Photos],
  });
  const { workers } = app.get(Coordinator);
  expect(workers.get('photos')).toHaveLength(2);
  const ofAlias = app.get<Photos>('alias').worker;
  const ofOther = app.select(again).get(Photos, { strict: true }).worker;
  expect(ofAlias === ofOther).toBe(false);
  expect(workers.get('photos').includes(ofAlias)).toBe(true);
});

test('what listeners throw is told, and jobs and other listeners go on', async () => {
  const seen: string[] = [];
  @QueueConsumer('photos', { concurrency: 2 })
  class Photos {
    process(job: Job): void {
      if (job.name === 'bad') throw new Error('bad job');
    }
    @OnWorkerEvent('active')
    sync(): never {
      throw new Error('sync worker');
    }
    @OnWorkerEvent('completed')
    async async(): Promise<never> {
      throw new Error('async worker');
    }
    @OnDeadLetter()
    async dead(): Promise<never> {
      throw new Error('dead letter');
    }
  }
  @QueueEventsListener('photos')
  class Listener {
    @OnQueueEvent('completed')
    sync(): never {
      seen.push('completed');
      throw new Error('sync event');
    }
    @OnQueueEvent('failed')
    async async(): Promise<never> {
      seen.push('failed');
      throw new Error('async event');
    }
  }
  const { app, lines } = await startNest({
    imports: [root(), feature('photos')],
    providers: [Photos, Listener],
  });
  await app.get(Coordinator).queueEvents('photos').waitUntilReady();
  const queue = app.get<Queue>(getQueueToken('photos'));
  await queue.add('good', {});
  await queue.add('bad', {}, { attempts: 1 });
  await queue.add('good', {});
  await until(() => seen.length === 3);
  for (const [where, error] of [
    ['sync of Photos of AppModule', 'sync worker'],
    ['async of Photos of AppModule', 'async worker'],
    ['dead of Photos of AppModule', 'dead letter'],
    ['sync of Listener of AppModule', 'sync event'],
    ['async of Listener of AppModule', 'async event'],
  ])
    await until(() => lines.with(`${where} threw: ${error}`).length > 0, {
      timeoutMs: 3_000,
      what: `${where} in ${lines.all.join('\n')}`,
    });
});

test('a listener that would be made anew each time is told', async () => {
  @QueueConsumer('photos', { scope: Scope.TRANSIENT })
  class Photos {
    process(): void {}
    @OnWorkerEvent('completed')
    done(): void {}
  }
  const { lines } = await startNest({ imports: [root(), feature('photos')], providers: [Photos] });
  expect(
    lines.with('Photos of AppModule is made anew for each job, so its done hears no events'),
  ).toHaveLength(1);
});

test('a consumer that cannot be made ends the boot, one of a job fails that job alone', async () => {
  const failed: string[] = [];
  @Processor('photos')
  class Never extends WorkerHost {
    constructor() {
      super();
      throw new Error('no camera');
    }
    async process(): Promise<void> {}
  }
  const error = await bootError({ imports: [root(), feature('photos')], providers: [Never] });
  expect(error.message).toBe('no camera');
  @QueueConsumer('scoped', { scope: Scope.REQUEST })
  class PerJob {
    constructor(@Inject(REQUEST) job: Job) {
      if (job.name === 'bad') throw new Error('no darkroom');
    }
    process({ name }: Job): string {
      return name;
    }
  }
  const { app } = await startNest({ imports: [root(), feature('scoped')], providers: [PerJob] });
  const queue = app.get<Queue>(getQueueToken('scoped'));
  const events = app.get(Coordinator).queueEvents('scoped');
  const bad = await queue.add('bad', {}, { attempts: 1 });
  await bad.waitUntilFinished(events).catch(({ message }) => failed.push(message));
  const good = await queue.add('good', {});
  expect(await good.waitUntilFinished(events)).toBe('good');
  expect(failed).toEqual(['no darkroom']);
});

test('with backgroundJobs: false queues work and there is no worker', async () => {
  @Processor('web')
  class Web extends WorkerHost {
    async process(): Promise<void> {}
  }
  const { app, lines } = await startNest({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: server.url, backgroundJobs: false }),
      feature('web'),
    ],
    providers: [Web],
  });
  await app.get<Queue>(getQueueToken('web')).add('job', {});
  expect(() => app.get(Web).worker).toThrow(/backgroundJobs: false/);
  expect(lines.with('Failed')).toEqual([]);
});
