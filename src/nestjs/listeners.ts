/**
 * Finds the classes that listen to the events of a queue among the providers of all modules. All listeners of a queue
 * share one `QueueEvents`, and those of all queues one socket.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { QueueEvents } from 'bullmq';
import { messageOf } from '../errors.ts';
import {
  type ListenerMetadata,
  METADATA,
  metadataOf,
  type QueueEventMetadata,
} from './consumer-metadata.ts';
import { type DecoratedProvider, DecoratedProviders } from './decorated-providers.ts';
import { guardedCall } from './guarded-call.ts';
import { type ListenerOptions, listenerOptionsOf } from './listener-options.ts';
import { nestError } from './nest-error.ts';
import { methodsOf, type ProviderClass } from './provider-class.ts';
import { QUEUE_EVENTS_PROPERTY } from './queue-events-host.ts';
import type { Root } from './root.ts';
import { Roots } from './roots.ts';
import { DEFAULT_KEY } from './tokens.ts';
import { unknownQueue } from './unknown-queue.ts';

/** Registers listeners. */
@Injectable()
export class Listeners {
  readonly #providers: DecoratedProviders<ListenerMetadata>;
  readonly #roots: Roots;

  constructor(@Inject(DiscoveryService) discovery: DiscoveryService, @Inject(Roots) roots: Roots) {
    this.#providers = new DecoratedProviders(discovery, METADATA.queueEventsListener);
    this.#roots = roots;
  }

  /** Registers all that are not yet. Never throws. */
  register(): void {
    for (const provider of this.#providers.findNew()) this.#register(provider);
  }

  #register(provider: DecoratedProvider<ListenerMetadata>): void {
    const { wrapper, type, about, where } = provider;
    const queue = about.queueName || DEFAULT_KEY;
    const root = this.#roots.ofQueue(queue, about.configKey);
    try {
      if (!root) throw unknownQueue({ ...provider, queue }, this.#roots);
      if (wrapper.isTransient || !wrapper.isDependencyTreeStatic())
        throw nestError(
          where,
          'it is made anew for each request, and there is none when an event comes: give it the default scope',
        );
      const { connection, prefix, own } = listenerOptionsOf(about.queueEventsOptions ?? {});
      const place = this.#roots.at(root, { connection, prefix });
      this.#listen({ instance: wrapper.instance, type, where, queue, root: place, own });
    } catch (error) {
      (root ?? this.#roots.all[0])?.coordinator.workers.reject(queue, error);
    }
  }

  #listen({ instance, type, where, queue, root, own }: Listening): void {
    const events: QueueEvents = root.queueEvents(queue, own);
    Object.defineProperty(instance, QUEUE_EVENTS_PROPERTY, { configurable: true, value: events });
    for (const { name, method } of methodsOf(type)) {
      const event = metadataOf<QueueEventMetadata>(METADATA.queueEvent, method)?.eventName;
      if (event === undefined) continue;
      const call = guardedCall(instance, name, (error) =>
        root.coordinator.control.announce('worker.error', {
          ...{ queue, message: `${name} of ${where} threw: ${messageOf(error)}`, repeated: 1 },
        }),
      );
      events.on(event, call);
    }
  }
}

interface Listening {
  readonly instance: object;
  readonly type: ProviderClass;
  readonly where: string;
  readonly queue: string;
  readonly root: Root;
  /** Given where it does not listen as all others do. */
  readonly own: ListenerOptions['own'];
}
