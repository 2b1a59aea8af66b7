/** A pool whose processor is a file has a child process, or a thread, for each slot, and no more than that. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child, ChildPool } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { takePool } from '../support/take-pool.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
const dir = mkdtempSync(join(tmpdir(), 'drover-pool-'));
const file = join(dir, 'waits.cjs');
beforeAll(async () => {
  server = await startRedis();
  writeFileSync(
    file,
    `const { existsSync, writeFileSync } = require('node:fs');
     const { threadId } = require('node:worker_threads');
     module.exports = async (job) => {
       writeFileSync(job.data.started, '');
       while (!existsSync(job.data.end)) await new Promise((resolve) => setTimeout(resolve, 10));
       return threadId || process.pid;
     };`,
  );
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

/** A pool in which each job runs until its file is there. */
async function startPool(queue: string, isolation: 'process' | 'thread') {
  const coordinator = await startCoordinator(server);
  const pool = { min: 0, max: 8, concurrency: 8, isolation };
  expect(coordinator.registerProcessor(queue, file, { pool })).toBe(true);
  const at = (what: string, job: string): string => join(dir, `${queue}-${what}-${job}`);
  const add = (...names: string[]) =>
    coordinator.queue(queue).addBulk(
      names.map((name) => ({
        name,
        data: { started: at('started', name), end: at('end', name) },
        opts: { removeOnComplete: false },
      })),
    );
  const end = (name: string): void => writeFileSync(at('end', name), '');
  const started = (...names: string[]): Promise<unknown> =>
    until(() => names.every((name) => existsSync(at('started', name))), {
      ...{ timeoutMs: 20_000, what: `${names.join(', ')} to run` },
    });
  const completed = (count: number): Promise<unknown> =>
    until(async () => (await coordinator.getQueueStats(queue)).counts.completed === count, {
      what: `${count} jobs are completed`,
    });
  const worker = coordinator.workers.get(queue)[0]!;
  const { childPool } = worker as unknown as { childPool: ChildPool };
  const idle = (): Child[] => childPool.getAllFree();
  return { coordinator, pool: takePool(coordinator, queue), add, end, started, completed, idle };
}

const isGone = ({ exitCode, signalCode }: Child): boolean =>
  exitCode !== null || signalCode !== null;

test.each(['process', 'thread'] as const)(
  'a %s for each slot: more are started, idle ones ended, none that runs a job',
  async (isolation) => {
    const { coordinator, pool, add, end, started, completed, idle } = await startPool(
      `children-${isolation}`,
      isolation,
    );
    expect(pool.settings).toMatchObject({ isolation, concurrency: 8 });
    await add('1', '2', '3', '4');
    pool.setSlots(1);
    await started('1');
    pool.setSlots(3);
    await started('2', '3');
    end('1');
    await started('4');
    end('2');
    await completed(2);
    await until(() => idle().length === 1, { what: 'the idle child' });
    const [spare] = idle();
    // Two run: there is no slot for the third child.
    pool.setSlots(2);
    expect(idle()).toEqual([]);
    await until(() => isGone(spare!), { what: 'the spare child to be gone' });
    pool.setSlots(0);
    end('3');
    end('4');
    await completed(4);
    await until(() => pool.active === 0);
    expect(idle()).toEqual([]);
    pool.setSlots(1);
    end('5');
    await add('5');
    await completed(5);
    expect(idle()).toHaveLength(1);
    const jobs = await coordinator.queue(`children-${isolation}`).getCompleted();
    expect(jobs.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1, 1, 1, 1]);
    // The fourth job was run by the child of the first, the last one by a fresh one.
    const by = new Map(jobs.map(({ name, returnvalue }) => [name, returnvalue]));
    expect(by.get('4')).toBe(by.get('1'));
    expect(new Set(by.values()).size).toBe(4);
  },
  60_000,
);

test('children of a quiet pool are ended', async () => {
  const { pool, add, end, completed, idle } = await startPool('freed', 'process');
  for (const name of ['1', '2']) end(name);
  pool.setSlots(2);
  await add('1', '2');
  await completed(2);
  await until(() => idle().length === 2 && pool.active === 0);
  const children = idle();
  pool.setSlots(0);
  await until(() => children.every(isGone), { what: 'all children to be gone' });
});
