/** Drover with everything switched on, under the rights of the kit: nothing that it needs is refused, whoever leads. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from 'bullmq';
import { type Coordinator, defineQueue, keyRing } from 'drover';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createCoordinator } from '../support/coordinators.ts';
import { until } from '../support/until.ts';
import { expectNothingRefused, type KitServer, startKit } from './kit-users.ts';

/** Loop → how often it has run. Those that run each quarter of an hour run a few times a second here. */
const rounds = vi.hoisted(() => new Map<string, number>());
vi.mock('../../src/base/loop.ts', async (original) => {
  const { Loop } = await original<typeof import('../../src/base/loop.ts')>();
  return {
    Loop: class extends Loop {
      constructor(options: ConstructorParameters<typeof Loop>[0]) {
        const run = async (): Promise<void> => {
          await options.run();
          rounds.set(options.name, (rounds.get(options.name) ?? 0) + 1);
        };
        super({ ...options, run, intervalMs: Math.min(options.intervalMs, 250) });
      }
    },
  };
});

const photos = defineQueue('photos', {
  payload: {
    ...{ compressAbove: 256, offloadAbove: 2_048, redact: ['card'], types: 'extended' },
    encrypt: keyRing({ current: 'k', keys: { k: randomBytes(32) } }),
  },
  retention: {
    ...{ completed: { count: 5, age: '1h' }, failed: { count: 5, age: '1h' } },
    ...{ progress: '1s', events: { count: 100, bytes: '64kb' }, maxBytes: '1mb' },
  },
  job: { attempts: 2, backoff: 10, timeoutMs: 5_000 },
  objectives: { waitP95: '2s' },
  whenDown: 'spool',
});
const plain = defineQueue('plain', {
  payload: { compressAbove: 200 },
  retention: { completed: { count: 5 } },
});
const copied = defineQueue('copied', { durability: { replicas: 1, timeoutMs: 50 } });

/** One process. What of it fails, and what its loops have failed with, is in `failures`. */
async function startProcess(url: string, { works }: { works: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'drover-kit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const coordinator = createCoordinator(
    { url },
    { spool: { path: folder }, bodies: { grace: '10m' } },
  );
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop, message }) => failures.push(`${loop}: ${message}`));
  for (const each of [photos, plain, copied]) coordinator.queue(each as typeof plain);
  if (works) {
    coordinator.process(photos, makePhoto, { pool: { min: 1, max: 4 } });
    coordinator.process(plain, async () => 'done');
  }
  await coordinator.start();
  return { coordinator, failures };
}

async function makePhoto(job: Job): Promise<object> {
  const { i } = job.data as { i: number };
  await job.updateProgress({ part: 1 });
  await job.log('opened');
  if (i % 5 === 0) throw new Error(`photo ${i} cannot be read`);
  return { size: 'y'.repeat(i % 2 ? 3_000 : 300) };
}

/** Adds in every way that Drover adds to. */
async function add(coordinator: Coordinator): Promise<void> {
  const queue = coordinator.queue(photos);
  await queue.addBulk(
    Array.from({ length: 20 }, (_, i) => ({
      name: 'resize',
      data: { i, card: '4111', at: new Date(0), photo: 'z'.repeat(i % 3 ? 300 : 5_000) },
    })),
  );
  await queue.add('large', { i: 1, photo: 'z'.repeat(400_000) });
  await coordinator.queue(plain).addBulk(
    Array.from({ length: 60 }, (_, i) => ({
      name: 'mail',
      data: { subject: `letter ${i}`, text: 'the same words in each of them, '.repeat(20) },
    })),
  );
  await expect(coordinator.queue(copied).add('copied', {})).rejects.toMatchObject({
    code: 'NOT_REPLICATED',
  });
  await coordinator.flows.add({
    ...{ name: 'album', queueName: 'plain', data: {} },
    children: [{ name: 'resize', queueName: 'photos', data: { i: 2 } }],
  });
  await queue.upsertJobScheduler('nightly', { every: 60_000 }, { data: { i: 1 } });
}

/** What every process asks for by itself. */
async function ask({ operations }: Coordinator): Promise<void> {
  await operations.metrics.exposition();
  await operations.metrics.summary('photos', 300_000);
  await operations.metrics.backlog('photos');
  await operations.memory.get('photos');
  await operations.retention.list();
  await operations.deadLetters.groups({ queue: 'photos' });
  operations.health.queues();
}

/** Each loop has run so often since now. */
async function everyLoopRan(times: number): Promise<void> {
  const before = new Map(rounds);
  const isDone = (): boolean =>
    [...before].every(([name, count]) => (rounds.get(name) ?? 0) >= count + times);
  await until(isDone, { timeoutMs: 25_000, what: 'every loop runs' });
  expect([...before.keys()]).toEqual(
    expect.arrayContaining(['scaling', 'retention', 'body sweep', 'dead letters', 'memory']),
  );
}

async function finished(coordinator: Coordinator, admin: KitServer['admin']): Promise<void> {
  const isIdle = async (): Promise<boolean> => {
    const [a, b] = await Promise.all(
      ['photos', 'plain'].map((name) => coordinator.getQueueStats(name)),
    );
    return a!.counts.waiting + a!.counts.active + b!.counts.waiting + b!.counts.active === 0;
  };
  await until(isIdle, { timeoutMs: 15_000, what: 'the jobs are done' });
  expect(await admin.exists('bull:photos:failed')).toBe(1);
}

beforeEach(() => rounds.clear());

test('drover-app adds, works, leads and keeps', { timeout: 60_000 }, async () => {
  const kit = await startKit('queue');
  const { coordinator, failures } = await startProcess(kit.urlOf('drover-app'), { works: true });
  await add(coordinator);
  await finished(coordinator, kit.admin);
  const [group] = await until(async () => {
    const groups = await coordinator.deadLetters.groups({ queue: 'photos' });
    return groups.length > 0 && groups;
  });
  await coordinator.deadLetters.replay(
    { queue: 'photos', group: group!.fingerprint },
    { actor: 'ann' },
  );
  await coordinator.scaleWorkers('photos', 3);
  await everyLoopRan(3);
  await ask(coordinator);
  await coordinator.stop();
  expect(failures).toEqual([]);
  await expectNothingRefused(kit);
});

test('drover-producer adds and drover-worker works, and either leads alone', {
  timeout: 90_000,
}, async () => {
  const kit = await startKit('queue');
  const producer = await startProcess(kit.urlOf('drover-producer'), { works: false });
  await add(producer.coordinator);
  const worker = await startProcess(kit.urlOf('drover-worker'), { works: true });
  await finished(worker.coordinator, kit.admin);
  await producer.coordinator.stop();
  await everyLoopRan(3);
  await ask(worker.coordinator);
  await worker.coordinator.stop();
  rounds.clear();
  const leader = await startProcess(kit.urlOf('drover-producer'), { works: false });
  await until(() => kit.admin.get('coordinator:lease:fleet'), { what: 'the producer leads' });
  await until(() => (rounds.get('dead letters') ?? 0) > 0, { timeoutMs: 15_000 });
  await add(leader.coordinator);
  await everyLoopRan(3);
  await ask(leader.coordinator);
  await leader.coordinator.stop();
  expect([...producer.failures, ...worker.failures, ...leader.failures]).toEqual([]);
  await expectNothingRefused(kit);
});
