/**
 * A coordinator with many workers, to be stopped when its Redis is gone.
 */
import { Coordinator } from 'drover';
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';

/** What this child can do. */
export interface StoppingWorker {
  /** One worker per queue; their jobs never end. */
  open(argument: { url: string; queues: readonly string[] }): Promise<void>;
  /** How many jobs run. */
  running(argument: null): Promise<number>;
  /** Stops. Returns the ms that took. */
  stop(argument: { timeoutMs?: number }): Promise<number>;
}

let coordinator: Coordinator | undefined;
let running = 0;

serve<StoppingWorker>({
  async open({ url, queues }) {
    coordinator = new Coordinator({ redisUrl: url, logger: false });
    await coordinator.start();
    for (const queue of queues) {
      coordinator.process(queue, () => {
        running += 1;
        return new Promise<never>(() => {});
      });
    }
  },

  async running() {
    return running;
  },

  async stop(options) {
    const startedAt = monotonicMs();
    await coordinator!.stop(options);
    return monotonicMs() - startedAt;
  },
});
