/** Whenever a worker is killed, its failed jobs have one record each and its living jobs none. */
import { expect, test } from 'vitest';
import { createClient } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { killWorkers } from './harness/dead-letter-kills.ts';
import { createRandom } from './harness/random-numbers.ts';

const RUNS = 20;

test(`${RUNS} workers killed while their jobs fail for good`, async () => {
  await using server = await startRedis();
  const outcomes = await killWorkers(server, createClient(server), RUNS, createRandom(1).number);
  expect(outcomes.flatMap(({ broken }) => broken)).toEqual([]);
  // The kills came while jobs were failing, not before and not after all of them.
  expect(outcomes.filter(({ dead, alive }) => dead > 0 && alive > 0).length).toBeGreaterThan(
    RUNS / 2,
  );
});
