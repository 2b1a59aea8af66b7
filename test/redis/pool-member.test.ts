/** A process as a member of the fleet: what it says every second, and which slots it opens. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { EventBus, type EventName } from '../../src/events.ts';
import { createKeys, type Keys } from '../../src/keys.ts';
import { type MemberPool, PoolMember } from '../../src/pools/pool-member.ts';
import type { HeardBeat } from '../../src/pools/process-beat.ts';
import type { Pressure } from '../../src/pools/process-pressure.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';
import { Heartbeat } from '../../src/workers/heartbeat.ts';
import { resolvePool } from '../../src/workers/pool-options.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { takePool } from '../support/take-pool.ts';
import { until } from '../support/until.ts';
import { connect, createLeader, readPool } from './pool-fleet.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const CALM: Pressure = {
  ...{ elapsedMs: 1_000, loopUtilisation: 0.1, loopDelayP99Ms: 1, cpuRatio: 0.1 },
  ...{ memoryRatio: 0.1, memoryLimitBytes: 1e9, rssBytes: 1e8 },
};

interface TestPool {
  pool: MemberPool;
  active: number;
  isPaused: boolean;
}

function createPool(queue: string, options: Partial<Parameters<typeof resolvePool>[0]> = {}) {
  const settings = resolvePool({ min: 1, max: 10, ...options }, { isFile: false });
  let slots = Math.min(1, settings.min);
  const test: TestPool = { active: 0, isPaused: false, pool: undefined as unknown as MemberPool };
  const figures = { started: 7, ended: 5, returned: 1, busyMs: 9, runs: 4, runMs: 8 };
  test.pool = {
    queue,
    settings,
    get slots() {
      return slots;
    },
    get active() {
      return test.active;
    },
    get isPaused() {
      return test.isPaused;
    },
    figures: { ...figures, runMsSquared: 16 },
    setSlots(n) {
      slots = n;
    },
  };
  return test;
}

interface MemberOptions {
  readonly id?: () => string | undefined;
  readonly url?: { host: string; port: number; username?: string; password?: string };
  readonly clock?: FakeClock;
  /** Whether it looks how loaded this process really is. */
  readonly isMeasured?: boolean;
}

