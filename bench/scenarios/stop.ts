/**
 * How long `stop()` takes when Redis is gone: with idle workers, and with jobs that never end.
 */
import { startChild } from '../harness/children.ts';
import { sleep, until } from '../harness/clock.ts';
import { startRedis } from '../harness/redis.ts';
import { alone } from '../harness/report.ts';
import { repeat } from '../harness/rounds.ts';
import { type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { ProducerWorker } from '../workers/producer.ts';
import type { StoppingWorker } from '../workers/stopping.ts';

const ROUNDS = 5;
/** What an idle stop may take, and a busy one beyond its deadline. */
const BAR_MS = 2_000;
const DEADLINE_MS = 3_000;
/** Time for the coordinator to notice that Redis is gone. */
const NOTICE_MS = 1_000;
const START_TIMEOUT_MS = 20_000;

export const stop: Scenario = {
  name: 'stop',
  describe: 'time to stop 100 workers when Redis is gone, idle and with jobs running',
  async run(options) {
    const workers = options.quick ? 20 : 100;
    const rounds = roundsOf(options, ROUNDS);
    const idle = await repeat(rounds, () => measure(workers, false, options));
    const busy = await repeat(rounds, () => measure(workers, true, options));
    return [
      alone({ what: `${workers} idle workers`, unit: 'ms', bar: BAR_MS, better: 'lower' }, idle),
      alone(
        {
          what: `${workers} workers with a job each, deadline ${DEADLINE_MS} ms`,
          unit: 'ms',
          bar: DEADLINE_MS + BAR_MS,
          better: 'lower',
        },
        busy,
      ),
    ];
  },
};

async function measure(
  workers: number,
  isBusy: boolean,
  { progress }: RunOptions,
): Promise<number> {
  const queues = Array.from({ length: workers }, (_, i) => `queue-${i}`);
  await using redis = await startRedis();
  await using child = startChild<StoppingWorker>('stopping');
  await child.call('open', { url: redis.url, queues });
  if (isBusy) {
    await using producer = startChild<ProducerWorker>('producer');
    await producer.call('open', { url: redis.url });
    await producer.call('burst', { queues });
    const areAllRunning = async () => (await child.call('running', null)) === workers;
    await until(areAllRunning, START_TIMEOUT_MS, 'a job ran on every worker');
  } else {
    await sleep(NOTICE_MS); // All workers have come to wait.
  }
  await redis.kill();
  await sleep(NOTICE_MS);
  const tookMs = await child.call('stop', isBusy ? { timeoutMs: DEADLINE_MS } : {});
  progress(`${isBusy ? 'busy' : 'idle'}: ${Math.round(tookMs)} ms`);
  return tookMs;
}
