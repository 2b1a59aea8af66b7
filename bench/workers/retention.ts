/**
 * One process of the `sweep` scenario: defines a queue whose jobs are kept for an hour, and does nothing beside that.
 */
import { Coordinator, defineQueue } from 'drover';
import { serve } from '../harness/serve.ts';

/** What this child can do. */
export interface RetentionWorker {
  /** From now on the leader of the fleet knows how long the jobs of the queue are kept. */
  define(argument: { url: string; queue: string }): Promise<void>;
}

serve<RetentionWorker>({
  async define({ url, queue }) {
    const coordinator = new Coordinator({ redisUrl: url, logger: false, prefix: 'bull' });
    coordinator.queue(defineQueue(queue, { retention: { completed: { age: '1h' } } }));
    await coordinator.start();
  },
});
