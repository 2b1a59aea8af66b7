/**
 * Dead letters for tests: written as a failing worker would leave them, and processes that carry bulk actions on.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { COMPANIONS } from '../../src/backend/companions.ts';
import { OutageGate } from '../../src/backend/outage-gate.ts';
import { Loop } from '../../src/base/loop.ts';
import { BulkRunner } from '../../src/dead-letters/bulk-runner.ts';
import { BulkStore } from '../../src/dead-letters/bulk-store.ts';
import { BULK_COMPANIONS } from '../../src/dead-letters/companions.ts';
import { DeadLettersStore } from '../../src/dead-letters/dead-letters-store.ts';
import { LetterShower } from '../../src/dead-letters/letter-shower.ts';
import { LetterWork } from '../../src/dead-letters/letter-work.ts';
import type { SchemaCheck } from '../../src/dead-letters/schema-check.ts';
import { type CoordinatorEvents, EventBus, type EventName } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { DeadLetterOperations } from '../../src/operations/dead-letters/dead-letter-operations.ts';
import { Payloads } from '../../src/payloads/payloads.ts';
import { Redactor } from '../../src/payloads/redactor.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';
import { Lease } from '../../src/redis/lease.ts';
import { until } from '../support/until.ts';

export const keys = createKeys('coordinator');

/** What differs from the usual record. */
export interface Seed {
  readonly jobId: string;
  readonly name?: string;
  /** JSON text. */
  readonly data?: string;
  /** JSON text in BullMQ's short names. */
  readonly opts?: string;
  readonly failedAt?: number;
  readonly type?: string;
  readonly reason?: string;
  readonly fingerprint?: string;
  readonly version?: string;
  readonly parentKey?: string;
  readonly parent?: string;
  /** Whether BullMQ still has the failed job. @default true */
  readonly hasJob?: boolean;
}

/** Writes dead letters of a queue, and the failed jobs they tell of. */
export async function seedDeadLetters(
  redis: Redis,
  queue: string,
  seeds: readonly Seed[],
): Promise<void> {
  const toKey = (part: string): string => new QueueKeys('bull').toKey(queue, part);
  const pipeline = redis.pipeline();
  for (const seed of seeds) {
    const { jobId, name = 'resize', data = '{"size":1}', failedAt = Date.now() - 60_000 } = seed;
    const { opts = '{"attempts":3}', type = 'TimeoutError', reason = 'no answer' } = seed;
    const { fingerprint = '5f1c09ab77d2e134', version = '1.0.0', parentKey, parent } = seed;
    const family = { ...(parentKey && { parentKey }), ...(parent && { parent }) };
    const timestamp = String(failedAt - 1_000);
    const job = { name, data, opts, timestamp, ...family };
    pipeline.hset(keys.deadLetter(queue, jobId), {
      ...{ originalJob: JSON.stringify(job), failureReason: reason, failedAt, attemptsMade: 3 },
      ...{ jobName: name, type, message: reason, stack: '', fingerprint, history: '[]' },
      ...{ host: 'web-1', version, state: 'dead', deaths: 1, via: 'worker' },
    });
    pipeline.zadd(keys.deadLetters(queue), failedAt, jobId);
    if (seed.hasJob === false) continue;
    pipeline.hset(toKey(jobId), {
      ...job,
      atm: 3,
      ats: 3,
      failedReason: reason,
      finishedOn: failedAt,
    });
    pipeline.zadd(toKey('failed'), failedAt, jobId);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}

/** So many seeds with ids `<prefix>0` and on, a millisecond apart. */
export function seeds(
  count: number,
  prefix = 'j',
  more: (i: number) => Partial<Seed> = () => ({}),
): Seed[] {
  const start = Date.now() - 3_600_000;
  return Array.from({ length: count }, (_, i) => ({
    ...{ jobId: `${prefix}${i}`, failedAt: start + i },
    ...more(i),
  }));
}

const NO_SCHEMAS: SchemaCheck = { knows: () => false, validate: async () => undefined };

/** What a process that leads has. */
export interface Leader {
  readonly operations: DeadLetterOperations;
  readonly runner: BulkRunner;
  readonly hub: Hub;
  readonly lease: Lease;
  readonly bus: EventBus;
  /** Carries on every few milliseconds, as the loop of a coordinator does. */
  start(): void;
  stop(): Promise<void>;
  /** All events of a name so far. */
  heard<N extends EventName>(name: N): CoordinatorEvents[N][];
}

/** A process with the operations and the runner, closed with the test. It leads once it is started. */
export async function openLeader(
  server: { url: string },
  { schemas = NO_SCHEMAS, host = 'web-1', loopMs = 20 } = {},
): Promise<Leader> {
  const bus = new EventBus();
  const heard: [EventName, unknown][] = [];
  bus.onAny((name, payload) => heard.push([name, payload]));
  const { hostname, port } = new URL(server.url);
  const hub = new Hub({
    ...{ app: 'test', host, pid: process.pid, allowEviction: false, keys },
    createClient: clientMaker({ options: { host: hostname, port: Number(port) } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: bus.announce,
    companions: [...COMPANIONS, ...BULK_COMPANIONS],
  });
  hub.open();
  await hub.command.client;
  const lease = new Lease({ name: 'fleet', connection: hub.command, keys, hostId: host });
  const bodies = { stores: [], graceMs: 86_400_000 };
  const payloads = new Payloads({
    ...{ config: { bodies }, hub, keys, announce: bus.announce, observer: undefined },
  });
  const shared = { hub, keys, schemas, announce: bus.announce, payloads: payloads.codecs };
  const runner = new BulkRunner({
    ...{ hub, announce: bus.announce, leadership: lease, store: new BulkStore(keys) },
    work: new LetterWork(shared),
  });
  const letters = new DeadLettersStore({
    ...{ keys, queues: async () => [] },
    onBulk: (run) => hub.onBulk(async (bulk) => run(await bulk.raw())),
  });
  const gate = new OutageGate(hub, 2_000);
  const redis = (): Promise<Redis> => hub.command.raw();
  const shower = new LetterShower({
    redactor: new Redactor({ keys, redis, declared: () => new Map() }),
    payloads: { open: (_, stored) => stored, isEncrypted: () => false },
  });
  const operations = new DeadLetterOperations({ ...shared, gate, letters, shower });
  const onError = (loop: string, error: unknown): void =>
    bus.announce('loop.failed', { loop, message: String(error), repeated: 1 });
  const loops = [
    new Loop({ name: 'lease', intervalMs: 1_000, run: () => void lease.acquire(), onError }),
    new Loop({ name: 'bulk', intervalMs: loopMs, run: () => runner.round(), onError }),
  ];
  const stop = async (): Promise<void> => {
    runner.stop();
    await Promise.all(loops.map((loop) => loop.stop()));
    await lease.release();
  };
  onTestFinished(async () => {
    await stop();
    hub.close();
  });
  return {
    ...{ operations, runner, hub, lease, bus, stop },
    start: () => {
      for (const loop of loops) loop.start();
    },
    heard: (name) => heard.filter(([each]) => each === name).map(([, payload]) => payload as never),
  };
}

/** Waits until a bulk action is in one of the states. */
export function inState(
  { operations }: Pick<Leader, 'operations'>,
  id: string,
  ...states: readonly string[]
): Promise<Awaited<ReturnType<DeadLetterOperations['bulkAction']>>> {
  return until(
    async () => {
      const action = await operations.bulkAction(id);
      return states.includes(action.state) && action;
    },
    { what: `bulk action ${id} is ${states.join(' or ')}`, timeoutMs: 20_000 },
  );
}
