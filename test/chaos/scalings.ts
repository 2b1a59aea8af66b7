/**
 * `node scripts/chaos.mjs scalings [--runs 1000] [--seed N]`
 *
 * Scales a pool of two processes so many times while jobs run. Ends with 1 when a job was interrupted, repeated or
 * stalled.
 */
import { parseArgs } from 'node:util';
import { Coordinator } from 'drover';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis-server.ts';
import { createRandom } from './harness/random-numbers.ts';
import { pinAtRandom } from './harness/random-pins.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
});

await using server = await startRedis();
const redis = new Redis(server.url);
await using operator = new Coordinator({ redisUrl: server.url, logger: false });
await operator.start();
const startedAt = performance.now();
const outcome = await pinAtRandom({
  ...{ server, redis, operator },
  scalings: Number(values.runs),
  random: createRandom(Number(values.seed)).number,
  onScaled: (done) => {
    if (done % 50 === 0) console.log(`${done} scalings`);
  },
});
redis.disconnect();
for (const line of outcome.broken) console.log(line);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  `${outcome.scalings} scalings in ${seconds} s, ${outcome.down} of them down, ${outcome.belowRunning} to fewer slots than jobs that ran: ${outcome.jobs} jobs, ${outcome.broken.length} interrupted, repeated or stalled`,
);
process.exitCode = outcome.broken.length > 0 ? 1 : 0;
