/**
 * One side with many queues, workers and listeners in one process, to be counted from outside.
 */
import { serve } from '../harness/serve.ts';
import { openSide, type Side, type SideName } from '../harness/sides.ts';

/** What this child can do. */
export interface SocketsWorker {
  /** `count` queues, each with a worker and a listener. */
  open(argument: { side: SideName; url: string; count: number }): Promise<void>;
  /** Reads all waiting jobs of a queue at once. Returns how many. */
  readAll(argument: { queue: string }): Promise<number>;
}

let side: Side | undefined;

serve<SocketsWorker>({
  async open({ side: name, url, count }) {
    side = await openSide(name, url);
    for (let i = 0; i < count; i++) {
      await side.queue(`queue-${i}`).waitUntilReady();
      await side.work(`queue-${i}`, async () => {}, 1);
      await side.listen(`queue-${i}`);
    }
  },

  async readAll({ queue }) {
    return (await side!.queue(queue).getJobs(['waiting'], 0, -1)).length;
  },
});
