/**
 * Recorded queues in a testing module of Nest: the application as it is, but for the maker of its coordinators.
 *
 * ```ts
 * const builder = Test.createTestingModule({ imports: [AppModule] });
 * const module = await withRecordedQueues(builder).compile();
 * const queues = recordedQueues(module);
 * await module.get(PhotoService).upload(photo);
 * expect(queues.of(thumbnails).added).toEqual([{ name: 'resize', data: { id: 7 }, options: {} }]);
 * await queues.of(thumbnails).run();
 * ```
 */
import type { CoordinatorOptions } from '../../config/options.ts';
import type { Coordinator } from '../../coordinator.ts';
import type { JobTypes } from '../../queues/define-queue.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import { BullRegistrar } from '../bull-registrar.ts';
import { nestError } from '../nest-error.ts';
import { Root } from '../root.ts';
import { ROOT_MAKER, type RootMaker, Roots } from '../roots.ts';
import { DEFAULT_KEY } from '../tokens.ts';
import { type Recording, recordCoordinator } from './record-coordinator.ts';
import { RecordedQueue } from './recorded-queue.ts';

/** What is used of Nest's `TestingModuleBuilder`. */
export interface OverridableBuilder {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}

/** What is used of Nest's `TestingModule`, or of an application. */
export interface ModuleWithQueues {
  // biome-ignore lint/suspicious/noExplicitAny: Nest's own `get` has many forms.
  get(token: any, options?: any): any;
}

/** Makes coordinators that record. */
class RecordedRootMaker implements RootMaker {
  readonly recordings: Map<Coordinator, Recording> = new Map();

  createCoordinator(options: CoordinatorOptions): Coordinator {
    const recording = recordCoordinator(options);
    this.recordings.set(recording.coordinator, recording);
    return recording.coordinator;
  }

  createRoot(parts: ConstructorParameters<typeof Root>[0]): Root {
    return new Root(parts);
  }
}

/** Has all queues of a testing module recorded. No Redis is touched, whatever options and environment say. */
export function withRecordedQueues<B extends OverridableBuilder>(builder: B): B {
  builder.overrideProvider(ROOT_MAKER).useValue(new RecordedRootMaker());
  return builder;
}

/** The queues of a module that was built with `withRecordedQueues`. */
export class RecordedQueues {
  readonly #maker: RecordedRootMaker;
  readonly #roots: Roots;
  readonly #register: () => void;

  constructor(module: ModuleWithQueues) {
    const anywhere = { strict: false };
    const maker = module.get(ROOT_MAKER, anywhere);
    if (!(maker instanceof RecordedRootMaker))
      throw nestError(
        'recordedQueues()',
        'the queues of this module are real: build it with withRecordedQueues(Test.createTestingModule(...)).compile()',
      );
    this.#maker = maker;
    this.#roots = module.get(Roots, anywhere);
    this.#register = () => module.get(BullRegistrar, anywhere).register();
  }

  /**
   * One queue, by its definition or its name as the application says it.
   *
   * @param configKey the `forRoot` whose queue is meant; @default the one that has it, the default one first
   */
  of<Jobs extends JobTypes, Result>(
    queue: QueueRef<Jobs, Result>,
    configKey?: string,
  ): RecordedQueue<Jobs, Result> {
    const name = typeof queue === 'string' ? queue : queue.name;
    const root = this.#roots.ofQueue(name, configKey) ?? this.#roots.get(configKey ?? DEFAULT_KEY);
    if (!root) throw nestError('recordedQueues()', `no forRoot() has a queue "${name}"`);
    const recording = this.#maker.recordings.get(root.coordinator)!;
    const ref = root.ref(queue as QueueRef) as QueueRef<Jobs, Result>;
    return new RecordedQueue(recording, ref, this.#register);
  }

  /** From now on adds and reads reject with QUEUE_UNAVAILABLE. */
  goDown(): void {
    this.#setDown(true);
  }

  /** Has Redis back. */
  comeBack(): void {
    this.#setDown(false);
  }

  /** Forgets what was recorded, of all queues. */
  clear(): void {
    for (const { jobs } of this.#maker.recordings.values())
      for (const queueKey of new Set([...jobs.jobs.values()].map((job) => job.queueKey)))
        jobs.clear(queueKey);
  }

  #setDown(isDown: boolean): void {
    for (const { jobs } of this.#maker.recordings.values()) jobs.isDown = isDown;
  }
}

/** The queues of a module that was built with `withRecordedQueues`. Throws CONFIG_INVALID for any other. */
export function recordedQueues(module: ModuleWithQueues): RecordedQueues {
  return new RecordedQueues(module);
}
