/**
 * One side of `payload-throughput`: adds jobs with photo metadata and runs them, as fast as it can.
 *
 * `compressed` and `off` are coordinators, with `compressAbove` and without a policy; `bare` is BullMQ alone.
 */
import { type Job, Queue, Worker } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import { Redis } from 'ioredis';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { loadPayloads } from '../harness/internals.ts';
import { photoData, photoResult } from '../harness/photo-metadata.ts';
import { serve } from '../harness/serve.ts';
import { JOB_OPTIONS, reportTrouble } from '../harness/sides.ts';
import { createRandom } from '../scaling/random.ts';

/** Which side a child plays. */
export type PayloadSide = 'compressed' | 'off' | 'bare';
/** `photo`: some 4 KB of data and 6 KB of result; `album`: 64 KB of each. */
export type PayloadSize = 'photo' | 'album';

/** What this child can do. */
export interface PayloadThroughputWorker {
  open(argument: {
    side: PayloadSide;
    size: PayloadSize;
    url: string;
    concurrency: number;
  }): Promise<void>;
  /**
   * Adds so many jobs, `concurrency` of them in flight, while as many run. Returns the milliseconds until the last
   * has started, and the microseconds of processor time of this process.
   */
  turn(argument: { jobs: number }): Promise<{ ms: number; cpuMicros: number }>;
  /** Whether payloads are deflated with dictionaries by now. */
  hasLearned(argument: Record<never, never>): Promise<boolean>;
  /** Nanoseconds that a codec without a policy takes for one job: data in and out, result in. */
  passThrough(argument: { jobs: number }): Promise<number>;
}

const QUEUE = 'photos';
/** Different payloads, taken in turn. */
const VARIETY = 400;
const ALBUM_BYTES = 64 * 1024;

interface Opened {
  readonly queue: Pick<Queue, 'add'>;
  readonly concurrency: number;
}
let opened: Opened | undefined;
let redis: Redis | undefined;
let payloads: { data: object[]; results: object[] } = { data: [], results: [] };
let started = 0;
let target = Number.POSITIVE_INFINITY;
let reached: () => void = () => {};

async function run(): Promise<object> {
  started += 1;
  if (started === target) reached();
  return payloads.results[started % VARIETY]!;
}

/** As many as make 64 KB of JSON. */
function album(photos: readonly object[], from: number): object {
  const chosen: object[] = [];
  for (let bytes = 0, at = from; bytes < ALBUM_BYTES; at++) {
    const photo = photos[at % photos.length]!;
    chosen.push(photo);
    bytes += JSON.stringify(photo).length;
  }
  return { photos: chosen };
}

function makePayloads(size: PayloadSize): void {
  const random = createRandom(6, 'photos');
  const data = Array.from({ length: VARIETY }, () => photoData(random));
  const results = Array.from({ length: VARIETY }, () => photoResult(random));
  payloads =
    size === 'photo'
      ? { data, results }
      : {
          data: data.map((_, at) => album(data, at)),
          results: results.map((_, at) => album(results, at)),
        };
}

async function openCoordinator(side: PayloadSide, url: string): Promise<Coordinator> {
  const coordinator = new Coordinator({ redisUrl: url, logger: false });
  reportTrouble(coordinator);
  await coordinator.start();
  const payload = side === 'compressed' ? { payload: { compressAbove: '1kb' as const } } : {};
  coordinator.queue(defineQueue(QUEUE, payload));
  return coordinator;
}

serve<PayloadThroughputWorker>({
  async open({ side, size, url, concurrency }) {
    makePayloads(size);
    redis = new Redis(url, { maxRetriesPerRequest: null });
    if (side === 'bare') {
      const queue = new Queue(QUEUE, { connection: redis, defaultJobOptions: JOB_OPTIONS });
      const worker = new Worker(QUEUE, (_: Job) => run(), { connection: redis, concurrency });
      worker.on('error', (error) => console.error(`bench: ${error.message}`));
      await worker.waitUntilReady();
      opened = { queue, concurrency };
      return;
    }
    const coordinator = await openCoordinator(side, url);
    coordinator.process(QUEUE, run, concurrency);
    opened = { queue: coordinator.queue(QUEUE) as unknown as Queue, concurrency };
  },

  async turn({ jobs }) {
    const { queue, concurrency } = opened!;
    let left = jobs;
    started = 0;
    target = jobs;
    const done = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const lane = async (): Promise<void> => {
      for (let at = --left; at >= 0; at = --left) {
        await queue.add('photo', payloads.data[at % VARIETY]);
      }
    };
    const cpu = process.cpuUsage();
    const startedAt = monotonicMs();
    await Promise.all([...Array.from({ length: concurrency }, lane), done]);
    const ms = monotonicMs() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    // The last acknowledgements are no part of the next turn.
    await sleep(50);
    return { ms, cpuMicros: user + system };
  },

  async hasLearned() {
    // For data and for results: which one is current, and the dictionary.
    return (await redis!.hlen(`coordinator:dictionaries:${QUEUE}`)) >= 4;
  },

  async passThrough({ jobs }) {
    const { codecs, keys } = await loadPayloads();
    const away = { isReady: false, since: 0, raw: () => new Promise<never>(() => {}) };
    const refuse = (): Promise<never> => Promise.reject(new Error('there are no bodies'));
    const codec = new codecs.Codecs({
      ...{ command: away, keys: keys.createKeys('coordinator'), announce: () => {} },
      bodies: { put: refuse, get: refuse },
    }).of(QUEUE);
    const [data, results] = [payloads.data, payloads.results].map((all) =>
      all.map((each) => JSON.stringify(each)),
    ) as [string[], string[]];
    let bytes = 0;
    const startedAt = monotonicMs();
    for (let job = 0; job < jobs; job++) {
      const packed = codec.offload('data', codec.pack('data', data[job % VARIETY]!) as string);
      const result = codec.pack('result', results[job % VARIETY]!) as string;
      const stored = codec.offload('result', result) as string;
      bytes += (codec.unpack('data', packed as string) as string).length + stored.length;
    }
    const nanos = ((monotonicMs() - startedAt) * 1e6) / jobs;
    if (bytes === 0) throw new Error('nothing came through');
    return nanos;
  },
});
