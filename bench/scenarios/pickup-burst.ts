/**
 * One job to each of many idle queues at once: every waiting worker is woken in the same moment.
 */
import { sleep } from '../harness/clock.ts';
import type { PrivateRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleave } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import { openWaitingSide, queueNames, sideName } from './waiting-side.ts';

const ROUNDS = 7;
const QUEUES = 200;
const BURSTS = 5;
/** All workers wait again by then. */
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 30_000;
const BAR = 1.2;

/** One row: the 99th percentile over the bursts of a round. */
export async function measureBurst(redis: PrivateRedis, options: RunOptions): Promise<Row> {
  const count = options.quick ? 50 : QUEUES;
  const queues = queueNames(count);
  const rounds = await interleave(roundsOf(options, ROUNDS), async (side) => {
    await using waiting = await openWaitingSide({ redis, side: sideName(side), queues });
    const { consumer, producer } = waiting;
    const latencies: number[] = [];
    for (let i = 0; i < (options.quick ? 1 : BURSTS); i++) {
      await producer.call('burst', { queues });
      const pickups = await consumer.call('collect', { jobs: count, timeoutMs: TIMEOUT_MS });
      latencies.push(...pickups.map(({ latencyMs }) => latencyMs));
      await sleep(PAUSE_MS);
    }
    const p99 = percentile(latencies, 0.99);
    options.progress(`burst: ${side} p99 ${p99.toFixed(1)} ms`);
    return p99;
  });
  const what = `one job to each of ${count} queues, pickup p99`;
  return compared({ what, unit: 'ms', bar: BAR, better: 'lower' }, rounds);
}
