/** A flow is stored as a whole, or its caller hears what is missing; no parent runs without its children. */
import { CoordinatorError } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** A parent with two children, whose ids all begin with `id`. */
function flow(id: string, queue = 'flows', opts = {}) {
  const node = (name: string) => ({
    name,
    queueName: queue,
    opts: { jobId: `${id}-${name}`, ...opts },
  });
  return { ...node('parent'), children: [node('first'), node('second')] };
}

/** Counts how often each job ran, by id, and whether its children had run before. */
async function startCounting(url: string, queue = 'flows') {
  const coordinator = await startCoordinator({ url }, { addTimeoutMs: '10s' });
  const runs = new Map<string, number>();
  const early: string[] = [];
  const concurrency = 20;
  coordinator.process(
    queue,
    async ({ id = '', name }) => {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      if (name !== 'parent') return;
      const stem = id.slice(0, -'parent'.length);
      if (!runs.has(`${stem}first`) || !runs.has(`${stem}second`)) early.push(id);
    },
    concurrency,
  );
  return { coordinator, runs, early };
}

test('flows that are added while the scripts are flushed again and again have all their children, once', async () => {
  const { coordinator, runs, early } = await startCounting(server.url);
  const admin = createClient(server);
  let flushes = 0;
  let isAdding = true;
  const flushing = (async () => {
    while (isAdding || flushes < 20) {
      await admin.script('FLUSH');
      flushes += 1;
    }
  })();
  // Finished jobs are gone at once: whatever was sent a second time would run a second time.
  const adding = Array.from({ length: 200 }, (_, i) =>
    coordinator.flows.add(flow(`f${i}`, 'flows', { removeOnComplete: true })),
  );
  await Promise.all(adding);
  isAdding = false;
  await flushing;
  expect(flushes).toBeGreaterThanOrEqual(20);
  await until(() => runs.size === 600, { what: 'every job has run' });
  expect(early).toEqual([]);
  expect([...runs].filter(([, times]) => times !== 1)).toEqual([]);
});

test('jobs that are acknowledged while the scripts are flushed again and again run once, and none fails', async () => {
  const { coordinator, runs } = await startCounting(server.url, 'flushed');
  const queue = coordinator.queue('flushed');
  await queue.pause();
  const count = 400;
  await queue.addBulk(Array.from({ length: count }, () => ({ name: 'x', data: {} })));
  let isRunning = true;
  const flush = async (): Promise<void> => {
    const admin = createClient(server);
    while (isRunning) await admin.script('FLUSH');
  };
  const flushing = Array.from({ length: 3 }, () => flush().catch(() => {})); // It ends with the test.
  await queue.resume();
  await until(() => runs.size === count, { what: 'every job has run', timeoutMs: 20_000 });
  isRunning = false;
  await Promise.all(flushing);
  await until(async () => (await queue.getJobCounts('active')).active === 0);
  expect(await queue.getJobCounts('failed', 'delayed')).toEqual({ failed: 0, delayed: 0 });
  expect([...runs].filter(([, times]) => times !== 1)).toEqual([]);
});

