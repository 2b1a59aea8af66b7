/**
 * What one `forRoot` has opened: its coordinator, and its queues by the names that the application says.
 *
 * A queue is known here from the moment that its provider is made; a consumer of one that is not known has a wrong
 * name. Roots with the same Redis and prefixes share one coordinator.
 */
import type {
  FlowProducer,
  FlowProducerOptions,
  Queue,
  QueueEvents,
  QueueEventsOptions,
} from 'bullmq';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import { defineQueue, type JobTypes, type QueueDefinition } from '../queues/define-queue.ts';
import type { AdoptedQueueOptions, QueueRef } from '../queues/queue-manager.ts';
import type { ProcessOptions } from '../workers/process-options.ts';
import type { Processor, ProcessorFile } from '../workers/processor.ts';
import { prefixedName, wholeFlow, wholeFlowOptions } from './queue-name-prefix.ts';

/** What a root is made of. */
export interface RootParts {
  readonly key: string;
  readonly coordinator: Coordinator;
  readonly queueNamePrefix: string;
}

/** The queues of one configuration. */
export class Root {
  readonly key: string;
  readonly coordinator: Coordinator;
  readonly queueNamePrefix: string;
  /** Whether consumers may work on queues that no module has registered, as `@nestjs/bullmq` lets them. */
  acceptsAnyQueue = false;
  /** As they were given → as the coordinator knows them. */
  readonly #definitions = new Map<string, { given: QueueRef; whole: QueueRef }>();
  readonly #adopted = new Map<string, AdoptedQueueOptions>();
  #flows: FlowProducer | undefined;

  constructor({ key, coordinator, queueNamePrefix }: RootParts) {
    this.key = key;
    this.coordinator = coordinator;
    this.queueNamePrefix = queueNamePrefix;
  }

  /** Names of its queues, as the application says them. */
  get names(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  /** Whether a queue of this name is registered. */
  has(name: string): boolean {
    return this.#definitions.has(name);
  }

  /** Makes the queue known. Throws CONFIG_INVALID when it is known with another definition. */
  define(given: QueueRef): void {
    const name = typeof given === 'string' ? given : given.name;
    const known = this.#definitions.get(name);
    if (known && (typeof given === 'string' || known.given === given)) return;
    if (known && typeof known.given === 'object')
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `the queue "${name}" is defined twice: share one defineQueue() between its users`,
      );
    const whole = this.#whole(given);
    this.coordinator.queues.define(whole);
    this.#definitions.set(name, { given, whole });
  }

  /** How a registered queue is defined; undefined for others. */
  definition(name: string): QueueDefinition | undefined {
    return this.has(name) ? this.coordinator.queues.define(this.ref(name)) : undefined;
  }

  /** BullMQ's own queue; the same each time. */
  queue(given: QueueRef): Queue {
    this.define(given);
    return this.coordinator.queue(this.ref(given)) as unknown as Queue; // The typed queue is a Queue.
  }

  /** A queue with BullMQ's own options, none of Drover's defaults; the same for the same options. */
  adopt(name: string, options: AdoptedQueueOptions): Queue {
    const whole = this.#wholeOf(name);
    const queue = this.coordinator.queues.adopt(whole, options);
    if (!this.has(name)) this.#definitions.set(name, { given: name, whole });
    if (!this.#adopted.has(name)) this.#adopted.set(name, options);
    return queue;
  }

  /** What an adopted queue was given; undefined for others. */
  adoptedOptions(name: string): AdoptedQueueOptions | undefined {
    return this.#adopted.get(name);
  }

  /** BullMQ's own listener of a queue; the same each time, one of its own where it is given options. */
  queueEvents(
    given: QueueRef,
    options?: Omit<QueueEventsOptions, 'connection' | 'prefix'>,
  ): QueueEvents {
    return options
      ? this.coordinator.queues.eventsWith(this.ref(given), options)
      : this.coordinator.queueEvents(this.ref(given));
  }

  /** BullMQ's own flow producer; the names in its trees are those that the application says. */
  get flows(): FlowProducer {
    this.#flows ??= this.#named(this.coordinator.flows);
    return this.#flows;
  }

  /** A flow producer of its own, with BullMQ's own options. */
  flowsWith(options: Omit<FlowProducerOptions, 'connection' | 'prefix'>): FlowProducer {
    return this.#named(this.coordinator.queues.flowsWith(options));
  }

  /**
   * Has the jobs of a queue run from now on. Tells whether that was accepted; when not, it is announced.
   *
   * @param by who runs them, in words
   */
  process(
    given: QueueRef,
    processor: Processor<JobTypes, unknown> | ProcessorFile,
    options: ProcessOptions,
    by: string,
  ): boolean {
    return this.coordinator.workers.registerProcessor(this.ref(given), processor, options, by);
  }

  /** How the coordinator knows the queue. */
  ref(given: QueueRef): QueueRef {
    const name = typeof given === 'string' ? given : given.name;
    return this.#definitions.get(name)?.whole ?? this.#whole(given);
  }

  #whole(given: QueueRef): QueueRef {
    if (typeof given === 'string') return this.#wholeOf(given);
    if (this.queueNamePrefix === '') return given;
    const { name } = defineQueue(this.#wholeOf(given.name)); // Checks the name.
    return Object.freeze<QueueDefinition>({ ...given, name });
  }

  #named(flows: FlowProducer): FlowProducer {
    if (this.queueNamePrefix === '') return flows;
    const wholeOf = (name: string): string => this.#wholeName(name);
    // Another face of the same producer, which is shared with whoever says the whole names.
    const own: FlowProducer = Object.create(flows);
    own.add = (flow, options) =>
      flows.add(wholeFlow(wholeOf, flow), options && wholeFlowOptions(wholeOf, options));
    own.addBulk = (many) => flows.addBulk(many.map((flow) => wholeFlow(wholeOf, flow)));
    own.getFlow = (node) => flows.getFlow({ ...node, queueName: wholeOf(node.queueName) });
    return own;
  }

  /** Of a node of a flow, which may say the `name` of an injected queue: that one is whole already. */
  #wholeName(name: string): string {
    const isWhole = !this.has(name) && this.names.some((each) => this.#wholeOf(each) === name);
    return isWhole ? name : this.#wholeOf(name);
  }

  #wholeOf(name: string): string {
    return prefixedName(this.queueNamePrefix, name);
  }
}
