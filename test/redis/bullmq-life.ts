/**
 * Everything that plain BullMQ can be asked for, as two users: whoever adds, and whoever works.
 */
import {
  DelayedError,
  FlowProducer,
  type Job,
  Queue,
  QueueEvents,
  UnrecoverableError,
  WaitingChildrenError,
  Worker,
} from 'bullmq';
import { expect, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';

/** Where somebody connects, and as whom. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const ended = <T extends { close(): Promise<unknown>; on(name: 'error', f: () => void): unknown }>(
  each: T,
): T => {
  each.on('error', () => {});
  onTestFinished(async () => void (await each.close()));
  return each;
};

/** Adds in every way, and looks at what it has added. */
export async function liveAsProducer(connection: Login): Promise<void> {
  const queue = ended(new Queue('adding', { connection }));
  const events = ended(new QueueEvents('adding', { connection }));
  const flows = ended(new FlowProducer({ connection }));
  await events.waitUntilReady();
  const first = await queue.add('plain', { a: 1 });
  await queue.addBulk([
    { name: 'some', data: {}, opts: { lifo: true } },
    { name: 'some', data: {}, opts: { priority: 3 } },
  ]);
  const later = await queue.add('later', {}, { delay: 60_000 });
  await later.changeDelay(50_000);
  const ranked = await queue.add('ranked', {}, { priority: 5 });
  await ranked.changePriority({ priority: 1 });
  await queue.add('once', {}, { deduplication: { id: 'd', ttl: 5_000 } });
  await queue.add('once', {}, { deduplication: { id: 'd', ttl: 5_000 } });
  expect(await queue.getDeduplicationJobId('d')).toBeTruthy();
  await queue.removeDeduplicationKey('d');
  await queue.add('last', {}, { deduplication: { id: 'e', replace: true }, delay: 60_000 });
  await queue.add('last', { n: 2 }, { deduplication: { id: 'e', replace: true }, delay: 60_000 });
  await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { data: {} });
  await queue.upsertJobScheduler('often', { every: 60_000 }, { data: {} });
  await queue.upsertJobScheduler('often', { every: 50_000 }, { data: {} });
  expect(await queue.getJobSchedulers()).toHaveLength(2);
  await queue.getJobScheduler('often');
  expect(await queue.removeJobScheduler('nightly')).toBe(true);
  const flow = await flows.add({
    ...{ name: 'parent', queueName: 'adding' },
    children: [
      { name: 'child', queueName: 'adding', opts: { failParentOnFailure: true } },
      { name: 'child', queueName: 'adding-more' },
    ],
  });
  await flows.addBulk([{ name: 'another', queueName: 'adding' }]);
  await flows.getFlow({ id: flow.job.id!, queueName: 'adding' });
  await flow.job.getDependencies();
  await flow.job.getDependenciesCount();
  await flow.job.getChildrenValues();
  await flow.job.removeUnprocessedChildren();
  await first.updateData({ a: 2 });
  await first.updateProgress(50);
  await first.log('a line');
  await first.getState();
  await first.isWaiting();
  await first.isActive();
  await queue.getJobLogs(first.id!);
  await first.clearLogs();
  await lookAt(queue);
  await queue.pause();
  expect(await queue.isPaused()).toBe(true);
  await queue.resume();
  await queue.setGlobalConcurrency(5);
  await queue.setGlobalRateLimit(10, 1_000);
  await queue.removeGlobalRateLimit();
  await queue.removeGlobalConcurrency();
  await queue.promoteJobs();
  await first.remove();
  await queue.clean(0, 10, 'wait');
  await queue.drain(true);
  await queue.trimEvents(10);
  await queue.removeOrphanedJobs();
  await queue.obliterate({ force: true });
}

/** Every question that a queue answers. */
export async function lookAt(queue: Queue): Promise<void> {
  await queue.getJobCounts();
  await queue.getCountsPerPriority([0, 1]);
  await queue.getJobs(['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'], 0, 9);
  await queue.getWaitingChildren();
  await queue.getMetrics('completed');
  await queue.getMeta();
  await queue.getRateLimitTtl();
  await queue.isMaxed();
  await queue.getGlobalConcurrency();
  await queue.exportPrometheusMetrics();
  await queue.getVersion();
}

