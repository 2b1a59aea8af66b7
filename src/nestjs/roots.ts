/**
 * All configurations of one Nest application, and the coordinators behind them: one for each Redis.
 *
 * It belongs to a module that Nest makes once in an application, so that two instances of the consumer module share
 * the sockets when they name the same Redis and prefixes. Making a coordinator does no I/O; its sockets are opened
 * when the application starts, if there is a queue, and on first use otherwise.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { CoordinatorOptions } from '../config/options.ts';
import { type Config, resolveConfig } from '../config/resolve-config.ts';
import { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../errors.ts';
import { type Place, rootOptionsOf } from './bull/connection-options.ts';
import type { ConsumerModuleOptions } from './module-options.ts';
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
  readonly config: Config;
}

/** Opens roots and finds them. */
@Injectable()
export class Roots {
  /** Whether consumers wait for `BullRegistrar.register()`. */
  isRegisteredByHand = false;
  readonly #maker: RootMaker;
  readonly #roots = new Map<string, Root>();
  /** What they were opened with, by key. */
  readonly #options = new Map<string, ConsumerModuleOptions>();
  /** Those of queues with a Redis or a prefix of their own. */
  readonly #beside: Root[] = [];
  readonly #shared: Shared[] = [];
  #isStarted = false;
  #isHeld = false;

  constructor(@Inject(ROOT_MAKER) maker: RootMaker) {
    this.#maker = maker;
  }

  /** Each root once. */
  get all(): readonly Root[] {
    return [...new Set([...this.#roots.values(), ...this.#beside])];
  }

  /** Each coordinator once. */
  get coordinators(): readonly Coordinator[] {
    return this.#shared.map(({ coordinator }) => coordinator);
  }

  /** The root of a key; undefined when nothing has opened it. */
  get(key: string): Root | undefined {
    return this.#roots.get(key);
  }

  /**
   * The root that has a queue of this name, the default one first; of `key` alone where that is given. When none has
   * it, the one that takes any queue.
   */
  ofQueue(name: string, key?: string): Root | undefined {
    const among = this.#defaultFirst.filter((root) => key === undefined || root.key === key);
    const main = this.#roots.get(key ?? DEFAULT_KEY);
    return among.find((root) => root.has(name)) ?? (main?.acceptsAnyQueue ? main : undefined);
  }

  /**
   * The root of `key`, opened with these options. Throws CONFIG_INVALID for options that cannot be used, and when the
   * key is taken by another Redis or another prefix.
   */
  open(key: string, options: ConsumerModuleOptions): Root {
    const { queueNamePrefix = '', ...rest } = options;
    checkPrefix(queueNamePrefix);
    const coordinator = this.#coordinatorOf(rest);
    const same = this.all.find(
      (each) => each.coordinator === coordinator && each.queueNamePrefix === queueNamePrefix,
    );
    const known = this.#roots.get(key);
    if (known && known !== same)
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `another forRoot() with the key "${key}" differs in its Redis, \`prefix\` or \`queueNamePrefix\`: give one of them a configKey`,
      );
    const root = same ?? this.#maker.createRoot({ key, coordinator, queueNamePrefix });
    this.#roots.set(key, root);
    this.#options.set(key, options);
    return root;
  }

  /**
   * The root for a queue that says a Redis or a prefix of its own, else as the root of `key`; that one itself where
   * they are the same. Throws CONFIG_INVALID for options that cannot be used.
   */
  beside(key: string, own: ConsumerModuleOptions): Root {
    const known = this.#options.get(key) ?? {};
    const { redisUrl, redis, connection, ...rest } = known;
    const namesRedis = own.redisUrl ?? own.redis ?? own.connection;
    const { queueNamePrefix = '', ...options } = { ...(namesRedis ? rest : known), ...own };
    const coordinator = this.#coordinatorOf(options);
    const same = this.all.find(
      (root) =>
        root.key === key &&
        root.coordinator === coordinator &&
        root.queueNamePrefix === queueNamePrefix,
    );
    if (same) return same;
    const root = this.#maker.createRoot({ key, coordinator, queueNamePrefix });
    this.#beside.push(root);
    return root;
  }

  /** `root`, or one beside it for a consumer or listener that says a Redis or a prefix of its own. */
  at(root: Root, own: Place): Root {
    if (own.connection === undefined && own.prefix === undefined) return root;
    return this.beside(root.key, rootOptionsOf(own));
  }

  /** Opens the sockets of those whose queues are used, and of those that are made later. Returns at once. */
  start(): void {
    this.#isStarted = true;
    for (const { coordinator, config } of this.#shared) {
      if (!config.lazy && coordinator.queues.names.length > 0) coordinator.queues.initialize();
      void coordinator.start(); // Never throws, and tells by itself how Redis is.
    }
  }

  /** Whether the application takes no new jobs. */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const { workers } of this.coordinators) workers.isHeld = isHeld;
  }

  get #defaultFirst(): readonly Root[] {
    return this.all.toSorted(
      (a, b) => Number(b.key === DEFAULT_KEY) - Number(a.key === DEFAULT_KEY),
    );
  }

  #coordinatorOf(options: CoordinatorOptions): Coordinator {
    const config = resolveConfig(options);
    const { target, prefix, coordinatorPrefix } = config;
    const copyOf = target && 'copyOf' in target ? target.copyOf : null;
    const address = target && 'options' in target ? target.options : null;
    const identity = JSON.stringify([address, prefix, coordinatorPrefix]);
    const known = this.#shared.find((each) => each.identity === identity && each.copyOf === copyOf);
    if (known) {
      checkAlike(known.config, config);
      return known.coordinator;
    }
    const coordinator = this.#maker.createCoordinator({
      ...options,
      logger: options.logger ?? nestLogger(),
      lazy: true, // `start` opens what is used.
    });
    this.#shared.push({ coordinator, identity, copyOf, config });
    if (this.#isHeld) coordinator.workers.isHeld = true;
    if (this.#isStarted) void coordinator.start();
    return coordinator;
  }
}

/** What two that share a coordinator may say differently: it changes nothing of what happens to jobs. */
const MAY_DIFFER: readonly string[] = [
  'target',
  'logger',
  'logLevel',
  'lazy',
] satisfies (keyof Config)[];

/** The coordinator is made with the options of the first, and which one is first is for Nest to say. */
function checkAlike(known: Config, other: Config): void {
  const differing = Object.keys(known).find(
    (name) =>
      !MAY_DIFFER.includes(name) &&
      !isDeepStrictEqual(known[name as keyof Config], other[name as keyof Config]),
  );
  if (differing === undefined) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `another forRoot() names the same Redis with another \`${nameOfOption(differing)}\`: they share one connection, so give both the same options`,
  );
}

function nameOfOption(name: string): string {
  return name === 'appVersion' ? 'version' : name;
}

function checkPrefix(queueNamePrefix: unknown): void {
  if (typeof queueNamePrefix === 'string') return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `queueNamePrefix must be a string, got ${inspect(queueNamePrefix)}`,
  );
}
