/** A coordinator without queues of its own leads for the queues it finds, and changes nothing of theirs. */
import { Queue, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

test('a console judges the queues of plain BullMQ and writes to no key of theirs', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  const queue = new Queue('plain', { connection: redis });
  onTestFinished(() => queue.close());
  await queue.addBulk([
    { name: 'fails', data: {} },
    { name: 'waits', data: {}, opts: { delay: 60_000 } },
  ]);
  const worker = new Worker(
    'plain',
    async () => {
      throw new Error('no such photo');
    },
    { connection: { host: server.host, port: server.port, maxRetriesPerRequest: null } },
  );
  await until(async () => (await queue.getFailedCount()) === 1);
  await worker.close();
  // That the queue is known is all that is told beforehand.
  const before = await redis.dump('bull:plain:failed');
  const seen = await startMonitor(server);
  const coordinator = await startCoordinator(server);
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop, message }) => failures.push(`${loop}: ${message}`));
  await until(async () => await redis.hget('coordinator:queues:plain:health', 'status'), {
    timeoutMs: 40_000,
  });
  await until(async () => (await coordinator.deadLetters.groups({ queue: 'plain' })).length === 1, {
    timeoutMs: 40_000,
  });
  const flags = (await redis.call('COMMAND')) as [string, number, string[]][];
  const writes = new Set(flags.filter(([, , of]) => of.includes('write')).map(([name]) => name));
  const changes = seen.filter(
    ({ command, text }) => writes.has(command) && /^\s*"bull:plain:/.test(text),
  );
  expect(changes).toEqual([]);
  expect(await redis.dump('bull:plain:failed')).toBe(before);
  expect(await queue.getJobCounts('failed', 'delayed')).toEqual({ failed: 1, delayed: 1 });
  expect(failures).toEqual([]);
}, 100_000);
