/** What operators and scalers outside see of pools, with Redis there and without. */
import { expect, test } from 'vitest';
import { OutageGate } from '../../src/backend/outage-gate.ts';
import { queueLabel } from '../../src/keys.ts';
import { PoolOperations } from '../../src/operations/fleet/pool-operations.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { openHub } from './open-hub.ts';
import { announcePool, beat, connect, createLeader, fill, keys, serverNow } from './pool-fleet.ts';

const { server, redis } = await shareRedis();

function createOperations(prefix = 'bull') {
  const hub = openHub(server);
  const labelOf = (name: string): string => queueLabel(prefix, name);
  const gate = new OutageGate(hub, 500);
  return new PoolOperations({ hub, gate, keys, labelOf, serverNow: () => undefined });
}

async function decided(queue: string, jobs: number) {
  await announcePool(redis, queue);
  await beat(redis, 'a:1', { [queue]: {} });
  await fill(redis, queue, jobs);
  const leader = createLeader('leader', await connect(server));
  await leader.rounds(2);
  return leader;
}

test('a pool, its decisions and why', async () => {
  const { lease } = await decided('photos', 50);
  const pools = createOperations();
  const pool = await pools.get('photos');
  expect(pool).toMatchObject({
    ...{ queue: 'photos', min: 1, max: 20, mode: 'auto', target: 20, current: 0, pin: null },
    ...{ shares: { 'a:1': 10 }, frozenFor: null, epoch: lease.epoch, rev: 1 },
  });
  expect(await pools.list()).toEqual([pool]);
  const [decision, ...others] = await pools.decisions('photos');
  expect(others).toEqual([]);
  expect(decision).toMatchObject({ from: 0, to: 20 });
  expect(decision!.words).toMatch(/^0 → 20 slots: the most that the pool may have/);
  expect(await pools.why('photos')).toEqual({
    ...{ queue: 'photos', reason: pool.reason, frozenFor: null, last: decision },
  });
});

test('decisions come newest first, only those of the queue, and no more than asked for', async () => {
  const { rounds } = await decided('photos', 50);
  await announcePool(redis, 'mails');
  await rounds(2);
  await redis.xadd(keys.decisions(), '*', 'queue', 'photos', 'why', 'garbage');
  await redis.set(keys.pin('photos'), '{"slots":3}');
  await rounds();
  await redis.set(keys.pin('photos'), '{"slots":4}');
  await rounds();
  const pools = createOperations();
  expect((await pools.decisions('photos')).map(({ to }) => to)).toEqual([4, 3, 20]);
  expect((await pools.decisions('photos', { limit: 1 })).map(({ to }) => to)).toEqual([4]);
  for (const limit of [0, -5, Number.NaN]) {
    expect(await pools.decisions('photos', { limit })).toHaveLength(1);
  }
  expect(await pools.decisions('mails')).toHaveLength(1);
});

test('more decisions than are read at once are read to their end', async () => {
  await decided('photos', 50);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 700; i += 1) pipeline.xadd(keys.decisions(), '*', 'queue', 'other');
  await pipeline.exec();
  expect(await createOperations().decisions('photos')).toHaveLength(1);
});

test('a queue without a pool is unknown, in every question', async () => {
  const pools = createOperations();
  const unknown = expect.objectContaining({ code: 'POOL_UNKNOWN' });
  expect(await pools.list()).toEqual([]);
  await expect(pools.get('photos')).rejects.toEqual(unknown);
  await expect(pools.why('photos')).rejects.toEqual(unknown);
  await expect(pools.decisions('photos')).rejects.toEqual(unknown);
  await expect(pools.scale('photos')).rejects.toEqual(unknown);
  await expect(pools.scaleWorkers('photos', 3)).rejects.toEqual(unknown);
  await expect(pools.unpin('photos')).rejects.toEqual(unknown);
  expect(await redis.keys('*')).toEqual([]);
});

