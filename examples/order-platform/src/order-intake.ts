/**
 * Accepts orders: first into the book, then into the queues.
 *
 * An order that is in the book will be worked on, whatever happens next: when its flow could not be added,
 * or was lost with Redis, it is added again as soon as Redis is there. A flow is added whole or not at all and
 * its jobs are named after the order, so adding it again is harmless.
 */
import { type Coordinator, CoordinatorError } from 'drover';
import type { OrderBook } from './order-book.ts';
import type { OrderRequest } from './orders.ts';
import { creditScore, orderProcessing, orderRouting } from './queues.ts';
import { totalOf } from './vendors.ts';

const AGAIN_AFTER_MS = 5_000;

export class OrderIntake {
  readonly #coordinator: Coordinator;
  readonly #book: OrderBook;
  readonly #off: () => void;
  #timer: NodeJS.Timeout | undefined;
  #catchingUp: Promise<void> | undefined;

  constructor(coordinator: Coordinator, book: OrderBook) {
    this.#coordinator = coordinator;
    this.#book = book;
    this.#off = coordinator.on('connection.ready', ({ role }) => {
      if (role === 'command') this.catchUp();
    });
  }

  /**
   * Keeps the order; one that is known stays as it is.
   *
   * @returns whether it is on its way; when not, Redis is away, and it will be queued by itself
   */
  async place(id: string, request: OrderRequest): Promise<boolean> {
    const order = { ...request, id, total: totalOf(request.lines), placedAt: Date.now() };
    const isNew = await this.#book.place(order);
    if (!isNew && (await this.#book.read(id))?.outcome) return true;
    try {
      await this.#enqueue(id);
      return true;
    } catch (error) {
      // Bounded by `addTimeoutMs`; the order is safe in the book.
      if (!isOutage(error)) throw error;
      this.#catchUpLater();
      return false;
    }
  }

  /** Adds what is in the book, has no outcome, and is in no queue. Harmless when repeated. */
  catchUp(): void {
    this.#catchingUp ??= this.#addMissing()
      .catch(() => this.#catchUpLater())
      .finally(() => {
        this.#catchingUp = undefined;
      });
  }

  stop(): void {
    this.#off();
    clearTimeout(this.#timer);
  }

  async #addMissing(): Promise<void> {
    for (const { id, state } of await this.#book.list()) {
      if (state === 'placed') await this.#enqueue(id);
    }
  }

  /**
   * One step in Redis: the credit check first, then routing, and last the order itself.
   *
   * A child that fails for good is a value, not the end: its parent runs all the same and says what becomes
   * of the order.
   */
  async #enqueue(id: string): Promise<void> {
    if (await this.#coordinator.queue(orderProcessing).getJob(id)) return;
    const data = { orderId: id };
    const opts = { jobId: id, ignoreDependencyOnFailure: true };
    await this.#coordinator.flows.add({
      ...{ name: 'settle', queueName: orderProcessing.name, data, opts: { jobId: id } },
      children: [
        {
          ...{ name: 'route', queueName: orderRouting.name, data, opts },
          children: [{ name: 'check', queueName: creditScore.name, data, opts }],
        },
      ],
    });
  }

  #catchUpLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.catchUp(), AGAIN_AFTER_MS);
    this.#timer.unref();
  }
}

/** Redis is away, or did not answer in time: another try may succeed. */
function isOutage(error: unknown): boolean {
  return error instanceof CoordinatorError && error.retryable;
}
