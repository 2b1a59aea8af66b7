/**
 * One side that waits for jobs on many queues and notes when each starts.
 *
 * It can be made to read or write much at the same time, on another queue over the same connections.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs, sleep, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { openSide, type Side, type SideName } from '../harness/sides.ts';
import type { Stamped } from './producer.ts';

/** One job that was picked up. */
export interface Pickup {
  readonly sentAtMs: number;
  readonly latencyMs: number;
}

/** A stretch of time on the clock of all processes. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** The longest that the process was busy with itself meanwhile; no socket can be faster than that. */
  readonly blockedMs: number;
}

/** What this child can do. */
export interface PickupWorker {
  /** One worker per queue, started one after the other. */
  open(argument: {
    side: SideName;
    url: string;
    queues: readonly string[];
    staggerMs: number;
  }): Promise<void>;
  /** Waits for `jobs` pickups and hands them over, oldest first; the next call starts anew. */
  collect(argument: { jobs: number; timeoutMs: number }): Promise<Pickup[]>;
  /** Reads all waiting jobs of a queue at once. */
  readAll(argument: { queue: string; jobs: number }): Promise<Stretch>;
  /** Adds many small jobs at once. */
  addMany(argument: { queue: string; jobs: number }): Promise<Stretch>;
}

let side: Side | undefined;
let pickups: Pickup[] = [];

serve<PickupWorker>({
  async open({ side: name, url, queues, staggerMs }) {
    side = await openSide(name, url);
    for (const queue of queues) {
      await side.work(
        queue,
        async (job) => {
          const { sentAtMs } = job.data as Stamped; // Only the producer adds to these queues.
          pickups.push({ sentAtMs, latencyMs: monotonicMs() - sentAtMs });
        },
        1,
      );
      if (staggerMs > 0) await sleep(staggerMs);
    }
  },

  async collect({ jobs, timeoutMs }) {
    await until(() => pickups.length >= jobs, timeoutMs, `${jobs} jobs were picked up`);
    if (pickups.length > jobs) throw new Error(`${pickups.length} pickups of ${jobs} jobs`);
    const collected = pickups;
    pickups = [];
    return collected;
  },

  async readAll({ queue, jobs: expected }) {
    const waiting = side!.queue(queue);
    const { result: jobs, stretch } = await timed(() => waiting.getJobs(['waiting'], 0, -1));
    const bytes = jobs.reduce((sum, job) => sum + String(job.data.text).length, 0);
    if (jobs.length !== expected || bytes < expected) {
      throw new Error(`read ${jobs.length} jobs with ${bytes} bytes instead of ${expected} jobs`);
    }
    return stretch;
  },

  async addMany({ queue, jobs: count }) {
    const data = { to: 'somebody@example.com', template: 'welcome' };
    const jobs = Array.from({ length: count }, () => ({ name: 'mail', data }));
    const target = side!.queue(queue);
    const { result: added, stretch } = await timed(() => target.addBulk(jobs));
    if (added.length !== count) throw new Error(`added ${added.length} jobs instead of ${count}`);
    return stretch;
  },
});

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; stretch: Stretch }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const fromMs = monotonicMs();
  const result = await run();
  const toMs = monotonicMs();
  delay.disable();
  return { result, stretch: { fromMs, toMs, blockedMs: delay.max / 1e6 } };
}
