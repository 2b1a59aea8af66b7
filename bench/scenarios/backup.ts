/**
 * A backup of a busy Redis: what workers notice of it while 1 GB is copied, and whether a server that loads one that was
 * made at 2,000 jobs a second has every job that was accepted before.
 *
 * The backup is the command itself, a process of its own as a timer would start it, into a folder of the same disk.
 * Quiet is measured beside the same data, in turns with the backups.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { interleaveAll, repeat } from '../harness/rounds.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import { percentile } from '../harness/statistics.ts';
import { openWaitingSide, queueNames, type WaitingSide } from './waiting-side.ts';

const CLI = fileURLToPath(new URL('../../../dist/bin/drover.js', import.meta.url));
const ROUNDS = 5;
/** Of 1 KB. */
const JOBS = 1_000_000;
const QUICK_JOBS = 20_000;
const JOB_BYTES = 900;
const JOBS_PER_SCRIPT = 5_000;
const QUEUES = queueNames(5);
const KEPT = 'archive';
const GAP_MS = 5;
const JOBS_PER_ASKING = 25;
const LEAST_QUIET_MS = 5_000;
const TIMEOUT_MS = 60_000;
const PICKUP_BAR = 2;

const LOSS_ROUNDS = 3;
const JOBS_PER_SECOND = 2_000;
const BATCH = 20;
const LEAD_MS = 10_000;
const QUICK_LEAD_MS = 1_000;
const LATER_MS = 3_600_000;
/** Every so many jobs are delayed. */
const DELAYED_EACH = 4;
/** BullMQ keeps the time of a delayed job above twelve bits of order. */
const SCORE_UNIT = 4_096;

/**
 * KEYS 1 list of waiting jobs · ARGV 1 prefix, 2 first number, 3 how many, 4 text, 5 its part for each. Lays out waiting
 * jobs, each with another part of the text, as BullMQ does.
 */
const LAY_OUT_LUA = /* lua */ `
for i = ARGV[2], ARGV[2] + ARGV[3] - 1 do
  local from = (i * 7) % (#ARGV[4] - ARGV[5]) + 1
  redis.call('HSET', ARGV[1] .. i, 'name', 'mail', 'data', '{"text":"' .. string.sub(ARGV[4], from, from + ARGV[5] - 1) .. '"}',
    'opts', '{"attempts":3}', 'timestamp', '1795000000000', 'delay', '0', 'priority', '0')
  redis.call('LPUSH', KEYS[1], i)
end`;

export const backup: Scenario = {
  name: 'backup',
  describe: 'pickup while 1 GB is backed up, and jobs lost of a backup made at 2,000 jobs a second',
  async run(options) {
    if (!existsSync(CLI)) throw new Error(`${CLI} is not there: npm run build makes it`);
    return [
      ...(await options.part(() => measurePickup(options))),
      ...(await options.part(() => measureLoss(options))),
    ];
  },
};

/** Runs the command on a Redis; the folder with what it made. */
async function backUp(redis: PrivateRedis, folder: string): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'backup', '--to', folder, '--json'], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, REDIS_URL: redis.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`drover backup ended with ${code}`);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'drover-bench-backup-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePickup(options: RunOptions): Promise<Row[]> {
  const jobs = options.jobs ?? (options.quick ? QUICK_JOBS : JOBS);
  await using redis = await startRedis();
  await using waiting = await openWaitingSide({ redis, side: 'ours', queues: QUEUES });
  await layOut(redis.control, jobs);
  // Waiting for further replicas disturbs nobody: only the copying is to be measured.
  await redis.control.config('SET', 'repl-diskless-sync-delay', 0);
  const seconds: number[] = [];
  let lastMs = options.quick ? LEAST_QUIET_MS / 5 : LEAST_QUIET_MS;
  const sides = ['during', 'quiet'] as const;
  const { during, quiet } = await interleaveAll(roundsOf(options, ROUNDS), sides, (side) =>
    inFolder(async (folder) => {
      const startedAt = monotonicMs();
      const latencies = await pickupsWhile(
        waiting,
        side === 'quiet' ? sleep(lastMs) : backUp(redis, folder),
      );
      if (side === 'during') {
        // Quiet lasts as long as a backup does, but long enough to have a tail.
        lastMs = Math.max(lastMs, monotonicMs() - startedAt);
        seconds.push((monotonicMs() - startedAt) / 1_000);
      }
      const p99 = percentile(latencies, 0.99);
      options.progress(`${side}: pickup p99 ${p99.toFixed(2)} ms of ${latencies.length} jobs`);
      return p99;
    }),
  );
  const what = `backup of ${jobs} jobs of 1 KB`;
  const label = { unit: 'ms', bar: PICKUP_BAR, better: 'lower' } as const;
  return [
    compared(
      { ...label, what: `${what}: pickup p99 meanwhile, against quiet` },
      { ours: during, peer: quiet },
    ),
    alone({ what: `${what}: time`, unit: 's', bar: null, better: 'lower' }, seconds),
  ];
}

async function layOut(redis: Redis, jobs: number): Promise<void> {
  const text = noise(JOB_BYTES * 100);
  await redis.hset(`bull:${KEPT}:meta`, 'opts.maxLenEvents', 10_000);
  for (let first = 0; first < jobs; first += JOBS_PER_SCRIPT) {
    const count = Math.min(JOBS_PER_SCRIPT, jobs - first);
    const args = [`bull:${KEPT}:`, first, count, text, JOB_BYTES];
    await redis.eval(LAY_OUT_LUA, 1, `bull:${KEPT}:wait`, ...args);
  }
}

