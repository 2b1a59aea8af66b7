/** Jobs with encrypted and offloaded data, as operators see, change and move them: whole for workers, secret for others. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { defineQueue, keyRing } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createKeys } from '../../src/keys.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { fileBodies } from '../../src/payloads/file-bodies.ts';
import { BodySweep } from '../../src/retention/body-sweep.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask as askOf, someone } from './asking.ts';
import { listAll } from './body-store-suite.ts';

const HOUR = 3_600_000;
const keys = createKeys('coordinator');
const OPERATOR = someone({ may: ['operator'] });
const photo = (n: number) => ({ n, card: '4111-1111', exif: 'f/2.8 ü '.repeat(2_000) });

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Two queues that encrypt, each with a key of its own, and put large data into one folder. */
async function setUp(name: string) {
  const redis = createClient(server);
  const path = mkdtempSync(join(tmpdir(), 'drover-moved-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const store = fileBodies({ path });
  const sealed = (key: string) => ({
    encrypt: keyRing({ current: key, keys: { [key]: randomBytes(32) } }),
    ...({ offloadAbove: '1kb', compressAbove: '10mb' } as const),
  });
  const from = defineQueue(`${name}-from`, { payload: sealed('k1') });
  const to = defineQueue(`${name}-to`, { payload: sealed('k2') });
  const coordinator = await startCoordinator(server, { bodies: { stores: [store] } });
  const [source] = [coordinator.queue(from), coordinator.queue(to)];
  const stored = (queue: string, id: string) => redis.hget(`bull:${name}-${queue}:${id}`, 'data');
  const ask = <Name extends ActionName>(
    action: Name,
    input: InputOf<Name>,
    principal?: Principal,
  ): Promise<OutputOf<Name>> => askOf(coordinator, action, input, principal);
  /** What workers get, by id. */
  const run = async (queue: 'from' | 'to', count: number): Promise<Map<string, unknown>> => {
    const ran = new Map<string, unknown>();
    const worker = await startCoordinator(server, { bodies: { stores: [store] } });
    worker.process(queue === 'from' ? from : to, async ({ id, data }) => void ran.set(id!, data));
    await until(() => ran.size === count);
    return ran;
  };
  /** Rounds for longer than a body is kept unused. */
  const sweepAll = async (): Promise<void> => {
    let passedMs = 0;
    await redis.set(keys.leaseEpoch('swept'), 1);
    const sweep = new BodySweep({
      ...{ stores: [store], command: { isReady: true }, keys, graceMs: 24 * HOUR },
      lease: { name: 'swept', isHeld: true, epoch: 1 },
      clock: { ...systemClock, monotonic: () => systemClock.monotonic() + passedMs },
      ...{ onBulk: (run) => run(redis), announce: () => {} },
      serverNow: () => Date.now() + passedMs,
    });
    for (let round = 0; round < 5; round += 1) {
      await sweep.round();
      passedMs += 8 * HOUR;
    }
  };
  const queues = { queue: `${name}-from`, to: `${name}-to` };
  return { redis, source, store, stored, ask, run, sweepAll, queues };
}

test('a job is shown whole to whoever may read data, and changed to what its worker gets', async () => {
  const { ask, source, stored, run, store } = await setUp('edit');
  const { id } = await source.add('p', photo(1));
  const of = { queue: 'edit-from', job: id! };
  const whole = await ask('jobs.get', { ...of, full: true });
  expect(JSON.parse(whole.data!)).toEqual(photo(1));
  expect(whole).toMatchObject({ isDataCut: false, unreadable: null });
  const cut = await ask('jobs.get', of);
  expect(cut.data).toBe(JSON.stringify(photo(1)).slice(0, 8_192));
  const hidden = await ask('jobs.get', { ...of, full: true }, OPERATOR);
  expect(hidden).toMatchObject({ data: '"<encrypted>"', isRedacted: true });
  await ask('jobs.edit', { ...of, data: photo(2) });
  expect(await stored('from', id!)).toMatch(/^\{"\$drover":/);
  expect(await stored('from', id!)).not.toContain('4111');
  expect((await listAll(store)).size).toBe(2);
  expect([...(await run('from', 1)).values()]).toEqual([photo(2)]);
});

test('a process without the key shows that, and puts nothing readable in the place of what is encrypted', async () => {
  const { source, stored, store } = await setUp('console');
  const { id } = await source.add('p', photo(1));
  const other = await startCoordinator(server, { bodies: { stores: [store] } });
  const of = { queue: 'console-from', job: id! };
  const view = await askOf(other, 'jobs.get', of);
  expect(view).toMatchObject({ data: null, unreadable: expect.stringContaining('KEY_UNKNOWN') });
  const before = await stored('from', id!);
  await expect(askOf(other, 'jobs.edit', { ...of, data: photo(2) })).rejects.toMatchObject({
    code: 'PAYLOAD_KEY_UNKNOWN',
  });
  await expect(askOf(other, 'jobs.move', { ...of, to: 'console-to' })).rejects.toMatchObject({
    code: 'PAYLOAD_KEY_UNKNOWN',
  });
  expect(await stored('from', id!)).toBe(before);
  expect((await listAll(store)).size).toBe(1);
});

test('encrypted data is not moved to where it would be readable', async () => {
  const { ask, redis, source, stored, queues } = await setUp('sealed');
  const { id } = await source.add('p', photo(1));
  const before = await stored('from', id!);
  await new Queue('sealed-by-nobody', { connection: redis }).add('p', photo(2));
  const move = ask('jobs.move', { queue: queues.queue, job: id!, to: 'sealed-by-nobody' });
  await expect(move).rejects.toMatchObject({ code: 'PAYLOAD_KEY_UNKNOWN' });
  expect(await stored('from', id!)).toBe(before);
});

test('a move that is refused opens nothing and writes no body', async () => {
  const { ask, redis, source, stored, store, queues } = await setUp('refused');
  const { id } = await source.add('p', photo(1));
  const of = { ...queues, job: id! };
  const opened: string[] = [];
  const { get, put } = store;
  Object.assign(store, {
    get: (...args: Parameters<typeof get>) => opened.push('get') && get.apply(store, args),
    put: (...args: Parameters<typeof put>) => opened.push('put') && put.apply(store, args),
  });
  await expect(ask('jobs.move', of, OPERATOR)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const may = ['jobs.read', 'data.read', 'jobs.update', 'jobs.remove'] as const;
  const refused = someone({ may: [...may], queues: ['*-from'] });
  await expect(ask('jobs.move', of, refused)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await redis.lrem('bull:refused-from:wait', 1, id!);
  await redis.lpush('bull:refused-from:active', id!);
  await expect(ask('jobs.move', of)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(opened).toEqual([]);
  expect(await stored('from', id!)).not.toBeNull();
  expect(await stored('to', id!)).toBeNull();
});

test('moved jobs, one by one and in bulk, are whole in the other queue, and no body of them is swept', async () => {
  const { ask, source, stored, run, sweepAll, store, queues } = await setUp('moved');
  const jobs = await source.addBulk([1, 2, 3, 4, 5].map((n) => ({ name: 'p', data: photo(n) })));
  const small = await source.add('p', { n: 6 });
  const ids = [...jobs.map(({ id }) => id!), small.id!];
  await ask('jobs.move', { ...queues, job: ids[0]! });
  const { id } = await ask('jobs.bulk', { ...queues, kind: 'move', ids: ids.slice(1) });
  const ended = await until(async () => {
    const action = await ask('bulk.get', { bulk: id });
    return action.state === 'done' && action;
  });
  expect(ended).toMatchObject({ done: 5, failed: 0, skipped: {} });
  // Those of both queues: what the first one does not refer to any more is swept in time.
  expect((await listAll(store)).size).toBe(10);
  await sweepAll();
  const left = [...(await listAll(store)).values()];
  expect(left.map(({ queue }) => queue)).toEqual(Array(5).fill('moved-to'));
  for (const each of ids) {
    expect(await stored('to', each)).toMatch(/^\{"\$drover":/);
    expect(await stored('from', each)).toBeNull();
  }
  const ran = await run('to', 6);
  expect(ids.map((each) => ran.get(each))).toEqual(
    [1, 2, 3, 4, 5].map(photo).concat({ n: 6 } as never),
  );
});

test('of a bulk move only the job whose body is missing stays, and it is counted', async () => {
  const { ask, source, stored, store, queues } = await setUp('missing');
  const jobs = await source.addBulk([1, 2, 3].map((n) => ({ name: 'p', data: photo(n) })));
  const [first] = await listAll(store);
  await store.delete([{ queue: 'missing-from', id: first![0] }], new AbortController().signal);
  const { id } = await ask('jobs.bulk', { ...queues, kind: 'move', state: 'waiting' });
  const ended = await until(async () => {
    const action = await ask('bulk.get', { bulk: id });
    return action.state === 'done' && action;
  });
  expect(ended).toMatchObject({ done: 2, failed: 0, skipped: { unreadable: 1 } });
  const there = await Promise.all(jobs.map((job) => stored('from', job.id!)));
  expect(there.filter((data) => data !== null)).toHaveLength(1);
});