/** A member with a hub of its own, under a prefix of its own. */
async function createMember(prefix: string, pools: readonly TestPool[], how: MemberOptions = {}) {
  const {
    id = () => 'web-1:1',
    url = { host: server.host, port: server.port },
    clock,
    isMeasured = false,
  } = how;
  const keys = createKeys(prefix);
  const bus = new EventBus();
  const announced: { name: EventName; payload: object }[] = [];
  bus.onAny((name, payload) => announced.push({ name, payload }));
  const hub = new Hub({
    ...{ app: 'member', host: 'web-1', pid: 1, keys, announce: bus.announce },
    createClient: clientMaker({ options: url }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    allowEviction: false,
  });
  const pressure = { facts: CALM };
  const refusal = { lasts: false };
  const member = new PoolMember({
    ...{ hub, keys, bus, host: 'web-1', version: '1.2.3', id },
    workers: { pools: pools.map(({ pool }) => pool) },
    isRefused: () => refusal.lasts,
    ...(!isMeasured && { pressure: { look: async () => pressure.facts, stop: () => {} } }),
    ...(clock && { clock }),
  });
  hub.open();
  await hub.command.client;
  onTestFinished(async () => {
    await member.leave();
    hub.close();
  });
  return { member, hub, keys, bus, announced, pressure, refusal };
}

/** What a leader would write. */
async function publish(
  keys: Keys,
  queue: string,
  [epoch, rev]: readonly [number, number],
  shares: Record<string, number> | string,
): Promise<void> {
  const redis = createClient(server);
  await redis
    .multi()
    .set(keys.scalingLock(queue), 'leader', 'PX', 60_000)
    .hset(keys.pool(queue), {
      ...{ epoch, rev, shares: typeof shares === 'string' ? shares : JSON.stringify(shares) },
    })
    .xadd(keys.decisions(), '*', 'queue', queue, 'rev', rev)
    .exec();
}

async function readBeat(keys: Keys, id: string): Promise<HeardBeat | undefined> {
  const text = await createClient(server).hget(keys.poolBeats(), id);
  if (!text) return undefined;
  const space = text.indexOf(' ');
  return { ...JSON.parse(text.slice(space + 1)), beatAt: Number(text.slice(0, space)) };
}

describe('a round', () => {
  test('says how the pools are, by the clock of the server', async () => {
    const thumbnails = createPool('thumbnails', { concurrency: 4 });
    thumbnails.active = 1;
    const { member, keys } = await createMember('beat', [thumbnails]);
    await member.round();
    const beat = (await readBeat(keys, 'web-1:1'))!;
    const [seconds] = await createClient(server).time();
    expect(Math.abs(beat.beatAt - Number(seconds) * 1_000)).toBeLessThan(5_000);
    expect(beat).toMatchObject({ id: 'web-1:1', host: 'web-1', version: '1.2.3', capacity: 4 });
    expect(beat.isStopping).toBe(false);
    expect(beat.pools).toEqual({
      thumbnails: {
        ...{ most: 4, slots: 1, active: 1, epoch: -1, rev: -1 },
        ...{ started: 7, ended: 5, returned: 1, busyMs: 9, runs: 4, runMs: 8, runMsSquared: 16 },
      },
    });
  });

  test('opens the slots of its share, and none by a share that is older', async () => {
    const [a, b] = [createPool('a'), createPool('b')];
    const { member, keys } = await createMember('shares', [a, b]);
    await publish(keys, 'a', [3, 5], { 'web-1:1': 4, 'web-2:1': 2 });
    await publish(keys, 'b', [3, 1], { 'web-1:1': 0 });
    await member.round();
    expect([a.pool.slots, b.pool.slots]).toEqual([4, 0]);
    await publish(keys, 'a', [3, 4], { 'web-1:1': 9 });
    await publish(keys, 'b', [2, 99], { 'web-1:1': 9 });
    await member.round();
    expect([a.pool.slots, b.pool.slots]).toEqual([4, 0]);
    expect((await readBeat(keys, 'web-1:1'))!.pools.a).toMatchObject({ epoch: 3, rev: 5 });
    await publish(keys, 'b', [4, 0], { 'web-1:1': 2 });
    await member.round();
    expect(b.pool.slots).toBe(2);
  });

  test('leaves everything as it is when what is written makes no sense', async () => {
    const a = createPool('a');
    const { member, keys } = await createMember('garbage', [a]);
    await publish(keys, 'a', [1, 1], { 'web-1:1': 3 });
    await member.round();
    await publish(keys, 'a', [1, 2], '{"web-1:1":');
    await member.round();
    await publish(keys, 'a', [1, 3], { 'web-1:1': -2 });
    await member.round();
    expect(a.pool.slots).toBe(3);
  });

  test('says once a minute which pools there are, and keeps the settings of who started last', async () => {
    const clock = new FakeClock();
    const mine = await createMember('settings', [createPool('a', { max: 8 })], { clock });
    const redis = createClient(server);
    await mine.member.round();
    expect(await redis.hgetall(mine.keys.pool('a'))).toMatchObject({
      ...{ minWorkers: '1', maxWorkers: '8' },
      settings: expect.stringContaining('"max":8'),
    });
    expect(await redis.zscore(mine.keys.pools(), 'a')).toMatch(/^\d{13}$/);
    expect(await redis.pttl(mine.keys.pool('a'))).toBeGreaterThan(6 * 24 * 3_600_000);
    const newer = await createMember('settings', [createPool('a', { max: 12 })], {
      id: () => 'web-2:1',
    });
    await newer.member.round();
    await redis.zadd(mine.keys.pools(), 1, 'a');
    await clock.pass(59_000);
    await mine.member.round();
    expect(await redis.zscore(mine.keys.pools(), 'a')).toBe('1');
    await clock.pass(2_000);
    await mine.member.round();
    expect(await redis.zscore(mine.keys.pools(), 'a')).toMatch(/^\d{13}$/);
    expect(await redis.hget(mine.keys.pool('a'), 'maxWorkers')).toBe('12');
    await redis.del(mine.keys.pool('a'));
    await clock.pass(61_000);
    await mine.member.round();
    expect(await redis.hget(mine.keys.pool('a'), 'maxWorkers')).toBe('8');
  });

  test('costs at most 1.5 commands a second at rest', async () => {
    const { member, keys, hub } = await createMember('cost', [createPool('a'), createPool('b')]);
    await publish(keys, 'a', [1, 1], { 'web-1:1': 1 });
    await member.round();
    await until(() => hub.events.isReady);
    const redis = createClient(server);
    const seen = await startMonitor(server);
    for (let i = 0; i < 20; i += 1) await member.round();
    await redis.echo('end');
    await until(() => seen.some(({ command }) => command === 'echo'));
    const sent = seen.filter(({ from, command }) => from !== 'lua' && command !== 'echo');
    // XREAD blocks for ten seconds: two of them in twenty rounds of a second.
    expect(sent.length).toBeLessThanOrEqual(20 * 1.5 - 2);
  });
});

test('a decision is applied at once, without waiting for the next round', async () => {
  const [a, other] = [createPool('a'), createPool('b')];
  const { member, keys, hub } = await createMember('decisions', [a, other]);
  await member.round();
  await until(async () => {
    const clients = String(await createClient(server).client('LIST'));
    return hub.events.isReady && /name=\S*events\S* .*cmd=xread/.test(clients);
  });
  await publish(keys, 'someone-elses', [1, 1], {});
  await publish(keys, 'a', [1, 1], { 'web-1:1': 6 });
  await until(() => a.pool.slots === 6);
  expect(other.pool.slots).toBe(1);
});

describe('a loaded process', () => {
  test('opens fewer slots than its share, by weight, and says so', async () => {
    const clock = new FakeClock();
    const [a, b] = [createPool('a', { weight: 3 }), createPool('b')];
    const { member, keys, pressure, announced } = await createMember('guard', [a, b], { clock });
    await publish(keys, 'a', [1, 1], { 'web-1:1': 6 });
    await publish(keys, 'b', [1, 1], { 'web-1:1': 6 });
    await member.round();
    await member.round();
    expect([a.pool.slots, b.pool.slots]).toEqual([6, 6]);
    [a.active, b.active] = [5, 4];
    pressure.facts = { ...CALM, loopUtilisation: 0.97 };
    await member.round();
    await member.round();
    expect([a.pool.slots, b.pool.slots]).toEqual([6, 2]);
    expect((await readBeat(keys, 'web-1:1'))!.capacity).toBe(8);
    expect(announced).toContainEqual({
      name: 'pools.held-back',
      payload: { wanted: 12, capacity: 8, reason: 'the event loop is busy 97 %' },
    });
    pressure.facts = CALM;
    for (let i = 0; i < 60; i += 1) {
      [a.active, b.active] = [a.pool.slots, b.pool.slots];
      await member.round();
      await clock.pass(1_000);
    }
    expect([a.pool.slots, b.pool.slots]).toEqual([6, 6]);
    expect(announced.filter(({ name }) => name === 'pools.released')).toHaveLength(1);
  });

  test('has a slot for each pool that is given any, however loaded it is', async () => {
    const [a, b, none] = [createPool('a', { weight: 9 }), createPool('b'), createPool('none')];
    const { member, keys, pressure } = await createMember('starving', [a, b, none]);
    await publish(keys, 'a', [1, 1], { 'web-1:1': 9 });
    await publish(keys, 'b', [1, 1], { 'web-1:1': 1 });
    await publish(keys, 'none', [1, 1], { 'web-1:1': 0 });
    pressure.facts = { ...CALM, loopUtilisation: 1 };
    a.active = 1;
    for (let i = 0; i < 6; i += 1) await member.round();
    expect([a, b, none].map(({ pool }) => pool.slots)).toEqual([1, 1, 0]);
    expect((await readBeat(keys, 'web-1:1'))!.capacity).toBe(2);
  });
});

test('a process whose event loop is really busy opens fewer slots', async () => {
  const a = createPool('a');
  a.active = 6;
  const { member, keys } = await createMember('busy', [a], { isMeasured: true });
  await publish(keys, 'a', [1, 1], { 'web-1:1': 6 });
  await member.round();
  const end = performance.now() + 10_000;
  while (a.pool.slots > 5 && performance.now() < end) {
    const pause = performance.now() + 400;
    while (performance.now() < pause);
    await member.round();
  }
  expect(a.pool.slots).toBe(5);
  expect(member.guarded.reason).toMatch(/event loop/);
});

describe('without a leader', () => {
  test('a pool opens its own slots after 15 s, and goes back when somebody leads', async () => {
    const clock = new FakeClock();
    const [a, zero] = [createPool('a', { min: 3 }), createPool('zero', { min: 0 })];
    const { member, keys, announced } = await createMember('unled', [a, zero], { clock });
    const rounds = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        await member.round();
        await clock.pass(1_000);
      }
    };
    await rounds(15);
    expect([a.pool.slots, zero.pool.slots]).toEqual([1, 0]);
    await rounds(1);
    expect([a.pool.slots, zero.pool.slots]).toEqual([3, 1]);
    expect(announced).toContainEqual({
      name: 'pools.unled',
      payload: { pools: ['a', 'zero'], reason: 'no process leads' },
    });
    await publish(keys, 'zero', [1, 1], { 'web-1:1': 0 });
    await rounds(1);
    expect([a.pool.slots, zero.pool.slots]).toEqual([3, 0]);
    expect(announced).toContainEqual({ name: 'pools.led', payload: { pools: ['zero'] } });
  });

  test('a process without a name of its own writes nothing and works all the same', async () => {
    const clock = new FakeClock();
    const a = createPool('a', { min: 2 });
    const id = () => undefined;
    const { member, keys, announced } = await createMember('unnamed', [a], { clock, id });
    await publish(keys, 'a', [1, 1], { 'web-2:1': 2 });
    for (let i = 0; i < 16; i += 1) {
      await member.round();
      await clock.pass(1_000);
    }
    expect(a.pool.slots).toBe(2);
    expect(await createClient(server).exists(keys.poolBeats())).toBe(0);
    const reason = 'the heartbeat of this process fails';
    expect(announced).toContainEqual({ name: 'pools.unled', payload: { pools: ['a'], reason } });
  });

  test('what a leader gave stays, and a leader that only has nothing new to say is one', async () => {
    const clock = new FakeClock();
    const a = createPool('a', { min: 3 });
    const { member, keys } = await createMember('quiet-leader', [a], { clock });
    await publish(keys, 'a', [1, 1], { 'web-1:1': 0 });
    for (let i = 0; i < 30; i += 1) {
      await member.round();
      await clock.pass(1_000);
    }
    expect(a.pool.slots).toBe(0);
    await publish(keys, 'a', [1, 2], { 'web-1:1': 2 });
    await member.round();
    await createClient(server).del(keys.scalingLock('a'));
    for (let i = 0; i < 30; i += 1) {
      await member.round();
      await clock.pass(1_000);
    }
    expect(a.pool.slots).toBe(2);
  });

  test.each([
    ['one of the queues', '~bull:mails:*'],
    ['any queue', '~nothing:*'],
  ])(
    'a leader that may not read %s is none for those: their jobs do not wait for ever',
    async (_, may) => {
      const acl = ['~coordinator:* +@all', `~coordinator:* ${may} +@all`];
      await using own = await startRedis({
        aclLines: [`user worker on >secret ${acl[0]}`, `user leader on >secret ${acl[1]}`],
      });
      const clock = new FakeClock();
      const [photos, mails] = [createPool('photos', { min: 0 }), createPool('mails', { min: 0 })];
      const url = { host: own.host, port: own.port, username: 'worker', password: 'secret' };
      const { member, announced } = await createMember('coordinator', [photos, mails], {
        clock,
        url,
      });
      const login = { username: 'leader', password: 'secret' };
      const { rounds } = createLeader('leader', await connect(own, login));
      for (let i = 0; i < 17; i += 1) {
        await member.round();
        await rounds().catch(() => {});
        await clock.pass(1_000);
      }
      expect([photos.pool.slots, mails.pool.slots]).toEqual([1, may.includes('mails') ? 0 : 1]);
      const told = announced.filter(({ name }) => name === 'pools.unled');
      expect(told).toHaveLength(1);
      expect(told[0]!.payload).toMatchObject({
        reason: expect.stringMatching(/cannot scale it: .*(NOPERM|can't access)/),
      });
      const pool = await readPool(createClient({ url: own.adminUrl }), 'photos');
      expect(pool.frozen).not.toBe('');
      expect(pool.target).toBeNull();
    },
  );

  test('a queue that cannot be read any more after its target was 0 gets a slot, and goes back', async () => {
    const clock = new FakeClock();
    const a = createPool('a', { min: 0 });
    const { member, keys } = await createMember('frozen-at-0', [a], { clock });
    await publish(keys, 'a', [1, 1], { 'web-1:1': 0 });
    const redis = createClient(server);
    await redis.hset(keys.pool('a'), 'frozen', 'WRONGTYPE');
    const rounds = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        await member.round();
        await clock.pass(1_000);
      }
    };
    await rounds(15);
    expect(a.pool.slots).toBe(0);
    await rounds(1);
    expect(a.pool.slots).toBe(1);
    await redis.hset(keys.pool('a'), 'frozen', '');
    await rounds(1);
    expect(a.pool.slots).toBe(0);
  });

  test('a server that does not tell the time is told it by the process', async () => {
    await using own = await startRedis({ aclLines: ['user worker on >secret ~* &* +@all -time'] });
    const a = createPool('a');
    const url = { host: own.host, port: own.port, username: 'worker', password: 'secret' };
    const { member, keys } = await createMember('timeless', [a], { url });
    await member.round();
    const redis = createClient({ url: own.adminUrl });
    const beatAt = Number((await redis.hget(keys.poolBeats(), 'web-1:1'))!.split(' ')[0]);
    const heardAt = Number(await redis.zscore(keys.pools(), 'a'));
    for (const at of [beatAt, heardAt]) expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  });

  test('who may not touch the keys of pools works with slots of its own, and says why', async () => {
    await using denied = await startRedis({
      aclLines: ['user worker on >secret ~bull:* +@all'],
    });
    const clock = new FakeClock();
    const a = createPool('a', { min: 2 });
    const url = { host: denied.host, port: denied.port, username: 'worker', password: 'secret' };
    const { member, announced } = await createMember('denied', [a], { clock, url });
    const errors: unknown[] = [];
    for (let i = 0; i < 17; i += 1) {
      await member.round().catch((error: unknown) => errors.push(error));
      await clock.pass(1_000);
    }
    expect(errors).toHaveLength(17);
    expect(a.pool.slots).toBe(2);
    const told = announced.find(({ name }) => name === 'pools.unled')!;
    expect(told.payload).toMatchObject({
      pools: ['a'],
      reason: expect.stringMatching(/can't|NOPERM/),
    });
  });
});