test('scale is the target: never before there is one, the last one while Redis is away, none once the pool is gone', async () => {
  const pools = createOperations();
  await announcePool(redis, 'photos');
  const undecided = expect.objectContaining({ code: 'POOL_UNDECIDED', retryable: true });
  await expect(pools.scale('photos')).rejects.toEqual(undecided);
  await decided('photos', 50);
  expect(await pools.scale('photos')).toEqual({ value: 20 });
  await redis.hset(keys.pool('photos'), { targetWorkers: 0 });
  expect(await pools.scale('photos')).toEqual({ value: 0 });
  await redis.hdel(keys.pool('photos'), 'targetWorkers');
  await expect(pools.scale('photos')).rejects.toEqual(undecided);
  await redis.hset(keys.pool('photos'), { targetWorkers: 20 });
  expect(await pools.scale('photos')).toEqual({ value: 20 });
  await server.kill();
  expect(await pools.scale('photos')).toEqual({ value: 20 });
  const away = expect.objectContaining({ code: 'QUEUE_UNAVAILABLE' });
  await expect(pools.scale('mails')).rejects.toEqual(away);
  await expect(pools.get('photos')).rejects.toEqual(away);
  await expect(pools.scaleWorkers('photos', 3)).rejects.toEqual(away);
  await server.restart();
  await redis.flushall();
  // Until it is connected again, it tells the last one.
  const codeOf = ({ code }: { code?: string }): string | undefined => code;
  const isGone = async (): Promise<boolean> =>
    (await pools.scale('photos').then(() => undefined, codeOf)) === 'POOL_UNKNOWN';
  await until(isGone, { what: 'the pool is unknown' });
});

test('scaleWorkers pins the target until it runs out or is taken off', async () => {
  const { rounds } = await decided('photos', 50);
  const pools = createOperations();
  const pin = await pools.scaleWorkers('photos', 4, { for: '2h', by: 'anna', reason: 'sale' });
  expect(pin).toMatchObject({ slots: 4, by: 'anna', reason: 'sale' });
  expect(await redis.pttl(keys.pin('photos'))).toBeGreaterThan(7_190_000);
  expect(pin.until - pin.at).toBe(7_200_000);
  expect(Math.abs(pin.at - (await serverNow(redis)))).toBeLessThan(5_000);
  expect((await pools.get('photos')).pin).toEqual(pin);
  await rounds();
  expect(await pools.scale('photos')).toEqual({ value: 4 });
  expect((await pools.why('photos')).last?.words).toMatch(
    /^20 → 4 slots: set by hand by anna until \S+ \S+ UTC \(sale\); held down by its `max`$/,
  );
  expect(await pools.unpin('photos')).toBe(true);
  expect(await pools.unpin('photos')).toBe(false);
  await rounds();
  expect(await pools.scale('photos')).toEqual({ value: 20 });
});

test('what cannot be pinned changes nothing', async () => {
  await announcePool(redis, 'photos');
  const pools = createOperations();
  const invalid = expect.objectContaining({ code: 'PIN_INVALID' });
  for (const slots of [21, -1, 0.5, Number.POSITIVE_INFINITY, Number.NaN])
    await expect(pools.scaleWorkers('photos', slots)).rejects.toEqual(invalid);
  await expect(pools.scaleWorkers('photos', 3, { for: '31d' })).rejects.toEqual(invalid);
  await expect(pools.scaleWorkers('photos', 21)).rejects.toThrow(/at most 20 slots, got 21/);
  expect(await redis.exists(keys.pin('photos'))).toBe(0);
});

test('queues under a prefix are named as the application names them, or as they are listed', async () => {
  await announcePool(redis, 'shop:orders');
  const pools = createOperations('shop');
  expect((await pools.get('orders')).queue).toBe('shop:orders');
  expect((await pools.get('shop:orders')).queue).toBe('shop:orders');
  expect((await pools.list()).map(({ queue }) => queue)).toEqual(['shop:orders']);
});
