/**
 * The network between the applications and Redis fails: silence, slowness, stalls, cut packets.
 */

import { createRandom } from '../harness/random-numbers.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Stage } from '../harness/stage.ts';
import { PACKETS_CUT } from './packets.ts';

const family = 'the network fails';
/** Promised: a peer that is gone without a word is noticed within 20 s. */
const NOTICED_MS = 20_000;

async function stall(stage: Stage, ms: number): Promise<void> {
  const random = createRandom(1);
  for (const end = stage.now() + ms; stage.now() < end; ) {
    stage.proxy!.delay(random.chance(0.05) ? 1_000 : 0);
    await stage.sleep(20);
  }
  stage.proxy!.delay(0);
}

/** Producer and worker both have to notice before a job can start. */
async function fallSilent({ proxy, ledger, now, until, check, note }: Stage): Promise<void> {
  const { length } = ledger.started;
  const since = now();
  proxy!.mode = 'blackhole';
  proxy!.mode = 'pass';
  const isNoticed = await until(() => ledger.started.length > length + 20, NOTICED_MS + 5_000);
  const tookMs = Math.round(now() - since);
  if (isNoticed) note(`work went on after ${tookMs} ms`);
  proxy!.buryTheSilent(); // The server would count them among the sockets of the worker.
  check(
    `silence is noticed within ${NOTICED_MS} ms`,
    isNoticed && tookMs <= NOTICED_MS,
    isNoticed ? `work went on after ${tookMs} ms` : `not within ${tookMs} ms`,
  );
}

export const NETWORK: readonly Scenario[] = [
  {
    ...{ name: 'half-open', family, pace: 'fast' },
    fault: 'all connections fall silent for ever, no end is seen; new ones pass',
    promise: 'noticed within 20 s, nothing lost; at most the jobs in flight run again',
    setup: { via: 'proxy', workers: 1 },
    bounds: { repeats: 'in flight' },
    run: fallSilent,
  },
  PACKETS_CUT,
  {
    ...{ name: 'slow-network', family, pace: 'usual' },
    fault: '200 ms of latency for 6 s',
    promise: 'slower, and nothing else: no error, nothing twice',
    setup: { via: 'proxy' },
    async run(stage) {
      stage.proxy!.delay(100); // in each direction
      await stage.sleep(6_000);
      stage.proxy!.delay(0);
    },
  },
  {
    ...{ name: 'stalling-network', family, pace: 'usual' },
    fault: '5 % of the time everything is held back for a second, for 6 s',
    promise: 'slower, and nothing else: no error, nothing twice',
    setup: { via: 'proxy' },
    run: (stage) => stall(stage, 6_000),
  },
];
