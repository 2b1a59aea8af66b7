/**
 * The order of a job. One that is not in the book never will be: no retry helps.
 */
import { UnrecoverableError } from 'bullmq';
import type { OrderBook } from '../order-book.ts';
import type { OrderView } from '../orders.ts';

export async function readOrder(book: OrderBook, id: string): Promise<OrderView> {
  const order = await book.read(id);
  if (!order) throw new UnrecoverableError(`there is no order ${id}`);
  return order;
}
