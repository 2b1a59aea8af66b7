/**
 * Adds jobs at the very moments that a workload names, by bare BullMQ.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { monotonicMs, sleep, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import type { Nap } from './scaling-host.ts';

/** Jobs in the order in which they become ready, times from the start of the replay. */
export interface Replay {
  readonly url: string;
  readonly queue: string;
  readonly readyAtMs: readonly number[];
  readonly serviceMs: readonly number[];
  /** Added before the start with a delay, so that they are known beforehand: their places in the lists. */
  readonly delayed: readonly number[];
  /** How long the last job may take to end. */
  readonly timeoutMs: number;
}

/** How a replay went. */
export interface Replayed {
  /** From the first moment until all jobs had ended. */
  readonly tookSeconds: number;
  /** How much later than meant the latest job was added. */
  readonly lateMs: number;
}

/** What this child can do. */
export interface ScalingProducer {
  replay(argument: Replay): Promise<Replayed>;
}

const OPTIONS = { attempts: 1, removeOnComplete: true };
const LOOK_EVERY_MS = 2;

serve<ScalingProducer>({
  async replay({ url, queue: name, readyAtMs, serviceMs, delayed, timeoutMs }) {
    const queue = new Queue(name, { connection: new Redis(url, { maxRetriesPerRequest: null }) });
    const job = (i: number) => ({ name: 'nap', data: { serviceMs: serviceMs[i]! } satisfies Nap });
    await queue.waitUntilReady();
    const startedAt = monotonicMs();
    await queue.addBulk(
      delayed.map((i) => ({
        ...job(i),
        opts: { ...OPTIONS, delay: Math.round(startedAt + readyAtMs[i]! - monotonicMs()) },
      })),
    );
    const known = new Set(delayed);
    let lateMs = 0;
    for (let next = 0; next < readyAtMs.length; ) {
      const now = monotonicMs() - startedAt;
      const due: number[] = [];
      for (; next < readyAtMs.length && readyAtMs[next]! <= now; next++) {
        if (!known.has(next)) due.push(next);
      }
      if (due.length > 0) {
        await queue.addBulk(due.map((i) => ({ ...job(i), opts: OPTIONS })));
        lateMs = Math.max(lateMs, monotonicMs() - startedAt - readyAtMs[due[0]!]!);
      }
      await sleep(LOOK_EVERY_MS);
    }
    const isDone = async (): Promise<boolean> =>
      (await queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized')) === 0;
    await until(isDone, timeoutMs, 'all jobs had ended');
    return { tookSeconds: (monotonicMs() - startedAt) / 1_000, lateMs };
  },
});
