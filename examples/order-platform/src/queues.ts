/**
 * The six queues: what their jobs look like, how they are retried, and what an add does while Redis is away.
 *
 * Jobs carry ids, not orders: what is in Redis stays small, and holds no shop's data but telephone numbers.
 * What is not said here is Drover's default: 3 attempts, backoff from 2 s, the last 100 completed and 500
 * failed jobs kept.
 */
import { type Coordinator, defineQueue, type QueueDefinition } from 'drover';
import { z } from 'zod';
import { MOST_REMINDERS } from './order-book.ts';
import { Id, Phone } from './orders.ts';

const ForOrder = z.object({ orderId: Id });

/** A message to somebody. The job's id is its idempotency key at the provider. */
export const whatsapp = defineQueue('WHATSAPP', {
  jobs: { send: z.object({ to: Phone, text: z.string().min(1).max(1_000) }) },
  result: z.object({ messageId: z.string() }),
  // A provider that stumbles is up again within seconds: many quick attempts, apart from each other.
  job: { attempts: 8, backoff: { type: 'exponential', delay: 250, jitter: 0.5 } },
  // Somebody waits in front of it: rather a quick 503 than a long silence.
  whenDown: 'fail',
});

export const CreditScore = z.object({ score: z.int(), limit: z.int() });
export const creditScore = defineQueue('CREDIT_SCORE', {
  jobs: { check: ForOrder },
  result: CreditScore,
  job: { attempts: 5, backoff: { type: 'exponential', delay: 500, jitter: 0.5 } },
});

export const Route = z.object({ vendor: z.string().nullable(), reason: z.string() });
export const orderRouting = defineQueue('ORDER_ROUTING', {
  jobs: { route: ForOrder },
  result: Route,
});

export const orderProcessing = defineQueue('ORDER_PROCESSING', {
  jobs: { settle: ForOrder },
  whenDown: 'fail',
});

export const paymentReminders = defineQueue('PAYMENT_REMINDERS', {
  jobs: {
    /** Looks for what is due; made by the scheduler. */
    scan: z.object({}),
    remind: ForOrder.extend({ number: z.int().min(1).max(MOST_REMINDERS) }),
  },
  // Added by workers only, and nobody waits for them: they may as well wait until Redis is back.
  whenDown: 'wait',
});

export const reportGeneration = defineQueue('REPORT_GENERATION', {
  jobs: { orders: z.object({ reportId: Id }) },
  result: z.object({ rows: z.int() }),
  whenDown: 'fail',
});

const ALL: readonly QueueDefinition[] = [
  whatsapp,
  creditScore,
  orderRouting,
  paymentReminders,
  reportGeneration,
  orderProcessing,
];

/**
 * Makes all six known to this process, whether or not it runs their jobs: only of queues that it knows are
 * the jobs of a flow checked and given their defaults, and the statistics read.
 */
export function openQueues(coordinator: Coordinator): void {
  for (const definition of ALL) coordinator.queue(definition);
}