test('a child whose script is forgotten does not let its parent go', async () => {
  const { coordinator, runs, early } = await startCounting(server.url, 'forgotten');
  await coordinator.flows.add(flow('before', 'forgotten'));
  const admin = createClient(server);
  const redis = (await coordinator.flows.getBackend().client) as unknown as {
    scriptsSet: Record<string, { lua: string }>;
  };
  const load = (name: string) => {
    const [, script] = Object.entries(redis.scriptsSet).find(([key]) => key.startsWith(name))!;
    return admin.script('LOAD', script.lua);
  };
  await admin.script('FLUSH');
  await load('addParentJob');
  await load('releaseParentIfNoPendingDependencies');
  await coordinator.flows.add(flow('after', 'forgotten'));
  await until(() => runs.has('after-parent') && runs.has('before-parent'));
  expect(early).toEqual([]);
  expect([...runs.values()]).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a denial in the middle of a flow is waited out, and the flow is whole', async () => {
  await using closed = await startRedis({ aclLines: ['user app on >p ~* &* +@all'] });
  const admin = createClient({ url: closed.url.replace('://', '://harness:harness@') });
  const { coordinator, runs, early } = await startCounting(closed.url.replace('://', '://app:p@'));
  await coordinator.flows.add(flow('before'));
  await admin.acl('SETUSER', 'app', '-lpush');
  const adding = coordinator.flows.add(flow('during'));
  await until(() => admin.exists('bull:flows:during-first'), { what: 'half a child' });
  await admin.acl('SETUSER', 'app', '+lpush');
  await adding;
  await until(() => runs.has('during-parent'), { what: 'the parent' });
  expect(early).toEqual([]);
  expect([...runs.values()]).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a denial that stays is told with node and reason, the parent is held, and a repetition completes it', async () => {
  await using closed = await startRedis({ aclLines: ['user app on >p ~* &* +@all'] });
  const admin = createClient({ url: closed.url.replace('://', '://harness:harness@') });
  const url = closed.url.replace('://', '://app:p@');
  const { runs, early } = await startCounting(url);
  const producer = await startCoordinator({ url }, { addTimeoutMs: 200 });
  await admin.acl('SETUSER', 'app', '-lpush', '-rpush');
  // Now and then the time is up just while a repetition is under way: then nobody can know, and it says so.
  const error = await until(async () => {
    const reason = await producer.flows.add(flow('held')).catch((failure: unknown) => failure);
    return reason instanceof CoordinatorError && reason.code !== 'OUTCOME_UNKNOWN' && reason;
  });
  expect(error).toMatchObject({
    code: 'FLOW_INCOMPLETE',
    retryable: true,
    message: expect.stringMatching(/held-first.*queue flows.*(can't run this command|NOPERM)/),
  });
  expect(await admin.zscore('bull:flows:waiting-children', 'held-parent')).toBeTruthy();
  await admin.acl('SETUSER', 'app', '+lpush', '+rpush');
  await producer.flows.add(flow('held'));
  await until(() => runs.has('held-parent'), { what: 'the parent' });
  expect(early).toEqual([]);
  expect([...runs.values()]).toEqual([1, 1, 1]);
});

test('an add that was stopped half way is unknown and not tried again, which would leave more halves', async () => {
  await using closed = await startRedis({ aclLines: ['user app on >p ~* &* +@all'] });
  const admin = createClient({ url: closed.url.replace('://', '://harness:harness@') });
  const coordinator = await startCoordinator({ url: closed.url.replace('://', '://app:p@') });
  await admin.acl('SETUSER', 'app', '-lpush');
  await expect(coordinator.queue('half').add('job', {})).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
  });
  expect(await admin.get('bull:half:id')).toBe('1');
});

test('after one OOM flows work at once', async () => {
  await using full = await startRedis();
  const { coordinator, runs } = await startCounting(full.url);
  const impatient = await startCoordinator(full, { addTimeoutMs: 200 });
  const admin = createClient(full);
  await coordinator.flows.getBackend().waitUntilReady();
  await admin.config('SET', 'maxmemory', '1mb');
  await admin.script('FLUSH');
  const refused = await until(async () => {
    const error = await impatient.flows.add(flow('no')).catch((reason: CoordinatorError) => reason);
    return error instanceof CoordinatorError && error.code !== 'OUTCOME_UNKNOWN' && error;
  });
  expect(refused).toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: expect.stringContaining('OOM'),
  });
  await admin.config('SET', 'maxmemory', '0');
  await coordinator.flows.add(flow('yes'));
  await impatient.flows.add(flow('too'));
  await until(() => runs.has('yes-parent') && runs.has('too-parent'));
  expect(runs.has('no-parent')).toBe(false);
});

test('a child that belongs to another parent is told, and its own parent keeps it', async () => {
  const coordinator = await startCoordinator(server);
  const node = (jobId: string) => ({ name: 'node', queueName: 'taken', opts: { jobId } });
  await coordinator.flows.add({ ...node('one'), children: [node('child')] });
  const stealing = coordinator.flows.add({ ...node('two'), children: [node('child')] });
  await expect(stealing).rejects.toMatchObject({
    code: 'FLOW_INCOMPLETE',
    message: expect.stringMatching(/job child.*queue taken.*cannot be replaced/),
  });
  const admin = createClient(server);
  expect(await admin.scard('bull:taken:one:dependencies')).toBe(1);
  expect(await admin.scard('bull:taken:two:dependencies')).toBe(0);
});

test('a root whose own parent is missing is refused with the error that BullMQ gives', async () => {
  const coordinator = await startCoordinator(server);
  const parent = { id: 'nobody', queue: 'bull:missing' };
  const adding = coordinator.flows.add({ name: 'root', queueName: 'missing', opts: { parent } });
  await expect(adding).rejects.toMatchObject({
    code: -5,
    message: expect.stringContaining('nobody'),
  });
});

test('children that were completed before are taken over, and the parent runs', async () => {
  const { coordinator, runs } = await startCounting(server.url, 'taken-over');
  const queue = coordinator.queue('taken-over');
  for (const name of ['first', 'second']) await queue.add(name, {}, { jobId: `again-${name}` });
  await until(async () => (await queue.getJobCounts('completed')).completed === 2);
  await coordinator.flows.add(flow('again', 'taken-over'));
  await until(() => runs.has('again-parent'), { what: 'the parent' });
  expect([...runs.values()]).toEqual([1, 1, 1]);
});
