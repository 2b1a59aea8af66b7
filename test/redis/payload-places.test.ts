/** Where payloads may refer to bodies is in Redis before the first reference is. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { PayloadPlaces } from '../../src/payloads/payload-places.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function connect(port: number): Connection {
  const connection = new Connection({
    role: 'command',
    name: 'places-test',
    createClient: clientMaker({ options: { host: '127.0.0.1', port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: new EventBus().announce,
  });
  onTestFinished(() => connection.close());
  return connection;
}

test('a place that is noted is there when the note resolves, and costs nothing again', async () => {
  const keys = createKeys('places-1');
  const redis = createClient(server);
  const places = new PayloadPlaces(connect(server.port), keys);
  await places.note('shop:photos');
  expect(await redis.zrange(keys.payloads(), '0', '-1')).toEqual(['shop:photos']);
  expect(places.note('shop:photos')).toBeUndefined();
});

test('each round tells all of them anew: Redis may have lost them', async () => {
  const keys = createKeys('places-2');
  const redis = createClient(server);
  const connection = connect(server.port);
  const places = new PayloadPlaces(connection, keys);
  places.define('a');
  await places.round();
  expect(await redis.exists(keys.payloads())).toBe(0);
  await connection.client;
  await places.note('b');
  await redis.del(keys.payloads());
  await places.round();
  expect(await redis.zrange(keys.payloads(), '0', '-1')).toEqual(['a', 'b']);
  await places.round();
  expect(await redis.zcard(keys.payloads())).toBe(2);
});

test('while Redis is away a note waits, and a round does nothing', async () => {
  const connection = connect(await reserve());
  const places = new PayloadPlaces(connection, createKeys('places-3'));
  const noted = Promise.resolve(places.note('a'));
  await places.round();
  connection.close();
  await expect(noted).rejects.toThrow();
});
