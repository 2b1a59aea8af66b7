/**
 * Finds the classes that listen to the events of a queue among the providers of all modules. All listeners of a queue
 * share one `QueueEvents`, and those of all queues one socket.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { QueueEvents } from 'bullmq';
import { messageOf } from '../errors.ts';
import {
  type ListenerMetadata,
  METADATA,
  metadataOf,
  type QueueEventMetadata,
} from './consumer-metadata.ts';
import { guardedCall } from './guarded-call.ts';
import { type ListenerOptions, listenerOptionsOf } from './listener-options.ts';
import { nestError } from './nest-error.ts';
import { classOf, inWords, methodsOf, type ProviderClass } from './provider-class.ts';
import { QUEUE_EVENTS_PROPERTY } from './queue-events-host.ts';
import type { Root } from './root.ts';
import { Roots } from './roots.ts';
import { DEFAULT_KEY } from './tokens.ts';

/** Registers listeners. */
@Injectable()
export class Listeners {
  readonly #discovery: DiscoveryService;
  readonly #roots: Roots;
  readonly #registered = new Set<object>();

  constructor(@Inject(DiscoveryService) discovery: DiscoveryService, @Inject(Roots) roots: Roots) {
    this.#discovery = discovery;
    this.#roots = roots;
  }

  /** Registers all that are not yet. Never throws. */
  register(): void {
    for (const wrapper of this.#discovery.getProviders()) {
      const type = classOf(wrapper);
      const about = metadataOf<ListenerMetadata>(METADATA.queueEventsListener, type);
      if (!type || !about || wrapper.isAlias || this.#registered.has(wrapper.instance)) continue;
      this.#registered.add(wrapper.instance);
      this.#register(wrapper, type, about);
    }
  }

  #register(wrapper: InstanceWrapper, type: ProviderClass, about: ListenerMetadata): void {
    const where = inWords(wrapper, type);
    const queue = about.queueName || DEFAULT_KEY;
    const root = this.#roots.ofQueue(queue, about.configKey);
    try {
      if (!root)
        throw nestError(
          where,
          `there is no queue "${queue}" to listen to: import BullMqConsumerModule.forFeature(["${queue}"]) in ${wrapper.host?.name ?? 'its module'}`,
        );
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
