/**
 * ORDER_PROCESSING `settle`: writes down how the order ended and has the shop told.
 *
 * Runs last of its flow, whatever became of the steps before. Both effects may be repeated: the book keeps the
 * first outcome, and the message is named after the order.
 */
import type { Coordinator } from 'drover';
import type { OrderBook } from '../order-book.ts';
import type { Outcome, PlacedOrder } from '../orders.ts';
import { type orderProcessing, Route, whatsapp } from '../queues.ts';
import { readChildAnswer } from './child-answer.ts';
import type { ProcessorOf } from './processor-of.ts';
import { readOrder } from './read-order.ts';

export function createSettleOrder(
  coordinator: Coordinator,
  book: OrderBook,
): ProcessorOf<typeof orderProcessing> {
  return async (job) => {
    const { orderId } = job.data;
    const order = await readOrder(book, orderId);
    const route = await readChildAnswer(job, Route);
    await book.settle(orderId, {
      ...('failure' in route
        ? { state: 'failed', vendor: null, reason: route.failure }
        : { state: route.result.vendor ? 'confirmed' : 'declined', ...route.result }),
      at: Date.now(),
    });
    const { outcome } = await readOrder(book, orderId);
    const message = { to: order.shop.phone, text: toText(order, outcome!) };
    // While Redis is away this fails within `addTimeoutMs`. The failed attempt is reported when Redis is back,
    // so that an outage costs one attempt, however long it is.
    await coordinator.queue(whatsapp).add('send', message, { jobId: `order-${orderId}` });
  };
}

function toText({ shop, total }: PlacedOrder, { state, vendor }: Outcome): string {
  if (state === 'confirmed') return `${shop.name}: ${vendor} delivers your order of Rs ${total}.`;
  if (state === 'declined') return `${shop.name}: your order of Rs ${total} is above your credit.`;
  return `${shop.name}: we could not take your order of Rs ${total}. Please call us.`;
}
