/**
 * Which processor runs which queue, and how many jobs at once.
 */
import type { Coordinator } from 'drover';
import type { OrderBook } from '../order-book.ts';
import {
  creditScore,
  orderProcessing,
  orderRouting,
  paymentReminders,
  reportGeneration,
  whatsapp,
} from '../queues.ts';
import type { Reports } from '../reports.ts';
import { createCheckCredit } from './check-credit.ts';
import { createRemindPayments } from './remind-payments.ts';
import { createRouteOrder } from './route-order.ts';
import { createSendWhatsapp } from './send-whatsapp.ts';
import { createSettleOrder } from './settle-order.ts';
import { createWriteReport } from './write-report.ts';

export interface ProcessorParts {
  readonly coordinator: Coordinator;
  readonly book: OrderBook;
  readonly reports: Reports;
  readonly whatsappUrl: string;
  readonly bureauUrl: string;
  readonly callTimeoutMs: number;
  readonly paymentTermsMs: number;
}

/**
 * All jobs are short and may run twice: when a process is killed, another takes its jobs over after 10 s instead
 * of 30, and may do so more than once.
 */
const TAKEOVER = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 3 };

/** What the WhatsApp provider allows, all workers together. What it says beyond that is honoured as it comes. */
const WHATSAPP_LIMIT = { max: 10, duration: 250 };

/** @returns whether this process runs jobs: not with `ENABLE_BACKGROUND_JOBS=false` */
export function registerProcessors(parts: ProcessorParts): boolean {
  const { coordinator, book, reports, callTimeoutMs: timeoutMs } = parts;
  const send = createSendWhatsapp(coordinator, { url: parts.whatsappUrl, timeoutMs });
  const check = createCheckCredit(book, { url: parts.bureauUrl, timeoutMs });
  const remind = createRemindPayments(coordinator, book, parts.paymentTermsMs);
  const settle = createSettleOrder(coordinator, book);

  const slots = (concurrency: number) => ({ ...TAKEOVER, concurrency });
  return [
    coordinator.registerProcessor(whatsapp, send, { ...slots(5), limiter: WHATSAPP_LIMIT }),
    coordinator.registerProcessor(creditScore, check, slots(2)),
    coordinator.registerProcessor(orderRouting, createRouteOrder(book), slots(3)),
    coordinator.registerProcessor(paymentReminders, remind, slots(3)),
    coordinator.registerProcessor(reportGeneration, createWriteReport(book, reports), slots(1)),
    coordinator.registerProcessor(orderProcessing, settle, slots(5)),
  ].some(Boolean);
}
