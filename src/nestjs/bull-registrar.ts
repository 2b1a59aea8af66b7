/**
 * Registers consumers and listeners, by itself when the application starts, or by hand with `manualRegistration`.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Consumers } from './consumers.ts';
import { Listeners } from './listeners.ts';
import { Roots } from './roots.ts';

/** As in `@nestjs/bullmq`. */
@Injectable()
export class BullRegistrar {
  readonly #roots: Roots;
  readonly #consumers: Consumers;
  readonly #listeners: Listeners;

  constructor(
    @Inject(Roots) roots: Roots,
    @Inject(Consumers) consumers: Consumers,
    @Inject(Listeners) listeners: Listeners,
  ) {
    this.#roots = roots;
    this.#consumers = consumers;
    this.#listeners = listeners;
  }

  /** Registers all consumers and listeners that are not registered yet. Never throws; harmless when repeated. */
  register(): void {
    this.#roots.start();
    this.#consumers.register();
    this.#listeners.register();
  }
}
