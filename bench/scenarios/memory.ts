/**
 * What Redis keeps of a finished job with photo metadata: its hash, its place, its events, and all that Drover keeps
 * beside them.
 *
 * Every side has a fresh Redis. First some hundred jobs are run and taken away again, so that what is learned once, and
 * what an idle process leaves, is there before; then the process ends, and what Redis uses is the base. Then another
 * process runs the counted jobs, which stay, and ends, too: buffers of clients are in neither figure.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../harness/children.ts';
import { monotonicMs, sleep } from '../harness/clock.ts';
import { type PrivateRedis, startRedis } from '../harness/redis.ts';
import { alone, compared } from '../harness/report.ts';
import { type Row, type RunOptions, roundsOf, type Scenario } from '../harness/scenario.ts';
import type { MemoryWorker, Variant } from '../workers/memory.ts';

const JOBS = 2_000;
const WARM_UP_JOBS = 400;
const QUICK_JOBS = 200;
const ROUNDS = 3;
const BARS = { compression: 0.35, offload: 0.12 } as const;
/** A process may go on learning after its last job. */
const LEARNING_MS = 15_000;
/** Used memory that has not changed for so long is what it is. */
const STEADY_MS = 2_000;
const STEADY_TIMEOUT_MS = 30_000;
const LOOK_MS = 200;
const STEADY_BYTES = 4_096;

export const memory: Scenario = {
  name: 'memory',
  describe: 'what Redis keeps of a job with photo metadata: compression and offload to disk',
  async run(options) {
    const rows: Row[] = [];
    const bare: Figures[] = [];
    for (let round = 0; round < roundsOf(options, ROUNDS); round++)
      bare.push(await measured('bare', round, options));
    for (const variant of ['compression', 'offload'] as const)
      rows.push(...(await options.part(() => rowsOf(variant, bare, options))));
    return rows;
  },
};

interface Figures {
  /** Of Redis, for a job. */
  readonly bytes: number;
  /** On the disk, for a job. */
  readonly bodyBytes: number;
}

async function rowsOf(
  variant: 'compression' | 'offload',
  bare: readonly Figures[],
  options: RunOptions,
): Promise<Row[]> {
  const ours: Figures[] = [];
  for (const round of bare.keys()) ours.push(await measured(variant, round, options));
  const label = { unit: 'bytes', better: 'lower' } as const;
  const what = `redis memory per job, ${variant === 'offload' ? 'offload to disk' : variant}`;
  const bytes = (figures: readonly Figures[]): number[] => figures.map((each) => each.bytes);
  const row = compared(
    { ...label, what, bar: BARS[variant] },
    { ours: bytes(ours), peer: bytes(bare) },
  );
  if (variant !== 'offload') return [row];
  const onDisk = ours.map(({ bodyBytes }) => bodyBytes);
  return [row, alone({ ...label, what: 'bodies on the disk per job', bar: null }, onDisk)];
}

async function measured(variant: Variant, round: number, options: RunOptions): Promise<Figures> {
  await using redis = await startRedis();
  const bodiesPath = mkdtempSync(join(tmpdir(), 'drover-bench-bodies-'));
  try {
    const jobs = options.quick ? QUICK_JOBS : JOBS;
    const place = { url: redis.url, variant, bodiesPath };
    await inProcess(place, async (child) => {
      await child.call('run', { jobs: options.quick ? QUICK_JOBS : WARM_UP_JOBS, seed: 7 });
      if (variant !== 'bare' && !(await hasLearned(redis)))
        options.progress(`${variant}: nothing was learned from the first payloads`);
      await child.call('clear', {});
    });
    const [base, bodiesBefore] = [await steadyBytes(redis), bytesIn(bodiesPath)];
    await inProcess(place, async (child) => {
      await child.call('run', { jobs, seed: 1_000 + round });
    });
    const bytes = ((await steadyBytes(redis)) - base) / jobs;
    const bodyBytes = (bytesIn(bodiesPath) - bodiesBefore) / jobs;
    options.progress(`${variant}: ${Math.round(bytes)} bytes per job`);
    return { bytes, bodyBytes };
  } finally {
    rmSync(bodiesPath, { recursive: true, force: true });
  }
}

async function inProcess(
  place: { url: string; variant: Variant; bodiesPath: string },
  run: (child: ReturnType<typeof startChild<MemoryWorker>>) => Promise<void>,
): Promise<void> {
  await using child = startChild<MemoryWorker>('memory');
  await child.call('open', place);
  await run(child);
  await child.call('close', {});
}

async function hasLearned({ control }: PrivateRedis): Promise<boolean> {
  const until = monotonicMs() + LEARNING_MS;
  while (monotonicMs() < until) {
    if ((await control.hlen('coordinator:dictionaries:photos')) >= 4) return true; // Data and result.
    await sleep(LOOK_MS);
  }
  return false;
}

/** What Redis uses, without its clients, once that changes no more. */
async function steadyBytes({ control }: PrivateRedis): Promise<number> {
  const until = monotonicMs() + STEADY_TIMEOUT_MS;
  let [last, since] = [await usedBytes(control), monotonicMs()];
  while (monotonicMs() - since < STEADY_MS) {
    if (monotonicMs() > until) throw new Error('what Redis uses keeps changing');
    await sleep(LOOK_MS);
    const now = await usedBytes(control);
    if (Math.abs(now - last) > STEADY_BYTES) [last, since] = [now, monotonicMs()];
  }
  return last;
}

async function usedBytes(control: PrivateRedis['control']): Promise<number> {
  const info = await control.info('memory');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return field('used_memory') - field('mem_clients_normal');
}

function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
