/**
 * A producer whose Redis is away or hangs, and the disk that it writes to.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Coordinator } from 'drover';
import { monotonicMs, until } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';
import { percentile } from '../harness/statistics.ts';

/** What this child can do. */
export interface SpoolWorker {
  open(argument: { url: string; whenDown: 'fail' | 'spool'; addTimeoutMs: number }): Promise<void>;
  /** One add after the other: the 99th percentile of the time until each is answered, ms. */
  addOneByOne(argument: { jobs: number }): Promise<number>;
  /** One write and fsync after the other, of the bytes of such a job: the 99th percentile, ms. */
  syncOneByOne(argument: { jobs: number }): Promise<number>;
  /** All at once: jobs accepted per second. */
  addTogether(argument: { jobs: number }): Promise<number>;
  /** Adds of which none can succeed, all at once: the longest time until one is answered, ms. */
  addInVain(argument: { jobs: number }): Promise<number>;
  /** Waits until the spool is empty: jobs sent per second. */
  catchUp(argument: null): Promise<number>;
}

const DATA = { order: 4_711, lines: 'x'.repeat(200) };
const CATCH_UP_TIMEOUT_MS = 120_000;

let coordinator: Coordinator | undefined;
const folder = mkdtempSync(join(tmpdir(), 'drover-bench-spool-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function timed(run: () => unknown): Promise<number> {
  const startedAt = monotonicMs();
  await run();
  return monotonicMs() - startedAt;
}

const add = (): Promise<unknown> => coordinator!.queue('orders').add('order', DATA);

serve<SpoolWorker>({
  async open({ url, whenDown, addTimeoutMs }) {
    coordinator = new Coordinator({
      ...{ redisUrl: url, whenDown, addTimeoutMs, logger: false },
      spool: { path: join(folder, 'spool'), maxJobs: 10_000_000, maxBytes: '4gb' },
    });
    await coordinator.start();
    if (whenDown === 'spool') await add();
  },

  async addOneByOne({ jobs }) {
    const times: number[] = [];
    for (let i = 0; i < jobs; i += 1) times.push(await timed(add));
    return percentile(times, 0.99);
  },

  async syncOneByOne({ jobs }) {
    const bytes = Buffer.alloc(600, 'x');
    const file = openSync(join(folder, 'sync'), 'w');
    const times: number[] = [];
    for (let i = 0; i < jobs; i += 1)
      times.push(
        await timed(() => {
          writeSync(file, bytes);
          fsyncSync(file);
        }),
      );
    closeSync(file);
    return percentile(times, 0.99);
  },

  async addTogether({ jobs }) {
    const tookMs = await timed(() => Promise.all(Array.from({ length: jobs }, add)));
    return jobs / (tookMs / 1_000);
  },

  async addInVain({ jobs }) {
    const times = await Promise.all(
      Array.from({ length: jobs }, () => timed(() => add().catch(() => {}))),
    );
    return Math.max(...times);
  },

  async catchUp() {
    const { jobs } = coordinator!.spool;
    const isEmpty = async (): Promise<boolean> => coordinator!.spool.jobs === 0;
    const tookMs = await timed(() => until(isEmpty, CATCH_UP_TIMEOUT_MS, 'the spool is empty'));
    return jobs / (tookMs / 1_000);
  },
});