describe('when Redis goes', () => {
  test('slots stay as they are, and the first question when it is back is what they are now', async () => {
    await using link = await startProxy({ target: { port: server.port } });
    const a = createPool('a');
    const url = { host: server.host, port: link.port };
    const { member, keys, hub } = await createMember('away', [a], { url });
    await publish(keys, 'a', [1, 1], { 'web-1:1': 4 });
    await until(() => member.round().then(() => a.pool.slots === 4));
    link.mode = 'refuse';
    link.cut();
    await until(() => !hub.command.isReady);
    await publish(keys, 'a', [1, 2], { 'web-1:1': 1 });
    await member.round();
    expect(a.pool.slots).toBe(4);
    link.mode = 'pass';
    await until(() => a.pool.slots === 1);
  });

  test('a Redis that came back empty is believed, and told again what there is', async () => {
    await using own = await startRedis({ config: { appendonly: 'no' } });
    const a = createPool('a');
    const url = { host: own.host, port: own.port };
    const { member, keys, bus } = await createMember('emptied', [a], { url });
    const redis = createClient(own);
    await redis.hset(keys.pool('a'), { epoch: 900, rev: 1, shares: '{"web-1:1":4}' });
    await member.round();
    await redis.flushall();
    bus.announce('redis.emptied', {});
    await redis.hset(keys.pool('a'), { epoch: 1, rev: 1, shares: '{"web-1:1":2}' });
    await member.round();
    expect(a.pool.slots).toBe(2);
    expect(await redis.hget(keys.pool('a'), 'maxWorkers')).toBe('10');
  });

  test('a Redis that does not answer does not count as one without a leader', async () => {
    await using own = await startRedis();
    const clock = new FakeClock();
    const a = createPool('a', { min: 0 });
    const url = { host: own.host, port: own.port };
    const { member } = await createMember('frozen', [a], { clock, url });
    await member.round();
    own.freeze();
    for (let i = 0; i < 60; i += 1) {
      let isOver = false;
      const round = member.round().then(() => {
        isOver = true;
      });
      // The process goes on looking how loaded it is.
      await clock.pass(1_000);
      await until(() => isOver, { timeoutMs: 5_000 });
      await round;
    }
    own.thaw();
    await member.round();
    expect(a.pool.slots).toBe(0);
  });
});

