/**
 * PAYMENT_REMINDERS: `scan` finds what is due, `remind` has one shop reminded.
 *
 * Each reminder is one job with a name of its own, so that two scans at once, or one that runs twice, remind
 * nobody twice; and a reminder looks again whether the order has been paid meanwhile.
 */
import type { Coordinator } from 'drover';
import { MOST_REMINDERS, type OrderBook } from '../order-book.ts';
import type { OrderView } from '../orders.ts';
import { paymentReminders, whatsapp } from '../queues.ts';
import type { ProcessorOf } from './processor-of.ts';
import { readOrder } from './read-order.ts';

/** Id of the job scheduler in Redis. */
const SCHEDULER = 'scan-payments';

export function createRemindPayments(
  coordinator: Coordinator,
  book: OrderBook,
  paymentTermsMs: number,
): ProcessorOf<typeof paymentReminders> {
  async function scan(): Promise<void> {
    const due = (await book.list()).flatMap((order) => {
      const number = dueReminder(order, Date.now(), paymentTermsMs);
      return number === null ? [] : [{ orderId: order.id, number }];
    });
    const jobs = due.map((data) => ({
      ...{ name: 'remind' as const, data },
      opts: { jobId: `${data.orderId}-${data.number}` },
    }));
    await coordinator.queue(paymentReminders).addBulk(jobs);
  }

  async function remind(orderId: string, number: number): Promise<void> {
    const { state, shop, total } = await readOrder(book, orderId);
    if (state !== 'confirmed') return;
    const text = `${shop.name}: Rs ${total} are due. (Reminder ${number})`;
    const opts = { jobId: `reminder-${orderId}-${number}` };
    await coordinator.queue(whatsapp).add('send', { to: shop.phone, text }, opts);
    await book.remind(orderId, number, Date.now());
  }

  return (job) => (job.name === 'scan' ? scan() : remind(job.data.orderId, job.data.number));
}

/** The reminder that should have gone out by now and has not, 1 to 3; `null` when there is none. Pure. */
export function dueReminder(
  { state, outcome, reminders }: Pick<OrderView, 'state' | 'outcome' | 'reminders'>,
  now: number,
  paymentTermsMs: number,
): number | null {
  if (state !== 'confirmed' || !outcome) return null;
  const number = Math.min(MOST_REMINDERS, Math.floor((now - outcome.at) / paymentTermsMs));
  return number < 1 || reminders.includes(number) ? null : number;
}

/**
 * Keeps the scheduler in Redis as it is wanted here: again after each reconnect, since a Redis may come back
 * empty. Every worker does it; there is still one scheduler.
 *
 * @param warn told when Redis does not take it
 */
export function keepScanning(
  coordinator: Coordinator,
  everyMs: number,
  warn: (error: unknown) => void,
): void {
  coordinator.on('connection.ready', ({ role }) => {
    if (role !== 'command') return;
    coordinator
      .queue(paymentReminders)
      .upsertJobScheduler(SCHEDULER, { every: everyMs }, { name: 'scan', data: {} })
      .catch(warn);
  });
}
