/**
 * One job at a time, each to one of the idle queues: the latency that users feel.
 */
import type { PrivateRedis } from '../harness/redis.ts';
import { compared } from '../harness/report.ts';
import { interleave, pick } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import { openWaitingSide, queueNames, sideName } from './waiting-side.ts';

const ROUNDS = 7;
const JOBS = 600;
const QUICK_JOBS = 100;
const GAP_MS = 5;
const TIMEOUT_MS = 30_000;
const P50_BAR = 1.2;
const P99_BAR = 1.5;

/** Two rows: median and 99th percentile. */
export async function measureTrickle(
  redis: PrivateRedis,
  count: number,
  options: RunOptions,
): Promise<Row[]> {
  const queues = queueNames(count);
  const jobs = options.quick ? QUICK_JOBS : JOBS;
  let seed = 1;
  const rounds = await interleave(roundsOf(options, ROUNDS), async (side) => {
    await using waiting = await openWaitingSide({ redis, side: sideName(side), queues });
    const { consumer, producer } = waiting;
    await producer.call('trickle', { queues, jobs, gapMs: GAP_MS, seed: Math.ceil(seed++ / 2) });
    const pickups = await consumer.call('collect', { jobs, timeoutMs: TIMEOUT_MS });
    const latencies = pickups.map(({ latencyMs }) => latencyMs);
    const result = { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
    options.progress(
      `${count} queues: ${side} p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms`,
    );
    return result;
  });
  const among = count === 1 ? '1 idle queue' : `${count} idle queues`;
  const label = { unit: 'ms', better: 'lower' } as const;
  return [
    compared(
      { ...label, what: `${among}, pickup p50`, bar: P50_BAR },
      pick(rounds, ({ p50 }) => p50),
    ),
    compared(
      { ...label, what: `${among}, pickup p99`, bar: P99_BAR },
      pick(rounds, ({ p99 }) => p99),
    ),
  ];
}
