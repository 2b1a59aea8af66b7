/**
 * Pins the slots of a pool of several processes at random while jobs run, and looks whether any job was hurt: each
 * has run once, none was given back, none stalled, none is left.
 */
import { fileURLToPath } from 'node:url';
import { Queue, QueueEvents } from 'bullmq';
import type { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { type ChildApp, startApp } from '../../support/child-app.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** What the scalings did. */
export interface ScalingsOutcome {
  readonly scalings: number;
  /** Of these, with fewer slots than before, and with fewer than jobs that ran. */
  readonly down: number;
  readonly belowRunning: number;
  readonly jobs: number;
  /** What is wrong, in words; none when all is well. */
  readonly broken: readonly string[];
}

/** The file of a process with a pool. */
export const POOL_WORKER: string = fileURLToPath(
  new URL('../../../test/chaos/pool-worker.mjs', import.meta.url),
);
const QUEUE = 'pooled';
const MAX = 16;
const LONGEST_JOB_MS = 400;
/** Jobs that wait at any time. */
const WAITING = 40;

/** What random scalings need. */
export interface ScalingsOptions {
  readonly server: RedisServer;
  readonly redis: Redis;
  /** A coordinator without workers: the operator. */
  readonly operator: Coordinator;
  readonly scalings: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onScaled?: (done: number) => void;
}

/** Scales so many times; each scaling is waited for. */
export async function pinAtRandom(options: ScalingsOptions): Promise<ScalingsOutcome> {
  const { server, redis, operator, random } = options;
  const connection = { host: server.host, port: server.port };
  await using queue = disposable(new Queue(QUEUE, { connection }));
  await using events = disposable(new QueueEvents(QUEUE, { connection }));
  const stalled: string[] = [];
  const started = new Map<string, number>();
  events.value.on('stalled', ({ jobId }) => stalled.push(jobId));
  events.value.on('active', ({ jobId }) => started.set(jobId, (started.get(jobId) ?? 0) + 1));
  await events.value.waitUntilReady();
  const processes = Array.from({ length: 2 }, () => startWorker(server));
  await Promise.all(processes.map((each) => each.line('up')));
  const feed = feeding(queue.value, redis, random);
  let down = 0;
  let belowRunning = 0;
  let before = 1;
  await until(() => poolOf(redis).then(({ targetWorkers }) => targetWorkers !== undefined));
  for (let n = 0; n < options.scalings; n += 1) {
    const slots = Math.floor(random() * (MAX + 1));
    const running = await redis.llen(`bull:${QUEUE}:active`);
    await operator.scaleWorkers(QUEUE, slots, { reason: 'at random' });
    await until(async () => Number((await poolOf(redis)).targetWorkers) === slots, {
      timeoutMs: 10_000,
      what: `the target is ${slots}`,
    });
    if (slots < before) down += 1;
    if (slots < running) belowRunning += 1;
    before = slots;
    options.onScaled?.(n + 1);
  }
  const jobs = await feed.stop();
  await operator.scaleWorkers(QUEUE, MAX);
  await until(async () => (await queue.value.getJobCountByTypes('wait', 'active')) === 0, {
    timeoutMs: 60_000,
    what: 'all jobs have run',
  });
  await until(() => started.size >= jobs.length, { timeoutMs: 10_000, what: 'all were heard of' });
  const broken = [
    ...stalled.map((id) => `job ${id} has stalled`),
    ...(await judge(redis, jobs)),
    ...[...started].filter(([, times]) => times !== 1).map(([id]) => `job ${id} started again`),
  ];
  for (const each of processes) each.kill('SIGTERM');
  await Promise.all(processes.map(({ exited }) => exited));
  return { scalings: options.scalings, down, belowRunning, jobs: jobs.length, broken };
}

function startWorker(server: RedisServer): ChildApp {
  return startApp(POOL_WORKER, {
    env: { REDIS_URL: server.url, POOL: JSON.stringify({ min: 1, max: MAX }) },
  });
}

/** The hash of the pool. */
export function poolOf(redis: Redis): Promise<Record<string, string>> {
  return redis.hgetall(`coordinator:workers:${QUEUE}:pool`);
}

/** Keeps jobs waiting until it is stopped; returns the ids of all. */
function feeding(queue: Queue, redis: Redis, random: () => number) {
  const ids: string[] = [];
  let isOver = false;
  const feed = async (): Promise<void> => {
    while (!isOver) {
      const missing = WAITING - (await redis.llen(`bull:${QUEUE}:wait`));
      if (missing > 0) {
        const jobs = Array.from({ length: missing }, () => ({
          name: 'work',
          data: { ms: Math.round(random() * LONGEST_JOB_MS) },
        }));
        for (const { id } of await queue.addBulk(jobs)) ids.push(id!);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const fed = feed();
  return {
    stop: async (): Promise<readonly string[]> => {
      isOver = true;
      await fed;
      return ids;
    },
  };
}

async function judge(redis: Redis, ids: readonly string[]): Promise<string[]> {
  const pipeline = redis.pipeline();
  for (const id of ids)
    pipeline.hmget(`bull:${QUEUE}:${id}`, 'finishedOn', 'atm', 'ats', 'stc', 'failedReason');
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([, reply], i) => {
    const [finishedOn, made, starts, stalls, failed] = reply as (string | null)[];
    const wrong = [
      finishedOn === null && 'has not finished',
      made !== '1' && `has used ${made} attempts`,
      starts !== '1' && `was started ${starts} times`,
      stalls !== null && `has stalled ${stalls} times`,
      failed !== null && `failed: ${failed}`,
    ].filter((each): each is string => each !== false);
    return wrong.map((each) => `job ${ids[i]} ${each}`);
  });
}

function disposable<T extends { close(): Promise<unknown> }>(value: T) {
  return { value, [Symbol.asyncDispose]: async (): Promise<void> => void (await value.close()) };
}
