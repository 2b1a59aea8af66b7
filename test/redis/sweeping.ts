/**
 * Sweeps for tests: a hub on a real server, a sweep that leads when it is told to, and finished jobs as BullMQ keeps
 * them, of any age.
 */
import { type CoordinatorEvents, defineQueue, type RetentionOptions } from 'drover';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { EventBus } from '../../src/events.ts';
import { createKeys, type Keys } from '../../src/keys.ts';
import { Hub } from '../../src/redis/hub.ts';
import { PublishPolicies } from '../../src/retention/publish-policies.ts';
import { REMOVAL_COMPANION } from '../../src/retention/remove-jobs.ts';
import { Sweep, type SweepOptions } from '../../src/retention/sweep.ts';
import { createClient } from '../support/coordinators.ts';

export const keys: Keys = createKeys('coordinator');
export const HOUR_MS = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;

/** Lease of a sweep under test. */
export interface FakeLease {
  isHeld: boolean;
  epoch: number;
  readonly name: string;
}

/** A sweep of its own, and what it announces. */
export async function openSweep(
  server: { port: number },
  clock: Clock = systemClock,
  options: Pick<SweepOptions, 'recordedUntil'> = {},
): Promise<{
  sweep: Sweep;
  hub: Hub;
  lease: FakeLease;
  swept: CoordinatorEvents['retention.swept'][];
  over: CoordinatorEvents['retention.over-budget'][];
}> {
  const bus = new EventBus();
  const swept: CoordinatorEvents['retention.swept'][] = [];
  const over: CoordinatorEvents['retention.over-budget'][] = [];
  bus.on('retention.swept', (payload) => swept.push(payload));
  bus.on('retention.over-budget', (payload) => over.push(payload));
  const hub = new Hub({
    ...{ app: 'sweep', host: 'h', pid: 1, allowEviction: true, announce: bus.announce, keys },
    createClient: (options) => new Redis({ ...options, port: server.port, replyMapping: 'legacy' }),
    reconnect: { minDelayMs: 5, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    companions: [REMOVAL_COMPANION],
  });
  onTestFinished(() => hub.close());
  hub.open();
  await hub.command.client;
  const lease: FakeLease = { isHeld: true, epoch: 1, name: 'fleet' };
  const sweep = new Sweep({
    ...{ keys, lease, announce: bus.announce, command: hub.command, clock, ...options },
    onBulk: (run) => hub.onBulk(async (bulk) => run(await bulk.raw())),
  });
  return { sweep, hub, lease, swept, over };
}

/** Says how queues are kept, as a process that defines them does. */
export async function publish(
  hub: Hub,
  policies: Readonly<Record<string, RetentionOptions | undefined>>,
): Promise<void> {
  const defined = Object.entries(policies).map(
    ([name, retention]) => [name, defineQueue(name, retention && { retention }).retention] as const,
  );
  await new PublishPolicies({
    ...{ command: hub.command, keys },
    policies: () => new Map(defined),
  }).round();
}

/** Finished jobs of one queue. */
export interface Finished {
  readonly count: number;
  readonly agoMs: number;
  readonly state?: 'completed' | 'failed';
  readonly opts?: object;
  readonly fields?: Readonly<Record<string, string>>;
  /** Ids are this and a number. */
  readonly name?: string;
}

/** Lays them out as BullMQ does, one millisecond after the other; the ids. */
export async function layOut(
  redis: Redis,
  queue: string,
  { count, agoMs, state = 'completed', opts = {}, fields = {}, name = 'job' }: Finished,
): Promise<string[]> {
  const ids: string[] = [];
  const from = Date.now() - agoMs;
  for (let start = 0; start < count; start += 2_000) {
    const pipeline = redis.pipeline();
    for (let i = start; i < Math.min(count, start + 2_000); i += 1) {
      const id = `${name}-${i}`;
      const at = from + i / 1_000;
      ids.push(id);
      pipeline.hset(`bull:${queue}:${id}`, {
        ...{ name: 'make', data: '{"photo":4711}', opts: JSON.stringify({ attempts: 3, ...opts }) },
        ...{ timestamp: String(from), delay: '0', priority: '0', processedOn: String(from) },
        ...{ finishedOn: String(Math.floor(at)), atm: '1', returnvalue: '{"ok":true}', ...fields },
      });
      pipeline.zadd(`bull:${queue}:${state}`, Math.floor(at), id);
    }
    await pipeline.exec();
  }
  return ids;
}

/** A plain client, and an open sweep. */
export async function sweeping(server: {
  port: number;
  url: string;
}): Promise<Awaited<ReturnType<typeof openSweep>> & { redis: Redis }> {
  return { ...(await openSweep(server)), redis: createClient(server) };
}
