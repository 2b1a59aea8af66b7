/**
 * The Nest application on `drover/nestjs`.
 */
import { Module, type Type } from '@nestjs/common';
import {
  BullMqConsumerModule,
  OnQueueEvent,
  Processor,
  QueueEventsHost,
  QueueEventsListener,
  WorkerHost,
} from 'drover/nestjs';
import { serveNest, type Wanted } from '../harness/nest-process.ts';

const SHUTDOWN_TIMEOUT_MS = 2_000;

function rootModule({ url, queues, concurrency, run }: Wanted): Type {
  const providers = queues.flatMap((name) => [
    consumerOf(name, concurrency, run),
    listenerOf(name),
  ]);
  @Module({
    imports: [
      BullMqConsumerModule.forRoot({ redisUrl: url, shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS }),
      BullMqConsumerModule.forFeature([...queues]),
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
  }
  return Consumer;
}

function listenerOf(name: string): Type {
  @QueueEventsListener(name)
  class Listener extends QueueEventsHost {
    @OnQueueEvent('completed')
    onCompleted(): void {}
  }
  return Listener;
}

serveNest(rootModule);
