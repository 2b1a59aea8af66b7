/** Redis with queues of plain BullMQ, and a coordinator that operates them: what tests of the actions on jobs begin with. */
import type { Queue } from 'bullmq';
import type { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { ask } from './asking.ts';
import { plainQueue } from './operate-queues.ts';

/** One server for all tests of a file; client and coordinator are of the test that has called `setUp`. */
export interface PlainDeployment {
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly coordinator: Coordinator;
  setUp(): Promise<void>;
  ask<Name extends ActionName>(
    name: Name,
    input: InputOf<Name>,
    principal?: Principal,
  ): Promise<OutputOf<Name>>;
  plain(name: string, options?: object): Queue;
}

/** To be called at the top of a file. */
export function plainDeployment(): PlainDeployment {
  let server: RedisServer;
  let redis: Redis;
  let coordinator: Coordinator;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  return {
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
    get coordinator() {
      return coordinator;
    },
    async setUp() {
      redis = createClient(server);
      coordinator = await startCoordinator(server);
    },
    ask: (name, input, principal) => ask(coordinator, name, input, principal),
    plain: (name, options = {}) => plainQueue(server, name, options),
  };
}
