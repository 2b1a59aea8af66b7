/** Jobs accepted while Redis is away survive the end of their process, however it ends, and run once. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const SPOOLER = fileURLToPath(new URL('./spooler.mjs', import.meta.url));
let path: string;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'drover-spool-'));
  return () => rmSync(path, { recursive: true, force: true });
});

function start(env: Record<string, string>): ChildApp {
  return startApp(SPOOLER, { env: { DROVER_SPOOL_PATH: path, ...env } });
}

const acceptedBy = (app: ChildApp): string[] =>
  app.output.filter((line) => line.startsWith('accepted ')).map((line) => line.slice(9));

/** Another coordinator on the same folder, with a worker: what ran, once all of `accepted` has. */
async function runAll(
  server: RedisServer,
  accepted: readonly string[],
  ranElsewhere: readonly string[] = [],
): Promise<string[]> {
  const coordinator = createCoordinator(server, { whenDown: 'spool', spool: { path } });
  const ran: string[] = [];
  coordinator.process('orders', async (job) => void ran.push(job.id!));
  await coordinator.start();
  const isDone = async (): Promise<boolean> => {
    const all = new Set([...ran, ...ranElsewhere]);
    return (
      accepted.every((id) => all.has(id)) &&
      coordinator.spool.jobs === 0 &&
      (await coordinator.getQueueStats('orders')).counts.waiting === 0
    );
  };
  await until(isDone, { timeoutMs: 20_000, what: `${accepted.length} jobs` });
  return ran;
}

const twice = (ran: readonly string[]): string[] => ran.filter((id, i) => ran.indexOf(id) !== i);

test('SIGKILL: everything that was accepted runs once', async () => {
  await using app = start({ REDIS_URL: `redis://127.0.0.1:${await reserve()}` });
  await until(() => acceptedBy(app).length >= 500, { what: '500 accepted jobs' });
  app.kill('SIGKILL');
  await app.exited;
  const accepted = acceptedBy(app);
  await using server = await startRedis();
  expect(twice(await runAll(server, accepted))).toEqual([]);
});

test('a power cut: what was synced holds everything that was accepted', async () => {
  const log = join(path, 'sync.log');
  await using app = start({
    REDIS_URL: `redis://127.0.0.1:${await reserve()}`,
    SYNC_LOG: log,
  });
  await until(() => acceptedBy(app).length >= 500, { what: '500 accepted jobs' });
  app.kill('SIGKILL');
  await app.exited;
  const accepted = acceptedBy(app);
  const synced = new Map(
    readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  for (const file of readdirSync(path).filter((name) => name.endsWith('.spool'))) {
    const { ino } = statSync(join(path, file));
    truncateSync(join(path, file), Number(synced.get(String(ino)) ?? 0));
  }
  await using server = await startRedis();
  expect(twice(await runAll(server, accepted))).toEqual([]);
});

test('the process is killed again and again while the spool is sent: every job runs once, in order', async () => {
  await using server = await startRedis();
  await server.kill();
  await using first = start({ REDIS_URL: server.url, JOBS: '800' });
  await until(() => acceptedBy(first).length === 800, { what: 'all jobs', timeoutMs: 20_000 });
  first.kill('SIGKILL');
  await first.exited;
  await server.restart();
  const watcher = await startCoordinator(server);
  const sent = async (): Promise<number> => (await watcher.getQueueStats('orders')).counts.waiting;
  for (let before = 0; (await sent()) < 500; before = await sent()) {
    await using sender = start({ REDIS_URL: server.url, JOBS: '0' });
    await until(async () => (await sent()) > before, { what: 'some jobs to be sent' });
    sender.kill('SIGKILL');
    await sender.exited;
  }
  const ran = await runAll(server, acceptedBy(first));
  expect(ran).toEqual(Array.from({ length: 800 }, (_, n) => `job-${n}`));
});

test('Redis is killed again and again under adds: all accepted run, none twice', async () => {
  await using server = await startRedis();
  await using app = start({ REDIS_URL: server.url, JOBS: '4000' });
  const worker = await startCoordinator(server);
  const ran: string[] = [];
  worker.process('orders', async (job) => void ran.push(job.id!), 10);
  for (let round = 1; round <= 4; round += 1) {
    await until(() => acceptedBy(app).length >= round * 600, { what: `round ${round}` });
    await server.kill();
    await server.restart();
  }
  expect(await app.exited).toMatchObject({ code: 0 });
  const later = await runAll(server, acceptedBy(app), ran);
  expect(twice([...ran, ...later])).toEqual([]);
});
