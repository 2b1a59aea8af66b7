/**
 * One side at full speed: adds with a fixed number in flight, or one worker that drains a filled queue.
 *
 * The first operations warm up the code and are not timed.
 */
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { openSide, type Side, type SideName } from '../harness/sides.ts';

/** How much of what. */
export interface Load {
  readonly queue: string;
  readonly jobs: number;
  readonly warmUp: number;
  readonly concurrency: number;
}

/** What this child can do. */
export interface ThroughputWorker {
  open(argument: { side: SideName; url: string }): Promise<void>;
  /** Adds one at a time, `concurrency` of them in flight. Returns the milliseconds that it took. */
  add(argument: Load): Promise<number>;
  /** Runs the `jobs + warmUp` jobs that wait. Returns the milliseconds that `jobs` took. */
  drain(argument: Load): Promise<number>;
}

let side: Side | undefined;

serve<ThroughputWorker>({
  async open({ side: name, url }) {
    side = await openSide(name, url);
  },

  async add({ queue: name, jobs, warmUp, concurrency }) {
    const queue = side!.queue(name);
    const addMany = async (count: number): Promise<number> => {
      let left = count;
      let idBytes = 0;
      const lane = async (): Promise<void> => {
        while (left-- > 0) {
          const job = await queue.add('mail', { to: 'somebody@example.com', template: 'welcome' });
          idBytes += job.id!.length;
        }
      };
      await Promise.all(Array.from({ length: concurrency }, lane));
      return idBytes;
    };
    await addMany(warmUp);
    const startedAt = monotonicMs();
    const idBytes = await addMany(jobs);
    const tookMs = monotonicMs() - startedAt;
    if (idBytes < jobs) throw new Error('an add came back without an id');
    return tookMs;
  },

  drain({ queue, jobs, warmUp, concurrency }) {
    return new Promise<number>((resolve, reject) => {
      let started = 0;
      let warmAt = 0;
      // As cheap as the bare `async () => {}` but for counting, the same on both sides.
      const run = async (): Promise<void> => {
        started += 1;
        if (started === warmUp) warmAt = monotonicMs();
        if (started === warmUp + jobs) resolve(monotonicMs() - warmAt);
      };
      side!.work(queue, run, concurrency).catch(reject);
    });
  },
});
