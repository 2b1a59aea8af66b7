/**
 * `node scripts/chaos.mjs dead-letter-kills [--runs 500] [--seed N]`
 *
 * Kills so many workers while their jobs fail for good. Ends with 1 when a dead letter was lost or doubled.
 */
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis-server.ts';
import { killWorkers } from './harness/dead-letter-kills.ts';
import { createRandom } from './harness/random-numbers.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});

await using server = await startRedis();
const redis = new Redis(server.url);
const startedAt = performance.now();
const outcomes = await killWorkers(
  server,
  redis,
  Number(values.runs),
  createRandom(Number(values.seed)).number,
  ({ broken }, run) => {
    for (const line of broken) console.log(`run ${run}: ${line}`);
    if ((run + 1) % 50 === 0) console.log(`${run + 1} kills`);
  },
);
redis.disconnect();
const dead = outcomes.reduce((sum, outcome) => sum + outcome.dead, 0);
const within = outcomes.filter(({ dead, alive }) => dead > 0 && alive > 0).length;
const broken = outcomes.reduce((sum, outcome) => sum + outcome.broken.length, 0);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  `${outcomes.length} kills in ${seconds} s, ${within} of them between failures: ${dead} dead letters, ${broken} lost or doubled`,
);
process.exitCode = broken > 0 ? 1 : 0;
