/** What Redis is told of its backups: never back in time, never in the way of a backup, whoever refuses it. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Ask, type Recorded, recordBackup } from '../../src/backup/keep/record-backup.ts';
import { systemClock } from '../../src/base/clock.ts';
import { EventBus } from '../../src/events.ts';
import { FleetWatch } from '../../src/fleet-watch.ts';
import { createKeys } from '../../src/keys.ts';
import { readBackups } from '../../src/metrics/backup-records.ts';
import { createClient } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { openHub } from './open-hub.ts';

const HOUR = 3_600_000;
let server: RedisServer;
let prefixes = 0;

beforeAll(async () => {
  server = await startRedis();
}, 30_000);
afterAll(() => server.stop());

const asking =
  (redis: Redis): Ask =>
  (...words) =>
    redis.call(words[0]!, ...words.slice(1));

function backup(madeAt: number, verifiedAt: number | null = null, label = 'queue'): Recorded {
  const stored = { file: 'x', bytes: 7, sha256: '' };
  return { name: `${label}-${madeAt}`, label, madeAt, verifiedAt, stored };
}

/** Keys of a prefix of its own, and a client. */
function fresh(of: RedisServer = server) {
  prefixes += 1;
  const redis = createClient({ url: of.adminUrl });
  return { keys: createKeys(`p${prefixes}`), redis, ask: asking(redis) };
}

test('a backup is known, its verification too, and each label by itself', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  expect(await readBackups(redis, keys)).toEqual([]);
  expect(await recordBackup(ask, keys, backup(now - HOUR))).toBeNull();
  const made = { label: 'queue', name: `queue-${now - HOUR}`, madeAt: now - HOUR, bytes: 7 };
  expect(await readBackups(redis, keys)).toEqual([
    { ...made, verifiedAt: null, verifiedName: null },
  ]);
  await recordBackup(ask, keys, backup(now - HOUR, now));
  await recordBackup(ask, keys, backup(now - HOUR, null, 'other'));
  expect(await readBackups(redis, keys)).toMatchObject([
    { label: 'other', verifiedAt: null },
    { ...made, verifiedAt: now, verifiedName: made.name },
  ]);
});

test('a newer backup takes nothing of the verification of an older one', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  await recordBackup(ask, keys, backup(now - 2 * HOUR, now - HOUR));
  await recordBackup(ask, keys, backup(now));
  expect(await readBackups(redis, keys)).toMatchObject([
    { name: `queue-${now}`, verifiedAt: now - HOUR, verifiedName: `queue-${now - 2 * HOUR}` },
  ]);
});

test('whoever ends last writes nothing older over what is newer', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  await recordBackup(ask, keys, backup(now - HOUR, now - HOUR / 2));
  await recordBackup(ask, keys, backup(now - 3 * HOUR, now - 2 * HOUR));
  expect(await readBackups(redis, keys)).toMatchObject([
    { name: `queue-${now - HOUR}`, verifiedAt: now - HOUR / 2 },
  ]);
});

test('a record of a clock that had leapt ahead gives way', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  const ahead = { ...systemClock, now: () => now + 48 * HOUR };
  await recordBackup(ask, keys, backup(now + 48 * HOUR, now + 48 * HOUR), ahead);
  await recordBackup(ask, keys, backup(now - HOUR, now));
  expect(await readBackups(redis, keys)).toMatchObject([{ madeAt: now - HOUR, verifiedAt: now }]);
});

test('what another one writes over it meanwhile is put right', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  await recordBackup(ask, keys, backup(now - HOUR));
  const old = (await redis.hget(keys.backups(), 'queue'))!;
  let late = 2;
  // Another one has read the old record, and writes it back with its own part when this one has written.
  const meanwhile: Ask = async (...words) => {
    const reply = await ask(...words);
    if (words[0] !== 'HSET' || late === 0) return reply;
    late -= 1;
    const theirs = { ...JSON.parse(old), verifiedAt: now - 1, verifiedName: 'theirs' };
    await redis.hset(keys.backups(), 'queue', JSON.stringify(theirs));
    return reply;
  };
  expect(await recordBackup(meanwhile, keys, backup(now))).toBeNull();
  expect(await readBackups(redis, keys)).toMatchObject([
    { name: `queue-${now}`, madeAt: now, verifiedAt: now - 1, verifiedName: 'theirs' },
  ]);
  expect(late).toBe(0);
});

