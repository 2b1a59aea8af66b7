/**
 * A coordinator that knows many queues and reads the statistics of all of them.
 */
import { Coordinator } from 'drover';
import { monotonicMs, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { reportTrouble } from '../harness/sides.ts';

/** What this child can do. */
export interface QueueCountsWorker {
  open(argument: { url: string; queues: number }): Promise<void>;
  /** Gives every queue two waiting, one delayed, one prioritized, one completed and one failed job. */
  seed(argument: { url: string; queues: number }): Promise<void>;
  /** Reads all statistics `calls` times, checks them, and returns the ms that each call took. */
  read(argument: { calls: number }): Promise<number[]>;
}

const JOBS_PER_QUEUE = 6;
const QUEUES_AT_ONCE = 50;
const SEED_TIMEOUT_MS = 90_000;

let coordinator: Coordinator | undefined;

async function open(url: string): Promise<Coordinator> {
  const opened = new Coordinator({ redisUrl: url, logger: false });
  await opened.start();
  return opened;
}

const nameOf = (i: number): string => `queue-${i}`;

async function forEachQueue(queues: number, run: (name: string) => Promise<unknown>) {
  for (let start = 0; start < queues; start += QUEUES_AT_ONCE) {
    const length = Math.min(QUEUES_AT_ONCE, queues - start);
    await Promise.all(Array.from({ length }, (_, i) => run(nameOf(start + i))));
  }
}

serve<QueueCountsWorker>({
  async open({ url, queues }) {
    coordinator = await open(url);
    reportTrouble(coordinator);
    for (let i = 0; i < queues; i++) coordinator.queue(nameOf(i));
  },

  async seed({ url, queues }) {
    const working = await open(url);
    let completed = 0;
    let failed = 0;
    working.on('job.failed', () => {
      failed += 1;
    });
    for (let i = 0; i < queues; i++) {
      working.process(nameOf(i), async (job) => {
        if (job.name === 'fails') throw new Error('on purpose');
        completed += 1;
      });
    }
    await forEachQueue(queues, (name) =>
      working.queue(name).addBulk([
        { name: 'succeeds', data: {} },
        { name: 'fails', data: {}, opts: { attempts: 1 } },
      ]),
    );
    const isDone = () => completed === queues && failed === queues;
    await until(isDone, SEED_TIMEOUT_MS, 'the jobs of the statistics had run');
    await working.stop();

    const adding = await open(url);
    await forEachQueue(queues, (name) =>
      adding.queue(name).addBulk([
        { name: 'waits', data: {} },
        { name: 'waits', data: {} },
        { name: 'sleeps', data: {}, opts: { delay: 3_600_000 } },
        { name: 'matters', data: {}, opts: { priority: 1 } },
      ]),
    );
    await adding.stop();
  },

  async read({ calls }) {
    const times: number[] = [];
    for (let i = 0; i < calls; i++) {
      const startedAt = monotonicMs();
      const stats = await coordinator!.getAllQueueStats();
      times.push(monotonicMs() - startedAt);
      for (const { queue, counts } of stats) {
        const { waiting, delayed, prioritized, completed, failed } = counts;
        const isRight = [waiting, delayed, prioritized, completed, failed].join() === '2,1,1,1,1';
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        if (!isRight || total !== JOBS_PER_QUEUE) {
          throw new Error(`${queue} has ${JSON.stringify(counts)}`);
        }
      }
    }
    return times;
  },
});
