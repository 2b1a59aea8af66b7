/**
 * Start and stop in the hooks of Nest.
 *
 * Consumers are registered when modules are initialised, and take jobs when all of them are: a job never meets a
 * service whose `onModuleInit` still runs. Nothing waits for Redis. At the end running jobs finish first, while all
 * queues are still open: a job may add another one. Queues, listeners and last the sockets are closed after the HTTP
 * server has ended, and all of it by one deadline.
 */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { type CancelTimer, systemClock } from '../base/clock.ts';
import { BullRegistrar } from './bull-registrar.ts';
import { Consumers } from './consumers.ts';
import { Roots } from './roots.ts';

/** `enableShutdownHooks` may be called after the application was made. */
const HOOKS_BY_MS = 1_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Starts and stops what there is once in an application. */
@Injectable()
export class Lifecycle
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  readonly #roots: Roots;
  readonly #registrar: BullRegistrar;
  readonly #consumers: Consumers;
  #cancelLook: CancelTimer | undefined;

  constructor(
    @Inject(Roots) roots: Roots,
    @Inject(BullRegistrar) registrar: BullRegistrar,
    @Inject(Consumers) consumers: Consumers,
  ) {
    this.#roots = roots;
    this.#registrar = registrar;
    this.#consumers = consumers;
  }

  onModuleInit(): void {
    this.#roots.isQuiet = true;
    this.#roots.start();
    if (!this.#roots.isRegisteredByHand) this.#registrar.register();
  }

  onApplicationBootstrap(): void {
    this.#roots.isQuiet = false;
    const look = (): void => this.#lookForHooks();
    this.#cancelLook = systemClock.after(HOOKS_BY_MS, look, { background: true });
  }

  /** Services may let go of their own things from now on: no new job is begun. */
  onModuleDestroy(): void {
    this.#cancelLook?.();
    this.#roots.isQuiet = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#roots.coordinators.map((each) => each.workers.closeAll(20_000)));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#roots.coordinators.map((each) => each.stop()));
  }

  /** Whoever does not listen for signals is killed by them in the middle of its jobs. */
  #lookForHooks(): void {
    const unheard = SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
    if (this.#consumers.count === 0 || unheard.length === 0) return;
    this.#roots.coordinators[0]?.control.announce('signals.unheard', { signals: unheard });
  }
}
