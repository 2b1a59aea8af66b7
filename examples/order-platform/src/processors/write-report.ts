/**
 * REPORT_GENERATION `orders`: all orders as a CSV file. Heavy, so one at a time.
 */
import type { OrderBook } from '../order-book.ts';
import type { OrderView } from '../orders.ts';
import type { reportGeneration } from '../queues.ts';
import type { Reports } from '../reports.ts';
import type { ProcessorOf } from './processor-of.ts';

const ROWS_PER_STEP = 100;
const HEAD = ['id', 'placed', 'shop', 'city', 'total', 'state', 'vendor', 'reason'];

export function createWriteReport(
  book: OrderBook,
  reports: Reports,
): ProcessorOf<typeof reportGeneration> {
  return async (job, { signal, progress, log }) => {
    const orders = await book.list();
    const lines = [toCsv(HEAD)];
    for (const [at, order] of orders.entries()) {
      if (at % ROWS_PER_STEP === 0) {
        signal.throwIfAborted();
        await progress(Math.round((at / orders.length) * 100));
      }
      lines.push(toCsv(toCells(order)));
    }
    await reports.write(job.data.reportId, `${lines.join('\n')}\n`);
    await log(`${orders.length} orders`);
    return { rows: orders.length };
  };
}

function toCells(order: OrderView): readonly (string | number)[] {
  const { id, placedAt, shop, total, state, outcome } = order;
  const placed = new Date(placedAt).toISOString();
  const { vendor = '', reason = '' } = outcome ?? {};
  return [id, placed, shop.name, shop.city, total, state, vendor ?? '', reason];
}

/** Quoted throughout; a leading = + - or @ would be a formula in a spreadsheet. */
function toCsv(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) =>
      String(cell)
        .replace(/^[=+\-@]/, "'$&")
        .replaceAll('"', '""'),
    )
    .map((cell) => `"${cell}"`)
    .join(',');
}
