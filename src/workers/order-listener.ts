/**
 * Listens to the stream of orders, so that they are carried out at once.
 *
 * It shares the events socket of its process. After a break it goes on where it was, so what was told meanwhile is
 * heard, too. Where the stream may not be read it tries again now and then.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Keys } from '../keys.ts';
import type { Hub } from '../redis/hub.ts';
import type { EventReader } from '../redis/listening.ts';
import { type Order, parseOrder } from './order.ts';

/** What listening needs. */
export interface OrderListenerOptions {
  readonly hub: Pick<Hub, 'listening'>;
  readonly keys: Keys;
  /** Must not throw. */
  readonly onOrder: (id: string, order: Order) => void;
  readonly clock?: Clock;
}

const AGAIN_AFTER_MS = 60_000;

/** Hears every order of the fleet. */
export class OrderListener {
  readonly #options: OrderListenerOptions;
  readonly #stopping = new AbortController();
  readonly #reader: EventReader;
  #isStarted = false;

  constructor(options: OrderListenerOptions) {
    this.#options = options;
    this.#reader = { key: options.keys.orders(), behind: false };
  }

  /** Begins to listen; harmless when it already does. */
  start(): void {
    if (this.#isStarted || this.#stopping.signal.aborted) return;
    this.#isStarted = true;
    void this.#run();
  }

  stop(): void {
    this.#stopping.abort();
    this.#options.hub.listening.interrupt(this.#reader);
  }

  async #run(): Promise<void> {
    const { hub, onOrder, clock = systemClock } = this.#options;
    const { signal } = this.#stopping;
    for (let id = '$'; !signal.aborted; ) {
      try {
        const read = await hub.listening.read(this.#reader, id, 0);
        // Null when the connection broke: what comes next is read from the place where it was.
        if (id === '$') id = this.#reader.tip ?? id;
        for (const entry of read?.[0]?.[1] ?? []) {
          [id] = entry;
          const order = parseOrder(entry);
          if (order) onOrder(id, order);
        }
      } catch {
        // Not allowed, or the hub is closed.
        await sleep(AGAIN_AFTER_MS, { signal, clock, background: true });
      }
    }
  }
}
