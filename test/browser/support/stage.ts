/**
 * Where browser tests play: a Redis, two worker processes, and a server with the dashboard, all real and all ready.
 *
 * One stage per file; tests share it and change only what they have added themselves:
 *
 *     let stage: Stage;
 *     beforeAll(async () => {
 *       stage = await openStage();
 *       return () => stage.close();
 *     });
 *     test('…', async () => {
 *       const page = await visit(stage, '/queues/mails');
 *
 * The world (`fill-world.ts`): `thumbnails` healthy and busy, with a pool · `mails` failing for three causes (12, 5 and 1
 * dead letters) · `orders` with flows (`order-1042` done, `order-1043` waits for its children), big integers, a secret
 * field, logs · `reports` paused, with schedulers · `webhooks` without workers · `exports` of plain BullMQ; `export-2026-11`
 * has a whole number in its data that no number of JavaScript is · figures of the hour before · a finished bulk action,
 * entries in the audit, the API token `deploys`. More jobs come by `stage.coordinator.queue('thumbnails').add(…)`, and are
 * run. `stage.client` may do everything; `stage.tokenFor` makes tokens for those who may do less. What health says of the
 * queues takes some seconds more: see `judged`. Wait by `until` of `test/support`, never by a sleep.
 */
import { fileURLToPath } from 'node:url';
import { Coordinator, type Grant, type Role } from 'drover';
import { type Client, createClient } from 'drover/client';
import { type AccessOptions, type ListenOptions, listen } from 'drover/http';
import { type ChildApp, startApp } from '../../support/child-app.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { fillWorld, openWorld } from './fill-world.ts';
import { pretendHost } from './own-host.mjs';
import { recordPastHour } from './past-hour.ts';

/** Opening takes some 4 s where there is nobody else, and far longer on a machine that many use. */
const PATIENCE_MS = 60_000;
const WORKER = fileURLToPath(new URL('./world-worker.mjs', import.meta.url));

/** What differs from the usual stage. */
export interface StageOptions {
  /** @default everybody on this machine is an admin */
  readonly access?: AccessOptions;
  /** @default '' */
  readonly basePath?: string;
  /** The server changes nothing. @default false */
  readonly readOnly?: boolean;
  /** As the dashboard names it: `production`. */
  readonly environment?: string;
  /** `none`: workers, and no jobs. @default 'usual' */
  readonly jobs?: 'usual' | 'none';
}

/** All of it. */
export interface Stage {
  /** Of the dashboard, with the base path and without a slash at its end. */
  readonly url: string;
  readonly redis: RedisServer;
  /** Of the server. */
  readonly coordinator: Coordinator;
  /** May do everything, whatever `access` says. */
  readonly client: Client;
  /** The secret of a new API token. */
  tokenFor(may: Role | readonly Grant[]): Promise<string>;
  /** Kills Redis, and starts it again on the same data after `meanwhile`. Returns when the server has it back. */
  restartRedis(meanwhile?: () => Promise<void>): Promise<void>;
  /** Nothing listens at the server's address any more, and does again after `meanwhile`. */
  restartServer(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Opens a stage; ready when it returns. To be closed by whoever opened it. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  pretendHost('dashboard-1', '192.0.2.10');
  const redis = await startRedis();
  // Before anybody is there who reads it.
  if (options.jobs !== 'none') await recordPastHour(redis.port);
  const workers = ['worker-1', 'worker-2'].map((host) => startWorker(host, redis));
  const coordinator = new Coordinator({
    ...{ redisUrl: redis.url, name: 'dashboard', logger: false, backgroundJobs: false },
    ...{ reconnect: { minDelay: 20, maxDelay: 200 }, addTimeoutMs: '5s' },
  });
  const close = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    await coordinator.stop({ timeoutMs: 1_000 });
    await redis.stop();
  };
  try {
    openWorld(coordinator);
    await coordinator.start();
    const how = faceOptions(options);
    let server = await listen(coordinator, { ...how, port: 0 });
    const back = await listen(coordinator, { port: 0 });
    const client = createClient({ url: back.url });
    await Promise.all(workers.map((worker) => worker.line('up', PATIENCE_MS)));
    await isUp(coordinator);
    if (options.jobs !== 'none') await fillWorld(coordinator, client, redis.url);
    return {
      ...{ url: server.url, redis, coordinator, client, close },
      tokenFor: (may) => tokenFor(client, may),
      restartRedis: async (meanwhile) => {
        await redis.kill();
        await meanwhile?.();
        await redis.restart();
        await isUp(coordinator);
      },
      restartServer: async (meanwhile) => {
        const { port } = new URL(server.url);
        await server.close();
        await meanwhile?.();
        server = await listen(coordinator, { ...how, port: Number(port) });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The leader of the fleet has judged the health of every queue: some seconds after the stage was opened. */
export async function judged({ client }: Pick<Stage, 'client'>): Promise<void> {
  const isJudged = async (): Promise<boolean> => {
    const { queues } = await client.call('overview.get', {});
    return queues.length > 0 && queues.every(({ health }) => health !== null);
  };
  await until(isJudged, { what: 'every queue is judged', timeoutMs: PATIENCE_MS, intervalMs: 250 });
}

function startWorker(host: string, redis: RedisServer): ChildApp {
  return startApp(WORKER, { env: { ON: host, REDIS_URL: redis.url } });
}

function faceOptions({ jobs: _, environment, ...how }: StageOptions): ListenOptions {
  return { ...how, ...(environment !== undefined && { dashboard: { environment } }) };
}

function isUp(coordinator: Coordinator): Promise<unknown> {
  return until(() => coordinator.getRedisHealth().status === 'healthy', {
    ...{ what: 'the server has its Redis', timeoutMs: PATIENCE_MS },
  });
}

async function tokenFor(client: Client, may: Role | readonly Grant[]): Promise<string> {
  const grants: readonly Grant[] = typeof may === 'string' ? [{ may: [may], queues: ['*'] }] : may;
  const { secret } = await client.call('tokens.create', { name: 'a visitor', grants });
  return secret;
}