test('while Redis refuses writes it says nothing, and keeps the slots that it has', async () => {
  const a = createPool('a');
  const { member, keys, refusal } = await createMember('refused', [a]);
  const heard = (): Promise<string | null> =>
    createClient(server).hget(keys.poolBeats(), 'web-1:1');
  await member.round();
  const before = await heard();
  refusal.lasts = true;
  await member.round();
  expect(await heard()).toBe(before);
  expect(a.pool.slots).toBe(1);
  refusal.lasts = false;
  await until(() => member.round().then(async () => (await heard()) !== before));
});

test('a worker that its application has paused offers no slots, and its slots stay as they are', async () => {
  const a = createPool('a');
  const { member, keys } = await createMember('paused', [a]);
  await publish(keys, 'a', [1, 1], { 'web-1:1': 3 });
  await member.round();
  a.isPaused = true;
  await member.round();
  expect((await readBeat(keys, 'web-1:1'))!.pools.a).toMatchObject({ most: 0, slots: 0 });
  expect(a.pool.slots).toBe(3);
  a.isPaused = false;
  await member.round();
  expect((await readBeat(keys, 'web-1:1'))!.pools.a).toMatchObject({ most: 10, slots: 3 });
});

test('who stops says so at once, opens nothing more, and leaves its last figures', async () => {
  const a = createPool('a');
  a.active = 2;
  const { member, keys } = await createMember('stopping', [a]);
  await publish(keys, 'a', [1, 1], { 'web-1:1': 3 });
  await member.round();
  member.beginLeaving();
  await until(async () => (await readBeat(keys, 'web-1:1'))!.isStopping);
  expect((await readBeat(keys, 'web-1:1'))!.pools.a).toMatchObject({
    most: 0,
    slots: 0,
    active: 2,
  });
  await publish(keys, 'a', [1, 2], { 'web-1:1': 8 });
  await member.round();
  expect(a.pool.slots).toBe(3);
  a.active = 0;
  await member.leave();
  expect((await readBeat(keys, 'web-1:1'))!.pools.a).toMatchObject({ active: 0, returned: 1 });
});

