/** Whatever is scaled while jobs run: each runs once, to its end. */
import { expect, test } from 'vitest';
import { startCoordinator } from '../support/coordinators.ts';
import { scaleAtRandom } from '../support/random-scalings.ts';
import { startRedis } from '../support/redis-server.ts';

test('500 random scalings of two processes under load: every job runs exactly once', async () => {
  const server = await startRedis();
  const coordinators = await Promise.all([1, 2].map(() => startCoordinator(server)));
  const seen = await scaleAtRandom({ coordinators, queue: 'scaled', scalings: 500, seed: 26 });
  expect(seen.added).toBeGreaterThan(500);
  expect(seen).toEqual({
    ...{ added: seen.added, completed: seen.added },
    ...{ repeated: [], stalled: 0, failed: 0, mostAttempts: 1, exceeded: 0 },
  });
  await Promise.all(coordinators.map((coordinator) => coordinator.stop({ timeoutMs: 2_000 })));
  await server.stop();
}, 90_000);
