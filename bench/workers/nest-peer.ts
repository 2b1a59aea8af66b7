/**
 * The Nest application on `@nestjs/bullmq`, as its documentation writes one: connection options for everything.
 *
 * All that can fail has a listener for errors, which is what a careful user adds: without one they are printed raw.
 */
import {
  BullModule,
  getQueueToken,
  OnQueueEvent,
  OnWorkerEvent,
  Processor,
  QueueEventsHost,
  QueueEventsListener,
  WorkerHost,
} from '@nestjs/bullmq';
import { Module, type Provider, type Type } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { serveNest, type Wanted } from '../harness/nest-process.ts';

function rootModule({ url, queues, concurrency, run }: Wanted): Type {
  const { hostname: host, port } = new URL(url);
  const providers = queues.flatMap((name) => [
    consumerOf(name, concurrency, run),
    listenerOf(name),
    quietQueue(name),
  ]);
  @Module({
    imports: [
      BullModule.forRoot({ connection: { host, port: Number(port) } }),
      BullModule.registerQueue(...queues.map((name) => ({ name }))),
    ],
    providers,
  })
  class App {}
  return App;
}

function consumerOf(name: string, concurrency: number, run: () => Promise<void>): Type {
  @Processor(name, { concurrency })
  class Consumer extends WorkerHost {
    override process(): Promise<void> {
      return run();
    }

    @OnWorkerEvent('error')
    onError(): void {}
  }
  return Consumer;
}

function listenerOf(name: string): Type {
  @QueueEventsListener(name)
  class Listener extends QueueEventsHost {
    @OnQueueEvent('completed')
    onCompleted(): void {}

    @OnQueueEvent('error')
    onError(): void {}
  }
  return Listener;
}

function quietQueue(name: string): Provider {
  return {
    provide: `errors of ${name}`,
    inject: [getQueueToken(name)],
    useFactory: (queue: Queue) => queue.on('error', () => undefined),
  };
}

serveNest(rootModule);