test('two coordinators in one process are two members', async () => {
  const [a, b] = [createPool('a'), createPool('a')];
  const { hub, keys } = await createMember('two', []);
  const { workers } = await startCoordinator(server, { coordinatorPrefix: 'two-others' });
  const names = [a, b].map((pool) => {
    const heartbeat = new Heartbeat({ connection: hub.command, keys, workers, host: 'h', pid: 7 });
    return { heartbeat, pool };
  });
  for (const { heartbeat, pool } of names) {
    const { member } = await createMember('two', [pool], { id: () => heartbeat.id });
    await member.round();
    expect(heartbeat.id).toBe(undefined);
    await heartbeat.beat();
    await member.round();
  }
  expect((await createClient(server).hkeys(keys.poolBeats())).sort()).toEqual(['h:7', 'h:7:2']);
});

test('over a slow connection, one question is under way at a time', async () => {
  const link = await startProxy({ target: { port: server.port } });
  // After its member has left.
  onTestFinished(() => link[Symbol.asyncDispose]());
  const a = createPool('a');
  const url = { host: server.host, port: link.port };
  const { member, keys } = await createMember('slow', [a], { url });
  await publish(keys, 'a', [1, 1], { 'web-1:1': 4 });
  await until(() => member.round().then(() => a.pool.slots === 4));
  link.delay(150);
  const redis = createClient(server);
  const seen = await startMonitor(server);
  await publish(keys, 'a', [1, 2], { 'web-1:1': 2 });
  await Promise.all([member.round(), member.round(), member.round()]);
  await redis.echo('end');
  await until(() => seen.some(({ command }) => command === 'echo'));
  const questions = seen.filter(({ from, command }) => from !== 'lua' && command === 'eval');
  expect(questions).toHaveLength(1);
  expect(a.pool.slots).toBe(2);
});

