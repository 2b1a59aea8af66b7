/**
 * A console as `drover serve` is one: no queues of its own, all queues found, served over HTTP.
 */
import { Coordinator } from 'drover';
import { listen } from 'drover/http';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** What this child can do. */
export interface OverviewWorker {
  /** Serves, and returns where. */
  open(argument: { url: string }): Promise<string>;
}

serve<OverviewWorker>({
  async open({ url }) {
    const coordinator = new Coordinator({ redisUrl: url, logger: false, name: 'console' });
    reportTrouble(coordinator);
    await coordinator.start();
    return (await listen(coordinator, { port: 0 })).url;
  },
});
