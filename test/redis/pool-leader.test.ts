/** The leader of pools against a real server: what it claims, reads, decides and publishes, and what it must not. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { readDecisions } from '../../src/pools/decisions.ts';
import { readInheritance, saveMemories } from '../../src/pools/inheritance.ts';
import { publish } from '../../src/pools/publish.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import {
  announcePool,
  beat,
  connect,
  createLeader,
  fill,
  gated,
  keys,
  poolBeat,
  readPool,
  SETTINGS,
  serverNow,
} from './pool-fleet.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  redis = createClient(server);
  await redis.flushall();
});

const leader = async (name = 'leader') => createLeader(name, await connect(server));
const sum = (shares: Record<string, number>): number =>
  Object.values(shares).reduce((total, slots) => total + slots, 0);

test('jobs that wait raise the target, and all is written where the catalogue of keys says', async () => {
  await announcePool(redis, 'photos');
  await beat(redis, 'a:1', { photos: {} });
  await fill(redis, 'photos', 50);
  const { rounds, lease, events } = await leader('web-1:4711');
  await rounds();

  expect(await redis.get('coordinator:scaling:photos:lock')).toBe(lease.token);
  expect(await redis.pttl('coordinator:scaling:photos:lock')).toBeGreaterThan(8_000);
  expect(await redis.get('coordinator:scaling:photos:lock:epoch')).toBe(String(lease.epoch));
  const pool = await redis.hgetall('coordinator:workers:photos:pool');
  expect(pool).toMatchObject({
    ...{ minWorkers: '1', maxWorkers: '20', currentWorkers: '0', targetWorkers: '20' },
    ...{ shares: '{"a:1":10}', epoch: String(lease.epoch), rev: '1', mode: 'auto' },
    ...{ decidedBy: 'max', frozen: '' },
  });
  expect(pool.reason).toContain('→ 20 slots');
  expect(Math.abs(Number(pool.at) - (await serverNow(redis)))).toBeLessThan(5_000);
  expect(await redis.pttl('coordinator:workers:photos:pool')).toBeGreaterThan(6 * 86_400_000);
  const [decision, ...others] = await readDecisions(redis, keys, { limit: 10 });
  expect(others).toEqual([]);
  expect(decision).toMatchObject({
    ...{ queue: 'photos', from: 0, to: 20, rev: 1, epoch: lease.epoch, mode: 'auto' },
    explanation: { decidedBy: 'max', load: 50 },
  });
  expect(events.filter(({ name }) => name === 'pool.scaled')).toEqual([
    expect.objectContaining({ queue: 'photos', from: 0, to: 20, reason: pool.reason }),
  ]);
});

test('what has not changed is not written again', async () => {
  await announcePool(redis, 'photos');
  await fill(redis, 'photos', 50);
  const { rounds } = await leader();
  await rounds(3);
  const before = await readPool(redis, 'photos');
  await rounds(3);
  expect(await readPool(redis, 'photos')).toEqual(before);
  expect(await redis.xlen(keys.decisions())).toBe(1);
});

test('all that a queue holds counts: jobs with a priority, active ones, delayed ones that are due soon', async () => {
  const queue = new Queue('kinds', { connection: { host: server.host, port: server.port } });
  onTestFinished(() => queue.close());
  await queue.addBulk([
    { name: 'plain', data: {} },
    { name: 'urgent', data: {}, opts: { priority: 1 } },
    ...Array.from({ length: 30 }, () => ({ name: 'soon', data: {}, opts: { delay: 900 } })),
    { name: 'later', data: {}, opts: { delay: 3_600_000 } },
  ]);
  await redis.lpush('bull:kinds:active', 'x', 'y');
  await announcePool(redis, 'kinds', { startMs: 5_000, waitP95Ms: 1_000 });
  const { rounds } = await leader();
  await rounds(2);
  const [decision] = await readDecisions(redis, keys, { queue: 'kinds', limit: 1 });
  expect(decision?.explanation.load).toBe(34);
});

test("limits of BullMQ's own are kept: how many run at once, how many a second", async () => {
  const connection = { host: server.host, port: server.port };
  const [few, slow, paused] = ['few', 'slow', 'paused'].map((name) => {
    const queue = new Queue(name, { connection });
    onTestFinished(() => queue.close());
    return queue;
  }) as [Queue, Queue, Queue];
  await few.setGlobalConcurrency(3);
  await slow.setGlobalRateLimit(4, 1_000);
  await paused.pause();
  for (const name of ['few', 'slow', 'paused']) {
    await announcePool(redis, name);
    await fill(redis, name, 50);
  }
  const { rounds } = await leader();
  await rounds(2);
  expect(await readPool(redis, 'few')).toMatchObject({
    target: 3,
    decidedBy: 'global-concurrency',
  });
  expect(await readPool(redis, 'slow')).toMatchObject({ target: 5, decidedBy: 'rate-limit' });
  expect(await readPool(redis, 'paused')).toMatchObject({ target: 1, decidedBy: 'paused' });
});

test('without TIME all goes on by the clock of the leader', async () => {
  const strict = await startRedis({ aclLines: ['user app on >app ~* &* +@all -time'] });
  onTestFinished(() => strict.stop());
  const admin = createClient({ url: strict.adminUrl });
  await announcePool(admin, 'photos');
  await fill(admin, 'photos', 50);
  const login = { username: 'app', password: 'app' };
  const { rounds } = createLeader('strict', await connect(strict, login));
  await rounds(2);
  expect((await readPool(admin, 'photos')).target).toBe(20);
});

test('a leader that was overtaken between its look and its write writes nothing', async () => {
  await announcePool(redis, 'photos');
  await beat(redis, 'a:1', { photos: {} });
  await fill(redis, 'photos', 3);
  const gate = gated(await connect(server));
  const slow = createLeader('slow', gate.connection);
  await slow.rounds();
  await fill(redis, 'photos', 50);
  const { reached, open } = gate.hold('evalsha');
  const paused = slow.rounds();
  await reached;
  // Its lease is over, and it does not know it.
  await redis.del(keys.lease('fleet'));
  const quick = await leader('quick');
  await fill(redis, 'photos', 5);
  await quick.rounds();
  const published = await redis.hgetall(keys.pool('photos'));
  expect(published.epoch).toBe(String(quick.lease.epoch));
  open();
  await paused;
  expect(await redis.hgetall(keys.pool('photos'))).toEqual(published);
  expect(slow.events.map(({ name }) => name)).toContain('pool.superseded');
  expect(await redis.get(keys.lease('fleet'))).toBe(quick.lease.token);
  const decisions = await readDecisions(redis, keys, { limit: 100 });
  expect(decisions[0]).toMatchObject({ epoch: quick.lease.epoch });
});

test('a leader that was overtaken is refused at its look, tells it once, and reads and writes nothing', async () => {
  await announcePool(redis, 'photos');
  await announcePool(redis, 'mails');
  const slept = await leader('slept');
  await slept.rounds();
  await redis.del(keys.lease('fleet'));
  const { rounds, lease } = await leader('next');
  await rounds();
  const locks = await redis.mget(keys.scalingLock('photos'), keys.scalingEpoch('photos'));
  expect(locks).toEqual([lease.token, String(lease.epoch)]);
  await fill(redis, 'photos', 50);
  await slept.scaler.round();
  await slept.scaler.round();
  expect((await readPool(redis, 'photos')).target).toBe(1);
  expect(await redis.mget(keys.scalingLock('photos'), keys.scalingEpoch('photos'))).toEqual(locks);
  const told = slept.events.filter(({ name }) => name === 'pool.superseded');
  expect(told).toMatchObject([{ queues: 2 }]);
});

test('a leader that was frozen for fifteen seconds leads no longer, and forgets what it knew', async () => {
  await announcePool(redis, 'photos');
  const first = await leader('first');
  await first.rounds();
  await first.clock.pass(15_000);
  await redis.del(keys.lease('fleet'));
  const second = await leader('second');
  await second.rounds();
  await fill(redis, 'photos', 50);
  await first.rounds(3);
  expect((await readPool(redis, 'photos')).target).toBe(1);
  expect(first.events.map(({ name }) => name)).toEqual(['pool.scaled']);
});

test.each([1, 2, 3, 4, 5])(
  'whoever leads whenever, of one revision there is one decision, and epochs only grow: seed %i',
  async (seed) => {
    let state = seed * 7_919;
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const queues = ['photos', 'mails', 'reports'];
    for (const queue of queues) await announcePool(redis, queue);
    const leaders = await Promise.all(['a', 'b', 'c'].map((name) => leader(name)));
    const steps: (() => Promise<unknown>)[] = [
      () => redis.set(keys.pin(queues[random(3)]!), JSON.stringify({ slots: random(20) })),
      () => redis.set(keys.pin(queues[random(3)]!), JSON.stringify({ slots: random(20) })),
      // Stolen or run out: the holder does not know.
      () => redis.del(keys.lease('fleet')),
      () => redis.del(keys.scalingLock(queues[random(3)]!)),
      () => leaders[random(3)]!.lease.acquire(),
      () => leaders[random(3)]!.clock.pass(random(2) * 11_000),
    ];
    for (let i = 0; i < 150; i += 1) {
      await steps[random(steps.length)]!();
      // All at once: each round is several trips.
      await Promise.all(leaders.map(({ scaler }) => scaler.round()));
    }
    const decisions = (await readDecisions(redis, keys, { limit: 1_500 })).toReversed();
    expect(decisions.length).toBeGreaterThan(20);
    for (const queue of queues) {
      const own = decisions.filter((each) => each.queue === queue);
      for (const [i, { epoch, rev }] of own.entries()) {
        if (i === 0) continue;
        expect(epoch).toBeGreaterThanOrEqual(own[i - 1]!.epoch);
        expect(rev).toBeGreaterThan(own[i - 1]!.rev);
      }
      const last = own.at(-1);
      if (last) expect((await readPool(redis, queue)).target).toBe(last.to);
    }
    expect(new Set(decisions.map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
  },
);

test('an epoch that is ahead of all leaders, as after a wrong clock, stops one queue and no other', async () => {
  await announcePool(redis, 'photos');
  await announcePool(redis, 'mails');
  await redis.set(keys.scalingEpoch('photos'), Date.now() + 86_400_000);
  await fill(redis, 'mails', 50);
  const { rounds, events } = await leader();
  await rounds(4);
  expect((await readPool(redis, 'mails')).target).toBe(20);
  expect((await readPool(redis, 'photos')).target).toBeNull();
  expect(events.filter(({ name }) => name === 'pool.superseded').length).toBeLessThanOrEqual(2);
});

test('when its own epoch was lost a leader takes a newer one, and scales again', async () => {
  await announcePool(redis, 'photos');
  await fill(redis, 'photos', 50);
  const { rounds, lease } = await leader();
  await lease.acquire();
  await redis.set(keys.scalingEpoch('photos'), lease.epoch + 1);
  await rounds();
  expect((await readPool(redis, 'photos')).target).toBeNull();
  await until(() => Date.now() > Number(lease.epoch) + 1, { what: 'a later millisecond' });
  await rounds(2);
  expect((await readPool(redis, 'photos')).target).toBe(20);
});

test('a leader that leads again goes by what stands in Redis, not by what it remembers', async () => {
  await announcePool(redis, 'photos', { mode: 'off' });
  await redis.set(keys.pin('photos'), '{"slots":3}');
  const first = await leader('first');
  await first.rounds();
  await first.lease.release();
  await redis.set(keys.pin('photos'), '{"slots":9}');
  const second = await leader('second');
  await second.rounds();
  await second.lease.release();
  await redis.set('bull:photos:wait', 'not a list');
  await first.rounds(7);
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 9, rev: '2' });
});

test('of two decisions with one revision the second is not written', async () => {
  await redis.mset({ [keys.scalingLock('photos')]: 'me', [keys.scalingEpoch('photos')]: 7 });
  const decision = (rev: number) => ({ rev, fields: { from: 1, to: rev } });
  const send = (rev: number, token = 'me', epoch = 7) => {
    const publication = { queue: 'photos', decision: decision(rev), pool: { targetWorkers: rev } };
    return publish(redis, keys, { token, epoch }, [publication], 0);
  };
  expect(await send(2)).toEqual(['written']);
  expect([await send(2), await send(1)]).toEqual([['outrun'], ['outrun']]);
  expect([await send(3, 'you'), await send(3, 'me', 6)]).toEqual([['stale'], ['stale']]);
  await redis.del(keys.scalingLock('photos'));
  expect(await send(3)).toEqual(['stale']);
  expect((await readPool(redis, 'photos')).target).toBe(2);
  expect(await redis.xlen(keys.decisions())).toBe(1);
});

test('a server that has forgotten its scripts is told them again', async () => {
  await announcePool(redis, 'photos', { mode: 'off' });
  const { rounds } = await leader();
  for (const slots of [3, 4]) {
    await redis.script('FLUSH');
    await redis.set(keys.pin('photos'), JSON.stringify({ slots }));
    await rounds();
    expect((await readPool(redis, 'photos')).target).toBe(slots);
  }
});

test('the next leader goes on from what the one before has learned, at once after a resignation', async () => {
  await announcePool(redis, 'photos', { min: 0 });
  await fill(redis, 'photos', 50);
  const first = await leader('first');
  await first.rounds(2);
  expect((await readPool(redis, 'photos')).target).toBe(20);
  const learned = JSON.parse((await redis.get(keys.scalingMemory('photos')))!);
  expect(learned.hold.length).toBeGreaterThan(0);
  expect(await redis.pttl(keys.scalingMemory('photos'))).toBeGreaterThan(3_500_000);
  await first.scaler.stop();
  await first.lease.release();
  expect(await redis.get(keys.scalingLock('photos'))).toBeNull();

  await fill(redis, 'photos', 0);
  const second = await leader('second');
  await second.rounds(7);
  // It has its memory of 20 needed slots, which holds.
  expect((await readPool(redis, 'photos')).target).toBe(20);
  const kept = JSON.parse((await redis.get(keys.scalingMemory('photos')))!);
  expect(kept.nowSeconds).toBeGreaterThan(learned.nowSeconds);
});

test('a leader without a memory does not scale down at first, and one with garbage neither', async () => {
  for (const memory of [null, 'garbage', '{"version":99}']) {
    await redis.flushall();
    await announcePool(redis, 'photos');
    await redis.hset(keys.pool('photos'), { targetWorkers: 12, rev: 5, epoch: 1 });
    if (memory) await redis.set(keys.scalingMemory('photos'), memory);
    const { rounds } = await leader();
    await rounds(2);
    expect([memory, (await readPool(redis, 'photos')).target]).toEqual([memory, 12]);
  }
});

test('shares of thousands of processes are taken over, and so is a long memory', async () => {
  const shares = new Map(
    Array.from({ length: 2_500 }, (_, i) => [`worker-7d9f8b6c5-${i}:4711`, 3]),
  );
  await redis.hset(keys.pool('photos'), { shares: JSON.stringify(Object.fromEntries(shares)) });
  await redis.set(keys.scalingMemory('photos'), 'm'.repeat(60_000));
  const [found] = await readInheritance(redis, keys, ['photos']);
  expect(found!.shares).toEqual(shares);
  expect(found!.memory).toHaveLength(60_000);
  await redis.set(keys.scalingMemory('photos'), 'm'.repeat(70_000));
  expect((await readInheritance(redis, keys, ['photos']))[0]!.memory).toBeUndefined();
});

test('the old memory of a leader that slept is not put over the newer one', async () => {
  await redis.mset({ [keys.scalingEpoch('photos')]: 8, [keys.scalingEpoch('mails')]: 7 });
  const memories = ['photos', 'mails'].map((queue) => ({ queue, text: 'old' }));
  await saveMemories(redis, keys, 7, memories);
  expect(await redis.get(keys.scalingMemory('photos'))).toBeNull();
  expect(await redis.get(keys.scalingMemory('mails'))).toBe('old');
});

test('the share of a killed process goes to the others, and it has none when it comes back', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  const all = async (...ids: string[]) => {
    for (const id of ids) await beat(redis, id, { photos: { slots: 4, started: Math.random() } });
  };
  const { rounds } = await leader();
  await all('a:1', 'b:1');
  await rounds();
  expect(await readPool(redis, 'photos')).toMatchObject({ shares: { 'a:1': 4, 'b:1': 4 } });
  for (let second = 0; second < 7; second += 1) {
    await all('b:1');
    await rounds();
  }
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 8, shares: { 'b:1': 8 } });
  expect((await readPool(redis, 'photos')).shares).not.toHaveProperty('a:1');
  await all('a:1', 'b:1');
  await rounds();
  expect(sum((await readPool(redis, 'photos')).shares)).toBe(8);
});

test('after an outage a new leader keeps the shares of those that come back later than itself', async () => {
  await announcePool(redis, 'photos', { max: 12 });
  await fill(redis, 'photos', 50);
  const ids = ['a:1', 'b:1', 'c:1'];
  const say = async (who: readonly string[], agoMs = 0): Promise<void> => {
    for (const id of who) await beat(redis, id, { photos: { slots: 4 } }, { agoMs });
  };
  const first = await leader('first');
  await say(ids);
  await first.rounds();
  const { shares } = await readPool(redis, 'photos');
  expect(shares).toEqual({ 'a:1': 4, 'b:1': 4, 'c:1': 4 });
  // Twelve seconds later the lease is over, and one process is back before the others.
  await redis.del(keys.lease('fleet'));
  await say(ids, 12_000);
  const second = await leader('second');
  for (const back of [['a:1'], ['a:1'], ids, ids]) {
    await say(back);
    await second.rounds();
    expect((await readPool(redis, 'photos')).shares).toEqual(shares);
  }
});

test('a process that stops gets nothing, and its running jobs count as such', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  await beat(redis, 'a:1', { photos: { slots: 4, active: 4 } }, { isStopping: true });
  await beat(redis, 'b:1', { photos: { slots: 4 } });
  const { rounds } = await leader();
  await rounds();
  const pool = await readPool(redis, 'photos');
  expect(pool.shares).toEqual({ 'a:1': 0, 'b:1': 8 });
  expect(pool).toMatchObject({ currentWorkers: '4' });
});

test('a process whose beat is old by the clock of the server is not there', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  await beat(redis, 'gone:1', { photos: {} }, { agoMs: 6_000 });
  await beat(redis, 'here:1', { photos: {} }, { agoMs: 4_000 });
  const { rounds } = await leader();
  await rounds();
  expect((await readPool(redis, 'photos')).shares).toEqual({ 'here:1': 8 });
});

test('clocks of hosts are never compared: a leader whose clock is hours away does the same', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  const { rounds, clock } = await leader();
  for (const hours of [5, -11, 6]) {
    clock.jump(hours * 3_600_000);
    await beat(redis, 'a:1', { photos: { started: 100 + hours } });
    await rounds();
    expect((await readPool(redis, 'photos')).shares).toEqual({ 'a:1': 8 });
  }
  expect(await redis.zscore(keys.pools(), 'photos')).not.toBeNull();
});

test('what is no beat is left out, spoils nothing, and is taken off after a minute', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  const now = await serverNow(redis);
  const half = JSON.stringify({ id: 'half:1', host: 'half', capacity: 'many', pools: {} });
  const odd = { ...{ id: 'odd:1', host: 'odd', version: null, capacity: 9, isStopping: false } };
  await redis.hset(keys.poolBeats(), {
    'text:1': 'hello',
    'empty:1': '',
    'cut:1': `${now} {"id":"cut:1"`,
    'half:1': `${now} ${half}`,
    'null:1': `${now} null`,
    'odd:1': `${now} ${JSON.stringify({ ...odd, pools: { photos: { ...poolBeat(), most: -1 } } })}`,
    'time:1': `NaN ${JSON.stringify({ ...odd, pools: {} })}`,
    __proto__: `${now} {}`,
  });
  const { rounds } = await leader();
  const beatOn = () => beat(redis, 'a:1', { photos: { started: Math.random() } });
  await beatOn();
  await rounds();
  expect((await readPool(redis, 'photos')).shares).toEqual({ 'a:1': 8 });
  for (let second = 0; second < 62; second += 1) {
    await beatOn();
    await rounds();
  }
  expect(await redis.hkeys(keys.poolBeats())).toEqual(['a:1']);
});

test('a pin is the target until it runs out, and garbage is no pin', async () => {
  await announcePool(redis, 'photos');
  const { rounds } = await leader();
  await rounds();
  const pin = (slots: unknown, ms = 60_000) =>
    redis.set(keys.pin('photos'), JSON.stringify({ slots }), 'PX', ms);
  await pin(7);
  await rounds();
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 7, decidedBy: 'pin' });
  await pin(500);
  await rounds();
  expect((await readPool(redis, 'photos')).target).toBe(20);
  for (const garbage of [-1, 1.5, 'many', null, {}]) {
    await redis.del(keys.pin('photos'));
    await rounds();
    const { target } = await readPool(redis, 'photos');
    await pin(garbage);
    await rounds();
    expect([garbage, (await readPool(redis, 'photos')).target]).toEqual([garbage, target]);
  }
  await redis.set(keys.pin('photos'), 'not JSON');
  await rounds();
  expect((await readPool(redis, 'photos')).decidedBy).not.toBe('pin');
});

test('a queue that cannot be read keeps its target, and the others are scaled', async () => {
  await announcePool(redis, 'photos');
  await announcePool(redis, 'mails');
  await fill(redis, 'photos', 50);
  const { rounds, events } = await leader();
  await rounds();
  await redis.del('bull:photos:wait');
  await redis.set('bull:photos:wait', 'not a list');
  await fill(redis, 'mails', 50);
  await rounds(30);
  const pool = await readPool(redis, 'photos');
  expect(pool).toMatchObject({ target: 20, decidedBy: 'frozen' });
  expect(pool.frozen).toContain('WRONGTYPE');
  expect((await readPool(redis, 'mails')).target).toBe(20);
  expect(events.filter(({ name }) => name === 'pool.frozen')).toMatchObject([
    { queue: 'photos', target: 20 },
  ]);
  await fill(redis, 'photos', 50);
  await rounds();
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 20, frozen: '' });
  expect(events.at(-1)).toEqual({ name: 'pool.resumed', queue: 'photos' });
});

test('beats that cannot be read freeze everything, and shares stay', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  await beat(redis, 'a:1', { photos: {} });
  const { rounds } = await leader();
  await rounds();
  const before = await readPool(redis, 'photos');
  await redis.set(keys.poolBeats(), 'not a hash');
  await fill(redis, 'photos', 0);
  await expect(rounds()).rejects.toThrow('WRONGTYPE');
  expect(await readPool(redis, 'photos')).toEqual(before);
});

test('a pool whose settings cannot be used is left as it is', async () => {
  const broken = ['', '{', '[]', JSON.stringify({ ...SETTINGS, min: 30 }), '{"min":1}'];
  await announcePool(redis, 'photos');
  await fill(redis, 'photos', 50);
  const { rounds, events } = await leader();
  await rounds();
  const before = await readPool(redis, 'photos');
  for (const settings of broken) {
    await redis.hset(keys.pool('photos'), { settings });
    await fill(redis, 'photos', 0);
    await rounds(4);
    expect((await readPool(redis, 'photos')).target).toBe(before.target);
  }
  expect(events.filter(({ name }) => name === 'pool.frozen').length).toBe(1);
});

test('that a pool cannot be scaled stands in Redis, although nothing was ever decided', async () => {
  await announcePool(redis, 'photos');
  await redis.hset(keys.pool('photos'), { settings: '{"version":99}' });
  await announcePool(redis, 'mails');
  await redis.set('bull:mails:wait', 'not a list');
  await announcePool(redis, 'reports');
  const { rounds, events } = await leader();
  await rounds();
  const frozenOf = async (queue: string) => (await readPool(redis, queue)).frozen;
  expect(await frozenOf('photos')).toBe('its settings cannot be read');
  expect(await frozenOf('mails')).toContain('WRONGTYPE');
  expect((await readPool(redis, 'photos')).target).toBeNull();
  await announcePool(redis, 'photos');
  await redis.del('bull:mails:wait');
  await rounds(4);
  for (const queue of ['photos', 'mails'])
    expect(await readPool(redis, queue)).toMatchObject({ target: 1, frozen: '' });
  const told = events.filter(({ name }) => name === 'pool.frozen' || name === 'pool.resumed');
  expect(told).toHaveLength(4);
});

test('when no queue can be read each pool says so, and the events do not', async () => {
  for (const queue of ['photos', 'mails']) {
    await announcePool(redis, queue);
    await redis.set(`bull:${queue}:wait`, 'not a list');
  }
  const { rounds, events } = await leader();
  for (let i = 0; i < 3; i += 1) await expect(rounds()).rejects.toThrow('WRONGTYPE');
  expect((await readPool(redis, 'photos')).frozen).toContain('WRONGTYPE');
  for (const queue of ['photos', 'mails']) await redis.del(`bull:${queue}:wait`);
  await rounds();
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 1, frozen: '' });
  expect(events.map(({ name }) => name)).toEqual(['pool.scaled', 'pool.scaled']);
});

test('a queue that is deleted under its pool has its least number of slots', async () => {
  const queue = new Queue('deleted', { connection: { host: server.host, port: server.port } });
  onTestFinished(() => queue.close());
  await queue.addBulk(Array.from({ length: 50 }, () => ({ name: 'job', data: {} })));
  await announcePool(redis, 'deleted', { min: 2 });
  await beat(redis, 'a:1', { deleted: {} });
  const { rounds, clock } = await leader();
  await rounds();
  expect((await readPool(redis, 'deleted')).target).toBe(20);
  await queue.obliterate({ force: true });
  for (let i = 0; i < 4; i += 1) {
    await clock.pass(4_000);
    await rounds();
  }
  expect(await readPool(redis, 'deleted')).toMatchObject({ target: 2, shares: {} });
  expect(await redis.keys('bull:deleted:*')).toEqual([]);
});

test('a Redis that has lost everything gets it anew, with a revision that only grew', async () => {
  await announcePool(redis, 'photos', { max: 8 });
  await fill(redis, 'photos', 50);
  await beat(redis, 'a:1', { photos: {} });
  const { rounds } = await leader();
  await rounds();
  await redis.hset(keys.pool('photos'), { rev: 0, targetWorkers: 1, shares: '{"a:1":1}' });
  await rounds(4);
  expect(await readPool(redis, 'photos')).toMatchObject({
    ...{ target: 8, rev: '2', shares: { 'a:1': 8 } },
  });
});

test('pools that nobody has had for a week leave the index', async () => {
  await announcePool(redis, 'photos');
  await announcePool(redis, 'ancient');
  await redis.zadd(keys.pools(), (await serverNow(redis)) - 8 * 86_400_000, 'ancient');
  await fill(redis, 'ancient', 50);
  const { rounds } = await leader();
  await rounds(3);
  expect(await redis.zrange(keys.pools(), '0', '-1')).toEqual(['photos']);
  expect(await redis.exists(keys.scalingMemory('ancient'))).toBe(0);
});

test('of more than a thousand pools those that are scaled stay so, and that there are more is told once', async () => {
  const now = await serverNow(redis);
  for (let i = 0; i < 1_000; i += 1) await announcePool(redis, `queue-${i}`);
  for (let i = 0; i < 1_000; i += 1) await redis.zadd(keys.pools(), now - 30_000 - i, `queue-${i}`);
  const { rounds, events, clock } = await leader();
  await rounds();
  for (let i = 0; i < 50; i += 1) await announcePool(redis, `late-${i}`);
  await rounds(2);
  await redis.del(keys.scalingLock('queue-999'));
  await clock.pass(3_000);
  await rounds(2);
  expect(await redis.exists(keys.scalingLock('queue-999'))).toBe(1);
  expect((await readPool(redis, 'late-0')).target).toBeNull();
  expect(events.filter(({ name }) => name === 'pools.too-many')).toEqual([
    { name: 'pools.too-many', scaled: 1_000 },
  ]);
});

test('modes: recommend runs all slots and tells what would do, off only runs all slots', async () => {
  await announcePool(redis, 'recommended', { mode: 'recommend', max: 9 });
  await announcePool(redis, 'plain', { mode: 'off', max: 9 });
  const { rounds } = await leader();
  await rounds(2);
  expect(await readPool(redis, 'recommended')).toMatchObject({
    ...{ target: 9, mode: 'recommend', recommended: '1' },
    reason: expect.stringContaining('1 slot would do'),
  });
  expect(await readPool(redis, 'plain')).toMatchObject({ target: 9, mode: 'off', recommended: '' });
  await redis.set(keys.pin('plain'), '{"slots":3}');
  await rounds();
  expect(await readPool(redis, 'plain')).toMatchObject({ target: 3, decidedBy: 'pin' });
});

test('the schedule is a floor, for slots that start slowly some time ahead', async () => {
  const now = await serverNow(redis);
  const inTwoHours = new Date(now + 2 * 3_600_000);
  const floor = { timeZone: 'UTC', forMs: 60_000, min: 6 };
  const later = { ...floor, cron: `0 ${inTwoHours.getUTCHours()} * * *` };
  await announcePool(redis, 'now', { schedule: [{ ...floor, cron: '* * * * *' }] });
  await announcePool(redis, 'later', { schedule: [later] });
  await announcePool(redis, 'slow', { schedule: [later], startMs: 3 * 3_600_000 });
  const { rounds } = await leader();
  await rounds();
  expect(await readPool(redis, 'now')).toMatchObject({ target: 6, decidedBy: 'schedule' });
  expect(await readPool(redis, 'later')).toMatchObject({ target: 1, decidedBy: 'min' });
  expect(await readPool(redis, 'slow')).toMatchObject({ target: 6, decidedBy: 'schedule' });
});

test('a round that Redis does not answer ends in time, none begins beside it, and stopping does not wait', async () => {
  await announcePool(redis, 'photos');
  const gate = gated(await connect(server));
  const { lease, scaler, clock } = createLeader('slow', gate.connection);
  await lease.acquire();
  const { reached, open } = gate.hold('hgetall');
  const round = scaler.round();
  await reached;
  await scaler.round(); // Does nothing: one is on its way.
  await clock.pass(3_000);
  await round;
  const stopped = scaler.stop();
  await clock.pass(4_000);
  await stopped;
  open();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await readPool(redis, 'photos')).target).toBeNull();
});

test('stopping gives only its own queues free', async () => {
  await announcePool(redis, 'mine');
  await announcePool(redis, 'theirs');
  const { rounds, scaler } = await leader();
  await rounds();
  await redis.set(keys.scalingLock('theirs'), 'another');
  await scaler.stop();
  expect(await redis.get(keys.scalingLock('mine'))).toBeNull();
  expect(await redis.get(keys.scalingLock('theirs'))).toBe('another');
  await scaler.round();
  expect(await redis.get(keys.scalingLock('mine'))).toBeNull();
});

test('two hundred queues are nine scripts, and queues under another prefix are found', async () => {
  for (let i = 0; i < 200; i += 1) await announcePool(redis, `queue-${i}`);
  await announcePool(redis, '{shop}:orders');
  await redis.lpush('{shop}:orders:wait', ...Array.from({ length: 50 }, (_, i) => `${i}`));
  const { rounds } = await leader();
  await rounds();
  await redis.config('RESETSTAT');
  await rounds();
  expect(await redis.info('commandstats')).toContain('cmdstat_eval:calls=10'); // With the lease's.
  expect((await readPool(redis, 'queue-199')).target).toBe(1);
  expect((await readPool(redis, '{shop}:orders')).target).toBe(20);
});