/** What packs about as badly as real data: letters and digits by a die. */
function noise(length: number): string {
  let text = '';
  for (let seed = 1; text.length < length; seed = (seed * 48_271) % 2_147_483_647)
    text += seed.toString(36);
  return text.slice(0, length);
}

/** Latencies of a trickle of jobs for as long as the work takes. */
async function pickupsWhile(
  { consumer, producer }: WaitingSide,
  work: Promise<unknown>,
): Promise<number[]> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined); // It is awaited below; until then nobody must take it for unhandled.
  let sent = 0;
  while (!isOver) {
    const trickle = { queues: QUEUES, jobs: JOBS_PER_ASKING, gapMs: GAP_MS, seed: sent + 1 };
    await producer.call('trickle', trickle);
    sent += JOBS_PER_ASKING;
  }
  await over;
  const pickups = await consumer.call('collect', { jobs: sent, timeoutMs: TIMEOUT_MS });
  return pickups.map(({ latencyMs }) => latencyMs);
}

interface Accepted {
  readonly id: string;
  /** When it is due; null: at once. */
  readonly dueAt: number | null;
}

interface Loss {
  readonly lost: number;
  readonly perSecond: number;
}

async function measureLoss(options: RunOptions): Promise<Row[]> {
  const losses = await repeat(roundsOf(options, LOSS_ROUNDS), () => loseNothing(options));
  const what = `backup at ${JOBS_PER_SECOND} jobs/s, loaded by another server`;
  const lost = { what: `${what}: jobs lost or in a wrong state`, unit: 'jobs', bar: 0 } as const;
  return [
    alone(
      { ...lost, better: 'lower' },
      losses.map((loss) => loss.lost),
    ),
    alone(
      { what: `${what}: jobs really accepted a second`, unit: 'jobs', bar: null, better: 'higher' },
      losses.map(({ perSecond }) => perSecond),
    ),
  ];
}

async function loseNothing(options: RunOptions): Promise<Loss> {
  await using redis = await startRedis();
  const connection = { host: '127.0.0.1', port: redis.port };
  const worker = new Worker(KEPT, async () => 'done', { connection, concurrency: 50 });
  const queue = new Queue(KEPT, { connection });
  const accepted: Accepted[] = [];
  const stop = new AbortController();
  const startedAt = monotonicMs();
  const producing = produce(queue, accepted, stop.signal);
  try {
    await sleep(options.quick ? QUICK_LEAD_MS : LEAD_MS);
    const perSecond = (accepted.length * 1_000) / (monotonicMs() - startedAt);
    const before = [...accepted];
    return await inFolder(async (folder) => {
      await backUp(redis, folder);
      stop.abort();
      await producing;
      const lost = await lostOf(before, folder);
      options.progress(`${lost} of ${before.length} jobs lost, ${Math.round(perSecond)} jobs/s`);
      return { lost, perSecond };
    });
  } finally {
    stop.abort();
    await producing;
    await Promise.all([worker.close(true), queue.close()]);
  }
}

/** Adds at a steady rate, and makes up for what came late. */
async function produce(queue: Queue, accepted: Accepted[], stop: AbortSignal): Promise<void> {
  const startedAt = monotonicMs();
  while (!stop.aborted) {
    const due = ((monotonicMs() - startedAt) * JOBS_PER_SECOND) / 1_000;
    if (accepted.length + BATCH > due) {
      await sleep(2);
      continue;
    }
    const jobs = Array.from({ length: BATCH }, (_, i) => ({
      name: 'mail',
      data: { to: `somebody-${accepted.length + i}@example.com` },
      opts: i % DELAYED_EACH === 0 ? { delay: LATER_MS + i } : {},
    }));
    for (const { id, timestamp, opts } of await queue.addBulk(jobs))
      accepted.push({ id: id!, dueAt: opts.delay ? timestamp + opts.delay : null });
  }
}

/** How many of them a server that loads the backup does not have, or not in their state. */
async function lostOf(jobs: readonly Accepted[], folder: string): Promise<number> {
  const file = readdirSync(folder).find((name) => name.endsWith('.rdb.gz'));
  const snapshot = join(folder, 'plain.rdb');
  await pipeline(
    createReadStream(join(folder, file!)),
    createGunzip(),
    createWriteStream(snapshot),
  );
  await using loaded = await startRedis({ snapshot });
  const { control } = loaded;
  const key = (name: string): string => `bull:${KEPT}:${name}`;
  const [waiting, active, completed, delayed] = await Promise.all([
    control.lrange(key('wait'), 0, -1),
    control.lrange(key('active'), 0, -1),
    control.zrange(key('completed'), '0', '-1'),
    control.zrange(key('delayed'), '0', '-1', 'WITHSCORES'),
  ]);
  const atOnce = new Set([...waiting, ...active, ...completed]);
  const dueTimes = new Map<string, number>();
  for (let i = 0; i < delayed.length; i += 2)
    dueTimes.set(delayed[i]!, Math.floor(Number(delayed[i + 1]) / SCORE_UNIT));
  let lost = 0;
  for (const { id, dueAt } of jobs) {
    const isInState = dueAt === null ? atOnce.has(id) : dueTimes.get(id) === dueAt;
    if (!isInState || (await control.exists(key(id))) === 0) lost += 1;
  }
  return lost;
}