/** Works in every way: what is added comes from whoever may add. */
export async function liveAsWorker(adding: Login, connection: Login): Promise<void> {
  const queue = ended(new Queue('working', { connection: adding }));
  const events = ended(new QueueEvents('working', { connection: adding }));
  await events.waitUntilReady();
  const runs: string[] = [];
  const worker: Worker = ended(
    new Worker('working', (job, token): Promise<unknown> => work(job, token, runs, worker), {
      ...{ connection, concurrency: 5, lockDuration: 1_000, stalledInterval: 300 },
      ...{ limiter: { max: 50, duration: 100 }, metrics: { maxDataPoints: 60 }, drainDelay: 1 },
      ...{ maxStalledCount: 5 },
    }),
  );
  await queue.upsertJobScheduler('often', { every: 100, limit: 2 }, { name: 'often' });
  const jobs = await queue.addBulk([
    { name: 'plain', data: {} },
    { name: 'ranked', data: {}, opts: { priority: 2 } },
    { name: 'later', data: {}, opts: { delay: 20 } },
    { name: 'twice', data: {}, opts: { attempts: 3, backoff: { type: 'exponential', delay: 5 } } },
    { name: 'never', data: {}, opts: { attempts: 3, removeOnFail: 5 } },
    { name: 'put-off', data: {} },
    { name: 'slow-down', data: {} },
    { name: 'with-children', data: {} },
  ]);
  const fails = jobs.find(({ name }) => name === 'never')!;
  await expect(fails.waitUntilFinished(events)).rejects.toThrow('never');
  await Promise.all(
    jobs.filter((job) => job !== fails).map((job) => job.waitUntilFinished(events)),
  );
  // Takes others along, so nobody may wait for them any more.
  const last = await queue.add('told', {}, { removeOnComplete: { count: 2, age: 60 } });
  await last.waitUntilFinished(events);
  await until(async () => (await queue.getJobSchedulers()).length === 0 || runs.includes('often'));
  await fails.retry();
  await until(() => runs.filter((name) => name === 'never').length > 1);
  await queue.retryJobs();
  await takeOver(adding, connection);
  await lookAt(queue);
}

/** A job of a worker that is gone, taken over by another one. */
async function takeOver(adding: Login, connection: Login): Promise<void> {
  const queue = ended(new Queue('taken-over', { connection: adding }));
  const options = { connection, lockDuration: 200, stalledInterval: 100, drainDelay: 1 };
  let taken = 0;
  const first = new Worker(
    queue.name,
    () => {
      taken += 1;
      return new Promise(() => {});
    },
    { ...options, skipLockRenewal: true, skipStalledCheck: true },
  );
  first.on('error', () => {});
  onTestFinished(() => first.close(true));
  await queue.add('lost', {});
  await until(() => taken === 1);
  await first.close(true);
  ended(new Worker(queue.name, async () => 'found', { ...options, maxStalledCount: 5 }));
  await until(async () => (await queue.getCompletedCount()) === 1);
}

async function work(
  job: Job,
  token: string | undefined,
  runs: string[],
  worker: Worker,
): Promise<unknown> {
  const isFirst = !runs.includes(job.name);
  runs.push(job.name);
  switch (job.name) {
    case 'told':
      await job.updateProgress({ part: 1 });
      await job.log('half of it');
      return job.updateData({ seen: true });
    case 'twice':
      if (isFirst) throw new Error('not yet');
      return 'at last';
    case 'never':
      throw new UnrecoverableError('never');
    case 'put-off':
      if (!isFirst) return 'done';
      await job.moveToDelayed(Date.now() + 10, token);
      throw new DelayedError();
    case 'slow-down':
      if (!isFirst) return 'done';
      await worker.rateLimit(50);
      throw Worker.RateLimitError();
    case 'with-children':
      return workWithChildren(job, token, isFirst, worker.opts.connection as Login);
    default:
      await job.extendLock(token!, 2_000);
      return job.name;
  }
}

async function workWithChildren(
  job: Job,
  token: string | undefined,
  isFirst: boolean,
  connection: Login,
): Promise<unknown> {
  if (!isFirst) return job.getChildrenValues();
  const queue = new Queue(job.queueName, { connection });
  await queue.add('child', {}, { parent: { id: job.id!, queue: job.queueQualifiedName } });
  await queue.close();
  if (await job.moveToWaitingChildren(token!)) throw new WaitingChildrenError();
  return null;
}
