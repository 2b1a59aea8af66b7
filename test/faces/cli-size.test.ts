/** `drover redis size`: from figures that are given, from what a Redis holds, and from what makes no sense. */
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { drover } from './command-line.ts';

test('from figures it asks no Redis, and says what to write into the configuration', async () => {
  const line = ['redis', 'size', '--waiting', '100000', '--data', '2kb', '--processes', '10'];
  const [words, json] = await Promise.all([drover(line), drover([...line, '--json'])]);
  expect([words.code, words.stderr, json.code]).toEqual([0, '', 0]);
  expect(words.stdout).toMatch(/^maxmemory +512mb$/m);
  expect(words.stdout).toMatch(/^memoryLimit +1024mb$/m);
  expect(words.stdout).toMatch(/^maxclients +10000$/m);
  const answer = JSON.parse(json.stdout);
  expect(answer).toMatchObject({
    workload: { waiting: 100_000, dataBytes: 2_048, processes: 10, queues: 1 },
    maxmemoryBytes: 512 * 1_048_576,
    now: null,
  });
  const sum = Object.values(answer.parts as Record<string, number>).reduce((a, b) => a + b, 0);
  expect(answer.usedBytes).toBe(sum);
});

test('from Redis it begins with what is there, and what is given takes its place', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const queue = new Queue('mails', { connection: createClient(server) });
  onTestFinished(() => queue.close());
  const job = { name: 'send', data: { v: 'x'.repeat(992) } };
  await queue.addBulk(Array.from({ length: 50 }, () => job));
  await queue.add('later', job.data, { delay: 3_600_000 });
  const line = ['redis', 'size', '--from-redis', '--json', '-r', server.url];
  const [now, more] = await Promise.all([drover(line), drover([...line, '--waiting', '5000000'])]);
  expect([now.code, more.code, now.stderr]).toEqual([0, 0, '']);
  const answer = JSON.parse(now.stdout);
  expect(answer.workload).toMatchObject({ waiting: 50, delayed: 1, completed: 0, queues: 1 });
  expect(answer.workload.dataBytes).toBeGreaterThan(900);
  expect(answer.workload.dataBytes).toBeLessThan(1_100);
  expect(answer.now.usedBytes).toBeGreaterThan(1_000_000);
  expect(JSON.parse(more.stdout).workload).toMatchObject({ waiting: 5_000_000, delayed: 1 });
  expect(JSON.parse(more.stdout).maxmemoryBytes).toBeGreaterThan(answer.maxmemoryBytes);
});

test.each([
  [[], '--from-redis'],
  [['--waiting', '-1'], '--waiting "-1"'],
  [['--waiting', '1.5'], '--waiting "1.5"'],
  [['--waiting', 'many'], '--waiting "many"'],
  [['--data', '5x'], '--data "5x"'],
  [['--waiting', '1e400'], '--waiting'],
  [['--from-redis'], 'REDIS_URL'],
])('%j is refused with what is wrong', async (words, said) => {
  const { code, stdout, stderr } = await drover(['redis', 'size', ...words]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(said);
});

test('a Redis that is away ends it with 5', async () => {
  const ran = await drover(['redis', 'size', '--from-redis', '-r', 'redis://127.0.0.1:1']);
  expect([ran.code, ran.stdout]).toEqual([5, '']);
});