test('one that never gets its turn gives up and says so', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  let turns = 0;
  const never: Ask = async (...words) => {
    const reply = await ask(...words);
    turns += 1;
    if (words[0] === 'HSET') await redis.hdel(keys.backups(), 'queue');
    return reply;
  };
  expect(await recordBackup(never, keys, backup(now))).toContain('others write to it');
  expect(turns).toBeLessThan(50);
});

test('what is no record is none to a reader, and is written over', async () => {
  const { keys, redis, ask } = fresh();
  const now = systemClock.now();
  await redis.hset(keys.backups(), { queue: '{"name":', old: '{"name":1}', none: 'null' });
  expect(await readBackups(redis, keys)).toEqual([]);
  expect(await recordBackup(ask, keys, backup(now))).toBeNull();
  expect(await readBackups(redis, keys)).toMatchObject([{ label: 'queue', madeAt: now }]);
});

test.each<[what: string, refuse: (redis: Redis) => Promise<unknown>, says: string]>([
  [
    'a user without the right',
    (redis) => redis.call('ACL', 'SETUSER', 'default', 'resetkeys', '~other:*'),
    '+hget +hset',
  ],
  ['a replica', (redis) => redis.call('REPLICAOF', '127.0.0.1', '1'), 'it is a replica'],
  ['a full memory', (redis) => redis.config('SET', 'maxmemory', '1'), 'its memory is full'],
])('%s takes no note: one line says so, and nothing fails', async (_what, refuse, says) => {
  await using own = await startRedis({ aclLines: ['user default on nopass ~* &* +@all'] });
  const { keys, redis } = fresh(own);
  await refuse(redis);
  const told = await recordBackup(asking(createClient(own)), keys, backup(systemClock.now()));
  expect(told).toContain(says);
  expect(told).not.toContain('\n');
  await redis.call('ACL', 'SETUSER', 'default', 'allkeys');
  expect(await redis.exists(keys.backups())).toBe(0);
});

test('a Redis that does not answer is waited for no longer than five seconds', async () => {
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const { keys } = fresh();
  const ask = asking(createClient({ url: proxy.url }));
  await ask('PING');
  proxy.mode = 'blackhole';
  // Its timers go off at once.
  let waitedMs = 0;
  const clock = {
    ...systemClock,
    after(delayMs: number, callback: () => void) {
      waitedMs = delayMs;
      return systemClock.after(1, callback);
    },
  };
  expect(await recordBackup(ask, keys, backup(0), clock)).toContain('did not answer within 5 s');
  expect(waitedMs).toBe(5_000);
});

test('a Redis that is gone fails nothing either', async () => {
  await using own = await startRedis();
  const { keys, redis } = fresh(own);
  await redis.ping();
  await own.kill();
  const ask: Ask = async () => {
    throw new Error('connect ECONNREFUSED');
  };
  expect(await recordBackup(ask, keys, backup(0))).toContain('ECONNREFUSED');
  await until(() => redis.status !== 'ready');
});

test('metrics know of backups from a look at the fleet, ask seldom, and rest while Redis is away', async () => {
  await using own = await startRedis();
  const { redis, ask } = fresh(own);
  const keys = createKeys('coordinator');
  const now = systemClock.now();
  await recordBackup(ask, keys, backup(now - HOUR, now));
  const { command } = openHub(own);
  await until(() => command.isReady);
  const watch = new FleetWatch({
    ...{ command, keys, announce: new EventBus().announce, lease: { isHeld: true } },
    ...{ labels: async () => [], definitions: () => new Map(), serverNow: () => now },
  });
  await watch.round();
  const known = [{ label: 'queue', madeAt: now - HOUR, bytes: 7, verifiedAt: now }];
  expect(watch.figures?.backups).toMatchObject(known);
  await redis.del(keys.backups());
  await watch.round();
  expect(watch.figures?.backups).toMatchObject(known);
  await own.kill();
  await until(() => !command.isReady);
  await watch.round();
  expect(watch.figures).toBeUndefined();
});
