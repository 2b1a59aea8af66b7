/**
 * Kills workers while their jobs fail for good, and looks at what is left: every failed job has one record, no
 * living job has any.
 *
 * Each run is a process of its own, started beforehand while the one before is being looked at.
 */
import { fileURLToPath } from 'node:url';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type ChildApp, startApp } from '../../support/child-app.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

/** What one kill left. */
export interface KillOutcome {
  readonly delayMs: number;
  /** Jobs that failed for good before the kill, by what was to become of them. */
  readonly dead: number;
  /** Jobs that were neither failed nor completed. */
  readonly alive: number;
  /** What is wrong, in words; none when all is well. */
  readonly broken: readonly string[];
}

const WORKER: string = fileURLToPath(
  new URL('../../../test/chaos/dying-worker.mjs', import.meta.url),
);
const QUEUE = 'dying';
const JOBS = 1_000;
/** Longer than all jobs take. */
const LONGEST_DELAY_MS = 250;

/** Kills `runs` workers, one after the other, at instants told by `random` (0 to 1). */
export async function killWorkers(
  server: RedisServer,
  redis: Redis,
  runs: number,
  random: () => number,
  onRun: (outcome: KillOutcome, run: number) => void = () => {},
): Promise<KillOutcome[]> {
  const connection = { host: server.host, port: server.port };
  const outcomes: KillOutcome[] = [];
  let coming = startWorker(server);
  for (let run = 0; run < runs; run += 1) {
    await using worker = coming;
    await worker.line('ready');
    if (run + 1 < runs) coming = startWorker(server);
    await redis.flushall();
    const queue = new Queue(QUEUE, { connection });
    const jobs = await queue.addBulk(Array.from({ length: JOBS }, (_, n) => jobOf(n)));
    await queue.close();
    const delayMs = random() * LONGEST_DELAY_MS;
    worker.say('go');
    await worker.line('failing');
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    worker.kill('SIGKILL');
    await worker.exited;
    // What it had written may still be on its way into Redis.
    await until(async () => (await clientsOf(redis)) === 1, { what: 'its sockets are closed' });
    const outcome = { delayMs, ...(await judge(redis, jobs)) };
    onRun(outcome, run);
    outcomes.push(outcome);
  }
  return outcomes;
}

function startWorker(server: RedisServer): ChildApp {
  return startApp(WORKER, { env: { REDIS_URL: server.url }, hears: true });
}

function jobOf(n: number): { name: string; data: object; opts: object } {
  const name = ['fails', 'fails', 'never', 'retries', 'completes'][n % 5]!;
  const attempts = name === 'fails' ? 1 : 2;
  const backoff = { type: 'fixed', delay: 1 };
  return { name, data: { n }, opts: { attempts, backoff, removeOnFail: n % 2 === 0 } };
}

async function clientsOf(redis: Redis): Promise<number> {
  return String(await redis.client('LIST'))
    .trim()
    .split('\n').length;
}

async function judge(redis: Redis, jobs: readonly Job[]): Promise<Omit<KillOutcome, 'delayMs'>> {
  const pipeline = redis.pipeline();
  for (const { id } of jobs) {
    pipeline.exists(`bull:${QUEUE}:${id}`);
    pipeline.zscore(`bull:${QUEUE}:failed`, id!);
    pipeline.zscore(`bull:${QUEUE}:completed`, id!);
    pipeline.hget(`coordinator:deadletter:${QUEUE}:${id}`, 'deaths');
    pipeline.zscore(`coordinator:deadletters:${QUEUE}`, id!);
  }
  const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
  const broken: string[] = [];
  let dead = 0;
  let alive = 0;
  jobs.forEach(({ id, name }, i) => {
    const [exists, failed, completed, deaths, indexed] = replies.slice(5 * i, 5 * i + 5);
    const isDead = failed !== null || exists === 0;
    const hasRecord = deaths !== null && indexed !== null;
    const hasAny = deaths !== null || indexed !== null;
    if (isDead) dead += 1;
    else if (completed === null) alive += 1;
    if (isDead && !hasRecord) broken.push(`${name} job ${id} is dead and has no record`);
    if (!isDead && hasAny) broken.push(`${name} job ${id} lives and has a record`);
    if (hasAny && deaths !== '1') broken.push(`${name} job ${id} has died ${deaths} times`);
  });
  const counted = await deathsInGroups(redis);
  if (counted !== dead) broken.push(`${dead} jobs are dead, their groups count ${counted}`);
  return { dead, alive, broken };
}

async function deathsInGroups(redis: Redis): Promise<number> {
  const fingerprints = await redis.zrange(`coordinator:groups:${QUEUE}`, 0, '-1');
  const counts = await Promise.all(
    fingerprints.map((each) => redis.hget(`coordinator:groups:${QUEUE}:${each}`, 'count')),
  );
  return counts.reduce((sum, count) => sum + Number(count), 0);
}
