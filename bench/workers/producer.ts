/**
 * The producer of every comparison: bare BullMQ, the same for both sides.
 *
 * It stamps each job with the clock that all processes of a machine share, right before the add.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { JOB_OPTIONS } from '../harness/sides.ts';

/** Data of a stamped job. */
export interface Stamped {
  readonly sentAtMs: number;
}

/** What this child can do. */
export interface ProducerWorker {
  open(argument: { url: string }): Promise<void>;
  /** Many equal jobs, as fast as it goes. `bytes` of payload each. */
  fill(argument: { queue: string; jobs: number; bytes: number }): Promise<void>;
  /** One stamped job at a time, each to a queue picked by a seeded die. */
  trickle(argument: {
    queues: readonly string[];
    jobs: number;
    gapMs: number;
    seed: number;
  }): Promise<void>;
  /** One stamped job to each queue, all at once. */
  burst(argument: { queues: readonly string[] }): Promise<void>;
}

const FILL_SLICE_BYTES = 4 * 1024 * 1024;
const FILL_SLICE_JOBS = 1_000;

let redis: Redis | undefined;
const queues = new Map<string, Queue>();

function queueOf(name: string): Queue {
  if (!redis) throw new Error('the producer is not open');
  const known = queues.get(name);
  if (known) return known;
  const queue = new Queue(name, { connection: redis, defaultJobOptions: JOB_OPTIONS });
  queues.set(name, queue);
  return queue;
}

serve<ProducerWorker>({
  async open({ url }) {
    redis = new Redis(url, { maxRetriesPerRequest: null });
    await redis.ping();
  },

  async fill({ queue, jobs, bytes }) {
    const data = { text: 'x'.repeat(bytes) };
    const slice = Math.max(
      1,
      Math.min(FILL_SLICE_JOBS, Math.floor(FILL_SLICE_BYTES / (bytes + 1))),
    );
    for (let sent = 0; sent < jobs; sent += slice) {
      const length = Math.min(slice, jobs - sent);
      await queueOf(queue).addBulk(Array.from({ length }, () => ({ name: 'job', data })));
    }
  },

  async trickle({ queues: names, jobs, gapMs, seed }) {
    const random = createRandom(seed);
    const targets = names.map(queueOf);
    for (let i = 0; i < jobs; i++) {
      const queue = targets[Math.floor(random() * targets.length)]!;
      await queue.add('job', { sentAtMs: monotonicMs() } satisfies Stamped);
      await sleep(gapMs);
    }
  },

  async burst({ queues: names }) {
    const targets = names.map(queueOf);
    await Promise.all(
      targets.map((queue) => queue.add('job', { sentAtMs: monotonicMs() } satisfies Stamped)),
    );
  },
});

/** Mulberry32: both sides get the same sequence of queues. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
