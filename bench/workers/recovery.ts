/**
 * One side's worker, which notes when each job started; its jobs end at once or never.
 */
import { monotonicMs, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { openSide, type SideName } from '../harness/sides.ts';

/** What this child can do. */
export interface RecoveryWorker {
  open(argument: { side: SideName; url: string; queue: string; endless: boolean }): Promise<void>;
  /** Waits until `jobs` jobs have started after `sinceMs`. Returns when the last of them did. */
  started(argument: { sinceMs: number; jobs: number; timeoutMs: number }): Promise<number>;
}

const CONCURRENCY = 10;
const startedAt: number[] = [];

serve<RecoveryWorker>({
  async open({ side: name, url, queue, endless }) {
    const side = await openSide(name, url);
    const run = async (): Promise<void> => {
      startedAt.push(monotonicMs());
      if (endless) await new Promise<never>(() => {});
    };
    await side.work(queue, run, CONCURRENCY);
  },

  async started({ sinceMs, jobs, timeoutMs }) {
    const after = (): number[] => startedAt.filter((at) => at > sinceMs);
    await until(() => after().length >= jobs, timeoutMs, `${jobs} jobs have started`);
    return after()[jobs - 1]!;
  },
});
