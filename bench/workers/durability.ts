/**
 * Adds jobs as fast as it can, and keeps the ledger of what was acknowledged, outside of Redis.
 */
import { Queue } from 'bullmq';
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';

/** What this child can do. */
export interface DurabilityWorker {
  /** Adds jobs until the server is gone; returns when the first are acknowledged. */
  write(argument: { port: number; queue: string; atOnce: number }): Promise<void>;
  /** Monotonic ms when each job was acknowledged, by its number; null: never. */
  ledger(argument: null): Promise<(number | null)[]>;
}

const DATA = { text: 'x'.repeat(500) };
const acknowledgedAt: (number | null)[] = [];

serve<DurabilityWorker>({
  async write({ port, queue: name, atOnce }) {
    const queue = new Queue(name, {
      connection: { port, maxRetriesPerRequest: 0, retryStrategy: () => null },
    });
    queue.on('error', () => undefined); // the end of the server is what is waited for
    let next = 0;
    const write = async (): Promise<void> => {
      for (;;) {
        const number = next++;
        acknowledgedAt[number] = null;
        await queue.add('job', DATA, { jobId: `job-${number}` });
        acknowledgedAt[number] = monotonicMs();
      }
    };
    await queue.waitUntilReady();
    for (let i = 0; i < atOnce; i++) void write().catch(() => undefined);
  },

  async ledger() {
    return acknowledgedAt;
  },
});
