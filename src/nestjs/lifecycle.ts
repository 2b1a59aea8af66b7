/**
 * Start and stop in the hooks of Nest.
 *
 * Consumers are registered when modules are initialised, and take jobs when all of them are: a job never meets a
 * service whose `onModuleInit` still runs. Nothing waits for Redis. At the end (see `QuietModule` for its beginning)
 * running jobs finish first, while all queues are still open: a job may add another one. Queues, listeners and last the
 * sockets are closed after the HTTP server has ended, and all of it by one deadline.
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
  #cancelLook: CancelTimer | undefined;

  constructor(@Inject(Roots) roots: Roots, @Inject(BullRegistrar) registrar: BullRegistrar) {
    this.#roots = roots;
    this.#registrar = registrar;
  }

  onModuleInit(): void {
    this.#roots.setHeld(true);
    this.#roots.start();
    if (!this.#roots.isRegisteredByHand) this.#registrar.register();
  }

  onApplicationBootstrap(): void {
    this.#roots.setHeld(false);
    const look = (): void => this.#lookForHooks();
    this.#cancelLook = systemClock.after(HOOKS_BY_MS, look, { background: true });
  }

  onModuleDestroy(): void {
    this.#cancelLook?.();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#roots.coordinators.map((each) => each.drain()));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#roots.coordinators.map((each) => each.stop()));
  }

  /** Whoever does not listen for signals is killed by them in the middle of its jobs. */
  #lookForHooks(): void {
    const signals = SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
    const working = this.#roots.coordinators.find(({ workers }) => workers.workers.length > 0);
    if (signals.length > 0) working?.control.announce('signals.unheard', { signals });
  }
}
