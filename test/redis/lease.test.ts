/** One holder in the fleet, with an epoch that only grows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Lease } from '../../src/redis/lease.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
let connection: Connection;
beforeAll(async () => {
  server = await startRedis();
  connection = new Connection({
    role: 'command',
    name: 'lease-test',
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: new EventBus().announce,
  });
  await connection.client;
});
afterAll(async () => {
  connection.close();
  await server.stop();
});

const keys = createKeys('coordinator');
function createLease(name: string, hostId: string, clock = new FakeClock()) {
  return { clock, lease: new Lease({ name, connection, keys, hostId, lengthMs: 10_000, clock }) };
}

test('of two that ask, one holds it, and renewing keeps its epoch', async () => {
  const { lease: a } = createLease('two', 'a');
  const { lease: b } = createLease('two', 'b');
  expect(await a.acquire()).toBe(true);
  expect(await b.acquire()).toBe(false);
  const { epoch } = a;
  expect(epoch).toBeGreaterThan(0);
  expect(await a.acquire()).toBe(true);
  expect(a.epoch).toBe(epoch);
  expect(b.epoch).toBe(0);
});

test('a released lease goes to the next one at once, with a higher epoch', async () => {
  const { lease: a } = createLease('released', 'a');
  const { lease: b } = createLease('released', 'b');
  await a.acquire();
  const { epoch } = a;
  await a.release();
  expect(a.isHeld).toBe(false);
  expect(await b.acquire()).toBe(true);
  expect(b.epoch).toBeGreaterThan(epoch);
});

test('the epoch grows although the last one was lost, as by a promoted replica that lacked it', async () => {
  const redis = createClient(server);
  const { lease: a } = createLease('rewound', 'a');
  const { lease: b } = createLease('rewound', 'b');
  await a.acquire();
  const { epoch } = a;
  await redis.del(keys.lease('rewound'), keys.leaseEpoch('rewound'));
  await until(() => Date.now() > epoch, {
    what: 'the next millisecond',
  });
  expect(await b.acquire()).toBe(true);
  expect(b.epoch).toBeGreaterThan(epoch);
});

test("the epoch grows although the server's clock was set back, and is a whole number in Redis", async () => {
  const redis = createClient(server);
  const future = Date.now() + 86_400_000;
  await redis.set(keys.leaseEpoch('set-back'), future);
  const { lease } = createLease('set-back', 'a');
  await lease.acquire();
  expect(lease.epoch).toBe(future + 1);
  expect(await redis.get(keys.leaseEpoch('set-back'))).toBe(String(future + 1));
});

test('a holder whose epoch was deleted gets a new one', async () => {
  const redis = createClient(server);
  const { lease } = createLease('deleted', 'a');
  await lease.acquire();
  await redis.del(keys.leaseEpoch('deleted'));
  expect(await lease.acquire()).toBe(true);
  expect(lease.epoch).toBeGreaterThan(1_600_000_000_000);
});

test('an epoch that cannot be read is one that was lost', async () => {
  const redis = createClient(server);
  await redis.set(keys.leaseEpoch('garbage'), 'garbage');
  const { lease } = createLease('garbage', 'a');
  expect(await lease.acquire()).toBe(true);
  expect(lease.epoch).toBeGreaterThan(1_600_000_000_000);
});

test("nobody releases another's lease", async () => {
  const { lease: a, clock } = createLease('stolen', 'a');
  const { lease: b } = createLease('stolen', 'b');
  await a.acquire();
  await createClient(server).del(keys.lease('stolen'));
  expect(await b.acquire()).toBe(true);
  await clock.pass(1);
  await a.release();
  expect(await createClient(server).get(keys.lease('stolen'))).toMatch(/^b:/);
});

test('a holder that slept through the end no longer acts, even if nobody else came', async () => {
  const { lease, clock } = createLease('slept', 'a');
  await lease.acquire();
  expect(lease.isHeld).toBe(true);
  await clock.pass(10_000);
  expect(lease.isHeld).toBe(false);
  expect(lease.epoch).toBe(0);
});

test("a jump of the machine's clock neither ends nor prolongs it", async () => {
  const { lease, clock } = createLease('jumped', 'a');
  await lease.acquire();
  clock.jump(3_600_000);
  expect(lease.isHeld).toBe(true);
  clock.jump(-7_200_000);
  await clock.pass(10_000);
  expect(lease.isHeld).toBe(false);
});
