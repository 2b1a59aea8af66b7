/**
 * ORDER_ROUTING `route`: who delivers, if the shop has credit.
 */
import { UnrecoverableError } from 'bullmq';
import type { OrderBook } from '../order-book.ts';
import { CreditScore, type orderRouting } from '../queues.ts';
import { chooseVendor } from '../vendors.ts';
import { readChildAnswer } from './child-answer.ts';
import type { ProcessorOf } from './processor-of.ts';
import { readOrder } from './read-order.ts';

export function createRouteOrder(book: OrderBook): ProcessorOf<typeof orderRouting> {
  return async (job) => {
    const order = await readOrder(book, job.data.orderId);
    const credit = await readChildAnswer(job, CreditScore);
    if ('failure' in credit) throw new UnrecoverableError(credit.failure);
    const { score, limit } = credit.result;
    if (order.total > limit)
      return { vendor: null, reason: `Rs ${order.total} is above the limit of Rs ${limit}` };
    const vendor = chooseVendor(order);
    if (!vendor) throw new UnrecoverableError('no vendor has everything that was ordered');
    return { vendor, reason: `credit score ${score}` };
  };
}
