/**
 * Finds the classes that run jobs among the providers of all modules, and registers each on its own: one that cannot be
 * registered is told, with its class and module, and harms no other.
 *
 * The worker may be replaced when it is stuck, so it is looked up each time; listeners move with it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Job, Worker } from 'bullmq';
import { messageOf } from '../errors.ts';
import type { QueueDefinition } from '../queues/define-queue.ts';
import { isFinalFailure } from '../workers/final-failure.ts';
import type { JobContext } from '../workers/running-job.ts';
import {
  type ConsumerMetadata,
  type ConsumerOptions,
  METADATA,
  metadataOf,
} from './consumer-metadata.ts';
import { consumerOptionsOf } from './consumer-options.ts';
import { type DecoratedProvider, DecoratedProviders } from './decorated-providers.ts';
import { guardedCall } from './guarded-call.ts';
import { jobMethodsOf } from './job-methods.ts';
import { type JobHandler, JobHandlers } from './jobs/job-handlers.ts';
import { nestError } from './nest-error.ts';
import type { Root } from './root.ts';
import { Roots } from './roots.ts';
import { DEFAULT_KEY } from './tokens.ts';
import { unknownQueue } from './unknown-queue.ts';
import { WORKER_PROPERTY } from './worker-host.ts';
import { type WorkerMethod, workerMethodsOf } from './worker-methods.ts';

/** One class on its way to a worker. */
interface Consumer extends DecoratedProvider<ConsumerMetadata> {
  /** Name of the queue, as the application says it. */
  readonly queue: string;
}

type BoundProcessor = (job: Job, context: JobContext) => Promise<unknown>;

/** Registers consumers. */
@Injectable()
export class Consumers {
  readonly #providers: DecoratedProviders<ConsumerMetadata>;
  readonly #roots: Roots;
  readonly #handlers: JobHandlers;

  constructor(
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(Roots) roots: Roots,
    @Inject(JobHandlers) handlers: JobHandlers,
  ) {
    this.#providers = new DecoratedProviders(discovery, METADATA.processor);
    this.#roots = roots;
    this.#handlers = handlers;
  }

  /** Registers all that are not yet. Never throws. */
  register(): void {
    for (const provider of this.#providers.findNew())
      this.#register({ ...provider, queue: provider.about.name || DEFAULT_KEY });
  }

  #register(consumer: Consumer): void {
    const { queue, about } = consumer;
    const root = this.#rootOf(consumer);
    try {
      if (!root) throw unknownQueue(consumer, this.#roots);
      if (about.queue) root.define(about.queue);
      const methods = workerMethodsOf(consumer.type, consumer.where);
      const processor = this.#processorOf(consumer, root.definition(queue));
      const given = metadataOf<ConsumerOptions>(METADATA.worker, consumer.type) ?? {};
      const { how, connection, prefix } = consumerOptionsOf(given);
      const place = this.#roots.at(root, { connection, prefix });
      const { telemetry } = root.adoptedOptions(queue) ?? {};
      const options = { ...(telemetry && { telemetry }), ...how };
      if (place.process(queue, processor as never, options, consumer.where))
        this.#attach(consumer, place, processor, methods);
    } catch (error) {
      const teller = root ?? this.#roots.all[0];
      teller?.coordinator.workers.reject(queue, error);
    }
  }

  /** The root that has the queue; for one that is given by its definition, the root of its key. */
  #rootOf({ about, queue }: Consumer): Root | undefined {
    const known = this.#roots.ofQueue(queue, about.configKey);
    if (known || typeof about.queue !== 'object') return known;
    return this.#roots.get(about.configKey ?? DEFAULT_KEY);
  }

  /** Runs a job by the method of its name, or by `process`. */
  #processorOf(
    { wrapper, type, where }: Consumer,
    definition: QueueDefinition | undefined,
  ): BoundProcessor {
    const byName = new Map<string, JobHandler>();
    for (const [job, method] of jobMethodsOf(type, definition, where))
      byName.set(job, this.#handlers.create(wrapper, method));
    const hasProcess = 'process' in wrapper.instance;
    if (!hasProcess && byName.size === 0)
      throw nestError(
        where,
        'nothing runs its jobs: give it a method `process` (as the abstract "WorkerHost" class asks for), or methods with @OnJob',
      );
    const process = hasProcess ? this.#handlers.create(wrapper, 'process') : undefined;
    return (job, context) => {
      const handler = byName.get(job.name) ?? process;
      if (handler) return handler(job, context.token, context);
      throw new Error(
        `No method of ${where} runs jobs named "${job.name}": add @OnJob("${job.name}"), or a method \`process\` for all others`,
      );
    };
  }

  #attach(
    consumer: Consumer,
    root: Root,
    processor: BoundProcessor,
    methods: readonly WorkerMethod[],
  ): void {
    const { wrapper, queue } = consumer;
    const ref = root.ref(queue);
    const worker = (): Worker | undefined =>
      root.coordinator.workers.get(ref, processor as never)[0];
    Object.defineProperty(wrapper.instance, WORKER_PROPERTY, { configurable: true, get: worker });
    const current = worker();
    if (current) this.#listen(consumer, root, current, methods);
  }

  #listen(
    { wrapper, where, queue }: Consumer,
    root: Root,
    worker: Worker,
    methods: readonly WorkerMethod[],
  ): void {
    const tell = (message: string): void =>
      root.coordinator.control.announce('worker.error', { queue, message, repeated: 1 });
    for (const { name, event, isForDead } of methods) {
      if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
        tell(
          `${where} is made anew for each job, so its ${name} hears no events: move it into a provider of its own`,
        );
        continue;
      }
      const call = guardedCall(wrapper.instance, name, (error) =>
        tell(`${name} of ${where} threw: ${messageOf(error)}`),
      );
      if (event !== undefined) worker.on(event, call);
      if (isForDead)
        worker.on('failed', (job, error) => {
          if (job && isFinalFailure(job, error)) call(job, error);
        });
    }
  }
}