test('with a real worker: slots open and close while jobs run, and none is interrupted', async () => {
  const coordinator = await startCoordinator(server, { coordinatorPrefix: 'real' });
  let running = 0;
  let most = 0;
  const release: (() => void)[] = [];
  coordinator.process(
    'work',
    async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
    },
    { pool: { min: 1, max: 10 } },
  );
  const pools = [{ pool: takePool(coordinator, 'work'), active: 0, isPaused: false }];
  const { member, keys } = await createMember('real', pools);
  const queue = coordinator.queue('work');
  await queue.addBulk(Array.from({ length: 8 }, () => ({ name: 'job', data: {} })));
  await until(() => running === 1);
  await publish(keys, 'work', [1, 1], { 'web-1:1': 5 });
  await member.round();
  await until(() => running === 5);
  await publish(keys, 'work', [1, 2], { 'web-1:1': 1 });
  await member.round();
  expect(running).toBe(5);
  // Jobs without a slot are told, and left alone.
  await member.round();
  expect((await readBeat(keys, 'web-1:1'))!.pools.work).toMatchObject({ slots: 1, active: 5 });
  for (const end of release.splice(0, 4)) end();
  await until(async () => (await queue.getCompletedCount()) === 4);
  expect(running).toBe(1);
  await publish(keys, 'work', [1, 3], { 'web-1:1': 3 });
  await member.round();
  await until(() => running === 3);
  const rest = setInterval(() => release.shift()?.(), 5);
  onTestFinished(() => clearInterval(rest));
  await until(async () => (await queue.getCompletedCount()) === 8);
  expect(most).toBe(5);
  expect(await queue.getFailedCount()).toBe(0);
});
