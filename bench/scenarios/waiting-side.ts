/**
 * A side whose workers wait, with a producer beside it: the set-up of everything about pickup.
 */
import { type Child, startChild } from '../harness/children.ts';
import { sleep } from '../harness/clock.ts';
import type { PrivateRedis } from '../harness/redis.ts';
import type { SideName } from '../harness/sides.ts';
import type { PickupWorker } from '../workers/pickup.ts';
import type { ProducerWorker } from '../workers/producer.ts';

/** Two running children. */
export interface WaitingSide extends AsyncDisposable {
  readonly consumer: Child<PickupWorker>;
  readonly producer: Child<ProducerWorker>;
}

/** What differs between the parts. */
export interface WaitingOptions {
  readonly redis: PrivateRedis;
  readonly side: SideName;
  readonly queues: readonly string[];
  /** Address for the consumer, when it is not that of Redis. */
  readonly url?: string;
}

const SETTLE_MS = 500;
const PICKUP_TIMEOUT_MS = 30_000;

/** Names of `count` queues. */
export function queueNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `queue-${i}`);
}

/** Starts both on an empty Redis and warms them up with two bursts over all queues. */
export async function openWaitingSide(options: WaitingOptions): Promise<WaitingSide> {
  const { redis, side, queues, url = redis.url } = options;
  await redis.flush();
  const consumer = startChild<PickupWorker>('pickup');
  const producer = startChild<ProducerWorker>('producer');
  const close = async (): Promise<void> => {
    await consumer[Symbol.asyncDispose]();
    await producer[Symbol.asyncDispose]();
  };
  try {
    await consumer.call('open', { side, url, queues, staggerMs: 0 });
    await producer.call('open', { url: redis.url });
    for (let i = 0; i < 2; i++) {
      await producer.call('burst', { queues });
      await consumer.call('collect', { jobs: queues.length, timeoutMs: PICKUP_TIMEOUT_MS });
      await sleep(SETTLE_MS);
    }
    return { consumer, producer, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The child's name for a side of a comparison. */
export function sideName(side: 'ours' | 'peer'): SideName {
  return side === 'ours' ? 'ours' : 'bare';
}
