/**
 * The Redis of a run: one server, or one with a replica, or with Sentinels too; and the network before it.
 *
 * Everything is closed with the stage.
 */
import { startProxy } from '../../support/proxy.ts';
import { type RedisOptions, RedisServer, reserve } from '../../support/redis-server.ts';
import { PRIMARY_NAME, startSentinels } from '../../support/sentinels.ts';
import { until } from '../../support/until.ts';
import type { RedisPlace } from '../apps/settings.ts';
import type { Stage } from './stage.ts';

/** Starts what the set-up asks for; returns the address for the applications. */
export async function openRedis(stage: Stage): Promise<RedisPlace> {
  const { setup } = stage;
  stage.server = await newServer(stage);
  if (setup.redis !== 'absent') await stage.server.restart();
  if (setup.redis === 'replica' || setup.redis === 'sentinel') await openReplica(stage);
  if (setup.redis === 'sentinel') {
    const sentinels = await startSentinels(stage.server.port);
    stage.closeLater(() => sentinels[Symbol.asyncDispose]());
    return { sentinels: sentinels.addresses, name: PRIMARY_NAME };
  }
  const user = setup.user?.split(' ')[1]; // `user NAME on >NAME ...`: the password is the name.
  return { url: `redis://${user ? `${user}:${user}@` : ''}127.0.0.1:${await openNetwork(stage)}` };
}

async function newServer(stage: Stage): Promise<RedisServer> {
  const { config, user } = stage.setup;
  const options: RedisOptions = { config, ...(user && { aclLines: [user] }) };
  const server = new RedisServer(options, await reserve());
  stage.closeLater(() => server.stop());
  return server;
}

async function openReplica(stage: Stage): Promise<void> {
  const replica = await newServer(stage);
  stage.replica = replica;
  await replica.restart();
  const client = stage.clientOf(replica);
  await client.call('REPLICAOF', '127.0.0.1', String(stage.server.port));
  await until(async () => (await client.info('replication')).includes('master_link_status:up'), {
    what: 'the replica has caught up',
  });
}

/** The port that applications use. */
async function openNetwork(stage: Stage): Promise<number> {
  if (stage.setup.via === 'direct') return stage.server.port;
  const proxy = await startProxy({ target: { port: stage.server.port } });
  stage.proxy = proxy;
  stage.closeLater(() => proxy.close());
  return proxy.port;
}
