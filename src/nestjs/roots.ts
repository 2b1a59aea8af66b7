/**
 * All configurations of one Nest application, and the coordinators behind them: one for each Redis.
 *
 * It belongs to a module that Nest makes once in an application, so that two instances of the consumer module share
 * the sockets when they name the same Redis and prefixes. Making a coordinator does no I/O; its sockets are opened
 * when the application starts, if there is a queue, and on first use otherwise.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { CoordinatorOptions } from '../config/options.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { Coordinator } from '../coordinator.ts';
import type { ConsumerModuleOptions } from './module-options.ts';
import { nestError } from './nest-error.ts';
import { nestLogger } from './nest-logger.ts';
import { Root, type RootParts } from './root.ts';
import { DEFAULT_KEY } from './tokens.ts';

/** Makes what roots are made of. */
export interface RootMaker {
  createCoordinator(options: CoordinatorOptions): Coordinator;
  createRoot(parts: RootParts): Root;
}

/** Token of the maker, which tests replace. */
export const ROOT_MAKER = 'DroverRootMaker';

/** Real ones. */
export const ROOTS_FOR_REAL: RootMaker = {
  createCoordinator: (options) => new Coordinator(options),
  createRoot: (parts) => new Root(parts),
};

/** A coordinator and what tells it from others. */
interface Shared {
  readonly coordinator: Coordinator;
  readonly identity: string;
  readonly copyOf: unknown;
  readonly isLazy: boolean;
}

/** Opens roots and finds them. */
@Injectable()
export class Roots {
  /** Whether consumers wait for `BullRegistrar.register()`. */
  isRegisteredByHand = false;
  readonly #maker: RootMaker;
  readonly #roots = new Map<string, Root>();
  readonly #shared: Shared[] = [];

  constructor(@Inject(ROOT_MAKER) maker: RootMaker) {
    this.#maker = maker;
  }

  /** Each root once. */
  get all(): readonly Root[] {
    return [...this.#roots.values()];
  }

  /** Each coordinator once. */
  get coordinators(): readonly Coordinator[] {
    return this.#shared.map(({ coordinator }) => coordinator);
  }

  /** The root of a key; undefined when nothing has opened it. */
  get(key: string): Root | undefined {
    return this.#roots.get(key);
  }

  /** The root that has a queue of this name, the default one first; of `key` alone where that is given. */
  ofQueue(name: string, key?: string): Root | undefined {
    const among = key === undefined ? this.#defaultFirst : [this.#roots.get(key)];
    return among.find((root) => root?.has(name));
  }

  /**
   * The root of `key`, opened with these options. Throws CONFIG_INVALID for options that cannot be used, and when the
   * key is taken by another Redis or another prefix.
   */
  open(key: string, options: ConsumerModuleOptions): Root {
    const { queueNamePrefix = '', ...rest } = options;
    const coordinator = this.#coordinatorOf(rest);
    const known = this.#roots.get(key);
    if (!known) {
      const root = this.#maker.createRoot({ key, coordinator, queueNamePrefix });
      this.#roots.set(key, root);
      return root;
    }
    if (known.coordinator === coordinator && known.queueNamePrefix === queueNamePrefix)
      return known;
    throw nestError(
      'BullMqConsumerModule',
      `two forRoot() with the key "${key}" differ in their Redis, \`prefix\` or \`queueNamePrefix\`: give one of them a configKey`,
    );
  }

  /** Opens the sockets of those whose queues are used. Returns at once. */
  start(): void {
    for (const { coordinator, isLazy } of this.#shared) {
      if (!isLazy && coordinator.queues.names.length > 0) coordinator.queues.initialize();
      void coordinator.start(); // Never throws, and tells by itself how Redis is.
    }
  }

  get #defaultFirst(): readonly Root[] {
    return this.all.toSorted(
      (a, b) => Number(b.key === DEFAULT_KEY) - Number(a.key === DEFAULT_KEY),
    );
  }

  #coordinatorOf(options: CoordinatorOptions): Coordinator {
    const { target, prefix, coordinatorPrefix } = resolveConfig(options);
    const copyOf = target && 'copyOf' in target ? target.copyOf : null;
    const address = target && 'options' in target ? target.options : null;
    const identity = JSON.stringify([address, prefix, coordinatorPrefix]);
    const known = this.#shared.find((each) => each.identity === identity && each.copyOf === copyOf);
    if (known) return known.coordinator;
    const coordinator = this.#maker.createCoordinator({
      logger: nestLogger(),
      ...options,
      lazy: true, // `start` opens what is used.
    });
    const isLazy = options.lazy ?? false;
    this.#shared.push({ coordinator, identity, copyOf, isLazy });
    return coordinator;
  }
}
