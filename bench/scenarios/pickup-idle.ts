/**
 * What it costs Redis that many workers of one process wait and nothing happens.
 */
import { startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
import type { PrivateRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleave } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf } from '../harness/scenario.ts';
import type { PickupWorker } from '../workers/pickup.ts';
import { queueNames, sideName } from './waiting-side.ts';

const ROUNDS = 3;
const WORKERS = 1_000;
/** Workers start one after the other over the 5 s that BullMQ blocks, so they ask again at all times. */
const START_OVER_MS = 5_000;
const SETTLE_MS = 3_000;
const MEASURE_MS = 10_000;
const BAR = 1.5;

/** One row: per cent of one core. */
export async function measureIdle(redis: PrivateRedis, options: RunOptions): Promise<Row> {
  const workers = options.quick ? 100 : WORKERS;
  const rounds = await interleave(roundsOf(options, ROUNDS), async (side) => {
    await redis.flush();
    await using consumer = startChild<PickupWorker>('pickup');
    await consumer.call('open', {
      side: sideName(side),
      url: redis.url,
      queues: queueNames(workers),
      staggerMs: START_OVER_MS / workers,
    });
    await sleep(SETTLE_MS);
    const percent = await readCpuPercent(redis, options.quick ? 3_000 : MEASURE_MS);
    options.progress(`${workers} idle workers: ${side} ${percent.toFixed(2)} % of a core`);
    return percent;
  });
  const what = `Redis CPU, ${workers.toLocaleString('en')} idle workers`;
  return compared({ what, unit: '% of a core', bar: BAR, better: 'lower' }, rounds);
}

async function readCpuPercent(redis: PrivateRedis, overMs: number): Promise<number> {
  const [fromSeconds, fromMs] = [await redis.cpuSeconds(), monotonicMs()];
  await sleep(overMs);
  const seconds = (await redis.cpuSeconds()) - fromSeconds;
  return (seconds / ((monotonicMs() - fromMs) / 1_000)) * 100;
}
