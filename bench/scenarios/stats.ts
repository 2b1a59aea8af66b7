/**
 * `getAllQueueStats` over many queues: how long it takes, and how often it crosses the network.
 *
 * Crossings are counted by a proxy with a delay so long that everything of one crossing is sent before
 * the first answer: each time the client speaks again after the server did is one more.
 */
import { startChild } from '../harness/children.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { median } from '../harness/statistics.ts';
import { startProxy } from '../harness/throttled-proxy.ts';
import type { QueueCountsWorker } from '../workers/queue-counts.ts';

const ROUNDS = 5;
const CALLS = 50;
const WARM_UP_CALLS = 10;
/** Few: the coordinator's own periodic work must not fall into many of them. */
const DISTANT_CALLS = 5;
const DELAY_MS = 20;

export const stats: Scenario = {
  name: 'stats',
  describe: 'statistics of 1,000 queues: time, and round trips over a slow link',
  async run(options) {
    const queues = options.quick ? 100 : 1_000;
    await using redis = await startRedis();
    {
      await using seeding = startChild<QueueCountsWorker>('queue-counts');
      await seeding.call('seed', { url: redis.url, queues });
    }
    const rounds = roundsOf(options, ROUNDS);
    const near = await repeat(rounds, () => timeNear(redis, queues, options));
    const far = await repeat(rounds, () => countTrips(redis, queues, options));
    const what = (rest: string): string => `statistics of ${queues} queues, ${rest}`;
    return [
      alone({ what: what('time'), unit: 'ms', bar: 50, better: 'lower' }, near),
      alone(
        { what: what('round trips'), unit: 'round trips', bar: 1, better: 'lower' },
        far.map(({ trips }) => trips),
      ),
      alone(
        {
          what: what(`time over a link of ${2 * DELAY_MS} ms there and back`),
          unit: 'ms',
          bar: 4 * DELAY_MS,
          better: 'lower',
        },
        far.map(({ timeMs }) => timeMs),
      ),
    ];
  },
};

async function timeNear(
  redis: PrivateRedis,
  queues: number,
  { progress }: RunOptions,
): Promise<number> {
  await using child = startChild<QueueCountsWorker>('queue-counts');
  await child.call('open', { url: redis.url, queues });
  await child.call('read', { calls: WARM_UP_CALLS });
  const timeMs = median(await child.call('read', { calls: CALLS }));
  progress(`${timeMs.toFixed(1)} ms`);
  return timeMs;
}

async function countTrips(
  redis: PrivateRedis,
  queues: number,
  { progress }: RunOptions,
): Promise<{ trips: number; timeMs: number }> {
  await using proxy = await startProxy({ targetPort: redis.port, delayMs: DELAY_MS });
  await using child = startChild<QueueCountsWorker>('queue-counts');
  await child.call('open', { url: proxy.url, queues });
  await child.call('read', { calls: WARM_UP_CALLS });
  const times: number[] = [];
  const trips: number[] = [];
  for (let i = 0; i < DISTANT_CALLS; i++) {
    const before = proxy.turns();
    times.push(...(await child.call('read', { calls: 1 })));
    trips.push(proxy.turns() - before);
  }
  const result = { trips: median(trips), timeMs: median(times) };
  progress(`${result.trips} round trips, ${result.timeMs.toFixed(1)} ms`);
  return result;
}
