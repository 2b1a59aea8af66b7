/** The conformance suite of the HTTP face, in every host that it has an adapter for. */
import { afterAll, beforeAll } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { describeFaceIn } from './conformance.ts';
import { HOSTS } from './hosts.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

for (const host of HOSTS) describeFaceIn({ host, server: () => server });
