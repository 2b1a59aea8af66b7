/**
 * Data of jobs with numbers that JavaScript cannot hold: added, edited and patched through every face, they keep all
 * their digits; and what is read of a job can be added again.
 */
import { Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import { createClient, parseExactly } from 'drover/client';
import { listen } from 'drover/http';
import { Redis } from 'ioredis';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { toOrder } from '../../src/cli/input.ts';
import type { Typed } from '../../src/cli/program.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask } from './ask.ts';

const BIG = '{"id":9007199254740993,"list":[-18446744073709551615,0.12345678901234567890],"n":1}';

let redis: Redis;
let redisUrl: string;
let coordinator: Coordinator;
let origin: string;

const strict = defineQueue('strict', {
  data: z.object({ id: z.number(), at: z.string().default('now') }),
});
const dated = defineQueue('dated', {
  data: z.object({ at: z.date(), big: z.bigint() }),
  payload: { types: 'extended' },
});

beforeAll(async () => {
  const server = await startRedis();
  redisUrl = server.url;
  redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const plain = new Queue('plain', { connection: redis });
  await plain.pause();
  await plain.add('first', {});
  coordinator = new Coordinator({ redisUrl, logger: false });
  coordinator.process('letters', async () => {
    throw new TypeError('boom');
  });
  await coordinator.start();
  await coordinator.queue(strict).add('first', { id: 1 });
  await coordinator.queue(dated).add('first', { at: new Date(5), big: 12n }, { jobId: 'first' });
  origin = (await listen(coordinator, { port: 0 })).url;
  return async () => {
    await coordinator.stop({ timeoutMs: 1_000 });
    await plain.close();
    redis.disconnect();
    await server.stop();
  };
});

const stored = (queue: string, id: string): Promise<string | null> =>
  redis.hget(`bull:${queue}:${id}`, 'data');

async function post(path: string, body: string, method = 'POST') {
  const headers = { 'content-type': 'application/json', 'x-drover': '1' };
  const answer = await ask(`${origin}/api/v1/queues/${path}`, { method, headers, body });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json() as { id: string };
}

test('over HTTP, added and edited', async () => {
  const { id } = await post('plain/jobs', `{"name":"pay","data":${BIG}}`);
  expect(await stored('plain', id)).toBe(BIG);
  const edited = BIG.replace('993', '995');
  await post(`plain/jobs/${id}`, `{"data":${edited}}`, 'PATCH');
  expect(await stored('plain', id)).toBe(edited);
});

test('by the client, what it has read of a job is added again, with its options', async () => {
  const client = createClient({ url: origin });
  const removeOnComplete = { age: 60, count: 5, limit: 2 };
  const options = {
    ...{ attempts: 3, delay: 60_000, keepLogs: 7, removeOnComplete },
    deduplication: { id: 'once' },
  };
  const { id } = await client.call('jobs.add', {
    ...{ queue: 'plain', name: 'pay', data: parseExactly(BIG), options },
  });
  const job = await client.call('jobs.get', { queue: 'plain', job: id, full: true });
  expect(job.data).toBe(BIG);
  expect(job.options).toMatchObject(options);
  const { attempts, keepLogs, removeOnComplete: kept } = job.options;
  const again = await client.call('jobs.add', {
    ...{ queue: 'plain', name: job.name, data: parseExactly(job.data!) },
    options: { attempts, keepLogs, removeOnComplete: kept },
  });
  expect(again).toMatchObject({ attempts: 3, state: 'waiting' });
  expect(await stored('plain', again.id)).toBe(BIG);
  await client.call('jobs.edit', {
    ...{ queue: 'plain', job: again.id, data: parseExactly('[1e400]') },
  });
  expect(await stored('plain', again.id)).toBe('[1e400]');
});

test('on the command line, straight to Redis and through a server', async () => {
  const command = COMMANDS.find(({ path }) => path.join(' ') === 'job add')!;
  const typed = { args: ['plain', 'pay'], options: { data: BIG } };
  const { action, input } = toOrder(command, typed as unknown as Typed);
  expect(action).toBe('jobs.add');
  const person = { kind: 'loopback', id: 'me', name: 'me', grants: [{ may: ['admin'] }] } as const;
  const callers = [coordinator.control.as({ principal: person }), createClient({ url: origin })];
  for (const caller of callers) {
    const { id } = await caller.call('jobs.add', input as never);
    expect(await stored('plain', id)).toBe(BIG);
  }
});

test('only in data: elsewhere a number that is too large is no text', async () => {
  const headers = { 'content-type': 'application/json', 'x-drover': '1' };
  const body = '{"name":9007199254740993,"data":{}}';
  const answer = await ask(`${origin}/api/v1/queues/plain/jobs`, { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ pointer: '/name' });
});

test('the schema of a queue sees numbers, and what it changes is what is stored', async () => {
  const whole = '{"id":9007199254740993,"at":"noon"}';
  const { id } = await post('strict/jobs', `{"name":"job","data":${whole}}`);
  expect(await stored('strict', id)).toBe(whole);
  const changed = await post('strict/jobs', '{"name":"job","data":{"id":5}}');
  expect(await stored('strict', changed.id)).toBe('{"id":5,"at":"now"}');
  const client = createClient({ url: origin });
  const wrong = { queue: 'strict', name: 'job', data: { id: 'x' } };
  await expect(client.call('jobs.add', wrong)).rejects.toMatchObject({ code: 'DATA_INVALID' });
});

test('data with dates and bigints goes in as it is shown', async () => {
  const client = createClient({ url: origin });
  const job = await client.call('jobs.get', { queue: 'dated', job: 'first', full: true });
  const again = await client.call('jobs.add', {
    ...{ queue: 'dated', name: 'again', data: parseExactly(job.data!) },
  });
  expect(await stored('dated', again.id)).toBe(await stored('dated', 'first'));
  const data = { at: { $date: new Date(9).toISOString() }, big: { $bigint: '13' } };
  await client.call('jobs.edit', { queue: 'dated', job: again.id, data });
  expect(await coordinator.queue(dated).getJob(again.id)).toMatchObject({
    data: { at: new Date(9), big: 13n },
  });
});

test('in the patch of a replay', async () => {
  await coordinator.queue('letters').add('pay', { id: 1 }, { jobId: 'l1', attempts: 1 });
  const client = createClient({ url: origin });
  await until(async () => (await client.call('deadLetters.list', { queue: 'letters' })).rows[0]);
  const patch = '[{"op":"replace","path":"/id","value":9007199254740993}]';
  const bulk = await post('letters/dead-letters/replay', `{"ids":["l1"],"patch":${patch}}`);
  await until(async () => (await client.call('bulk.get', { bulk: bulk.id })).state === 'done');
  expect(await stored('letters', 'l1')).toBe('{"id":9007199254740993}');
});

test('the data of a scheduler holds no marks', async () => {
  const body = '{"every":"1h","data":{"id":9007199254740993}}';
  await post('plain/schedulers/nightly', body, 'PUT');
  expect(await redis.hget('bull:plain:repeat:nightly', 'data')).toBe('{"id":9007199254740992}');
});
