/**
 * CREDIT_SCORE `check`: what the bureau says of the shop that ordered.
 */
import { UnrecoverableError } from 'bullmq';
import type { OrderBook } from '../order-book.ts';
import type { creditScore } from '../queues.ts';
import { Refused } from '../services/call.ts';
import { readCreditReport } from '../services/credit-bureau-client.ts';
import type { ProcessorOf } from './processor-of.ts';
import { readOrder } from './read-order.ts';

export function createCheckCredit(
  book: OrderBook,
  { url, timeoutMs }: { url: string; timeoutMs: number },
): ProcessorOf<typeof creditScore> {
  return async (job, { signal }) => {
    const { shop } = await readOrder(book, job.data.orderId);
    try {
      return await readCreditReport(url, shop.taxId, { signal, timeoutMs });
    } catch (error) {
      if (error instanceof Refused) throw new UnrecoverableError(error.message);
      throw error;
    }
  };
}
