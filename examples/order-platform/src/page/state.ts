/**
 * What the page shows, collected: Redis, queues, orders, and what the WhatsApp provider went through.
 *
 * Each part may be missing without harm to the others.
 */
import type { Coordinator, QueueStats, RedisHealthView } from 'drover';
import type { Totals } from '../fakes/whatsapp-server.ts';
import type { OrderBook } from '../order-book.ts';
import type { OrderView } from '../orders.ts';

export interface PageState {
  readonly redis: Pick<RedisHealthView, 'status' | 'since'>;
  readonly isWorker: boolean;
  /** `null` while Redis does not tell. */
  readonly queues: readonly QueueStats[] | null;
  readonly orders: readonly OrderView[];
  /** `null` when the provider is no fake, or does not answer. */
  readonly whatsapp: Totals | null;
}

const NEWEST_ORDERS = 25;
const LOOK_MS = 500;

export async function readPageState(parts: {
  coordinator: Coordinator;
  book: OrderBook;
  isWorker: boolean;
  whatsappUrl: string;
}): Promise<PageState> {
  const { coordinator, book, isWorker, whatsappUrl } = parts;
  const redis = coordinator.getRedisHealth();
  const isHealthy = redis.status === 'healthy';
  const [queues, orders, whatsapp] = await Promise.all([
    isHealthy ? coordinator.getAllQueueStats().catch(() => null) : null,
    book.list(),
    readTotals(whatsappUrl).catch(() => null),
  ]);
  return { redis, isWorker, queues, orders: orders.slice(0, NEWEST_ORDERS), whatsapp };
}

async function readTotals(url: string): Promise<Totals | null> {
  const answer = await fetch(`${url}/ledger`, { signal: AbortSignal.timeout(LOOK_MS) });
  return answer.ok ? ((await answer.json()) as { totals: Totals }).totals : null;
}
