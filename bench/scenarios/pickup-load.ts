/**
 * Pickup over a slow link while the same process moves much data, against the same when it is quiet.
 *
 * In the row with the bar both sides are Drover: `ours` under load, `peer` quiet. A row without a bar shows
 * bare BullMQ under the same load. Only jobs sent while the load lasts count.
 */
import { monotonicMs, sleep } from '../harness/clock.ts';
import type { PrivateRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleaveAll } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import { startProxy } from '../harness/throttled-proxy.ts';
import type { Stretch } from '../workers/pickup.ts';
import { openWaitingSide, queueNames, type WaitingSide } from './waiting-side.ts';

type Load = 'readAll' | 'addMany';

const ROUNDS = 5;
/** 100 Mbit/s. */
const BYTES_PER_SECOND = 12_500_000;
const LARGE_BYTES = 50_000;
const QUIET_MS = 4_000;
const GAP_MS = 5;
/** The producer asks so often whether it may end. */
const JOBS_PER_ASKING = 25;
/** No load lasts longer. */
const MAX_ASKINGS = 400;
const TIMEOUT_MS = 60_000;
const BAR = 2;
const QUEUES = queueNames(20);
const OTHER_QUEUE = 'archive';

/** Two rows of 99th percentiles. */
export async function measureUnderLoad(
  redis: PrivateRedis,
  load: Load,
  options: RunOptions,
): Promise<Row[]> {
  const sides = ['loaded', 'quiet', 'bare'] as const;
  const { loaded, quiet, bare } = await interleaveAll(roundsOf(options, ROUNDS), sides, (side) =>
    measureOnce({ redis, load, side, options }),
  );
  const jobs = jobsOf(load, options);
  const work = load === 'readAll' ? `getJobs of ${jobs} × 50 KB` : `addBulk of ${jobs} jobs`;
  const what = `pickup p99 over 100 Mbit/s during ${work}`;
  const label = { unit: 'ms', better: 'lower' } as const;
  return [
    compared({ ...label, what: `${what}, against quiet`, bar: BAR }, { ours: loaded, peer: quiet }),
    compared({ ...label, what: `${what}, against bare`, bar: null }, { ours: loaded, peer: bare }),
  ];
}

interface Measurement {
  readonly redis: PrivateRedis;
  readonly load: Load;
  readonly side: 'loaded' | 'quiet' | 'bare';
  readonly options: RunOptions;
}

async function measureOnce({ redis, load, side, options }: Measurement): Promise<number> {
  const { port: targetPort } = redis;
  const jobs = jobsOf(load, options);
  await using proxy = await startProxy({ targetPort, bytesPerSecond: BYTES_PER_SECOND });
  await using waiting = await openWaitingSide({
    ...{ redis, queues: QUEUES, url: proxy.url },
    side: side === 'bare' ? 'bare' : 'ours',
  });
  const { consumer, producer } = waiting;
  if (load === 'readAll') {
    await producer.call('fill', { queue: OTHER_QUEUE, jobs, bytes: LARGE_BYTES });
  }
  const stretch =
    side === 'quiet'
      ? quietStretch(options.quick ? QUIET_MS / 4 : QUIET_MS)
      : consumer.call(load, { queue: OTHER_QUEUE, jobs });
  const latencies = await measureDuring(waiting, stretch);
  const p99 = percentile(latencies, 0.99);
  const { fromMs, toMs, blockedMs } = await stretch;
  options.progress(
    `link, ${load}: ${side} p99 ${p99.toFixed(1)} ms of ${latencies.length} jobs in ` +
      `${Math.round(toMs - fromMs)} ms, blocked for up to ${Math.round(blockedMs)} ms`,
  );
  return p99;
}

function jobsOf(load: Load, { quick }: RunOptions): number {
  if (load === 'readAll') return quick ? 200 : 1_000;
  return quick ? 5_000 : 50_000;
}

async function quietStretch(ms: number): Promise<Stretch> {
  const fromMs = monotonicMs();
  await sleep(ms);
  return { fromMs, toMs: monotonicMs(), blockedMs: 0 };
}

/** Latencies of the jobs sent within the stretch, which ends whenever it ends. */
async function measureDuring(
  { consumer, producer }: WaitingSide,
  stretch: Promise<Stretch>,
): Promise<number[]> {
  let isOver = false;
  const over = stretch.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined); // It is awaited below; until then nobody must take it for unhandled.
  let sent = 0;
  for (let asked = 0; !isOver && asked < MAX_ASKINGS; asked++) {
    const seed = asked + 1;
    const job = { queues: QUEUES, jobs: JOBS_PER_ASKING, gapMs: GAP_MS, seed };
    await producer.call('trickle', job);
    sent += JOBS_PER_ASKING;
  }
  const { fromMs, toMs } = await over;
  const pickups = await consumer.call('collect', { jobs: sent, timeoutMs: TIMEOUT_MS });
  const latencies = pickups
    .filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs <= toMs)
    .map(({ latencyMs }) => latencyMs);
  if (latencies.length === 0) throw new Error('no job was sent while the load lasted');
  return latencies;
}
