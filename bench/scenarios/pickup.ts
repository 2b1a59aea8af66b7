/**
 * From add to start: how soon idle workers pick up jobs, and what waiting costs Redis.
 *
 * Its parts are in files of their own; they all use the same consumer and producer processes.
 */
import { startRedis } from '../harness/redis.ts';
import type { Row, Scenario } from '../harness/scenario.ts';
import { measureBurst } from './pickup-burst.ts';
import { measureIdle } from './pickup-idle.ts';
import { measureUnderLoad } from './pickup-load.ts';
import { measureTrickle } from './pickup-trickle.ts';

const IDLE_QUEUES = [1, 20, 100];

export const pickup: Scenario = {
  name: 'pickup',
  describe: 'latency from add to start on idle queues, in a burst and under load; cost of waiting',
  async run(options) {
    await using redis = await startRedis();
    const rows: Row[] = [];
    for (const queues of IDLE_QUEUES) {
      rows.push(...(await options.part(() => measureTrickle(redis, queues, options))));
    }
    rows.push(...(await options.part(async () => [await measureBurst(redis, options)])));
    rows.push(...(await options.part(async () => [await measureIdle(redis, options)])));
    for (const load of ['readAll', 'addMany'] as const) {
      rows.push(...(await options.part(() => measureUnderLoad(redis, load, options))));
    }
    return rows;
  },
};
