/** Which jobs a stopping coordinator hands back, and which it leaves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Coordinator, JobContext } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
const dir = mkdtempSync(join(tmpdir(), 'drover-hand-back-'));
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

/** Runs until its signal is aborted, and rejects then. */
function untilAborted({ signal }: JobContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

async function stopWithOneRunning(coordinator: Coordinator, queue: string, timeoutMs = 400) {
  const { id } = await coordinator.queue(queue).add('job', {}, { attempts: 1 });
  await until(() => coordinator.workers.workers[0]?.active === 1, { what: 'the running job' });
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop({ timeoutMs });
  return { id: id!, stopped: await stopped };
}

test('a job whose processor looked at its signal is handed back, with the reason in it', async () => {
  const coordinator = await startCoordinator(server);
  let reason: unknown;
  coordinator.process('looked', async (_job, context) => {
    await untilAborted(context).catch((error) => {
      reason = error;
      throw new Error('closed'); // What it throws then does not matter.
    });
  });
  const { id, stopped } = await stopWithOneRunning(coordinator, 'looked');
  expect(stopped).toMatchObject({ unfinished: 0, handedBack: 1 });
  expect(reason).toMatchObject({ code: 'JOB_HANDED_BACK' });
  const other = await startCoordinator(server);
  const job = await other.queue('looked').getJob(id);
  expect(await job?.getState()).toBe('waiting');
  expect(job).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
});

test('a job that ends with a result after its signal is done, not handed back', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('ends', (_job, context) => untilAborted(context).catch(() => 'result'));
  const { id, stopped } = await stopWithOneRunning(coordinator, 'ends');
  expect(stopped).toMatchObject({ unfinished: 0, handedBack: 0 });
  const job = await (await startCoordinator(server)).queue('ends').getJob(id);
  expect(job).toMatchObject({ returnvalue: 'result' });
});

test.each([
  ['said not to be abortable', false],
  ['never looked at its signal', undefined],
])('one that %s is left to its lock', async (_why, abortable) => {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  let isAborted = false;
  const name = `left-${abortable}`;
  coordinator.process(
    name,
    async (_job, context) => {
      if (abortable === false)
        context.signal.addEventListener('abort', () => {
          isAborted = true;
        });
      await running.promise;
    },
    abortable === undefined ? {} : { abortable },
  );
  const { stopped } = await stopWithOneRunning(coordinator, name);
  expect(stopped).toMatchObject({ unfinished: 1, handedBack: 0 });
  expect(isAborted).toBe(false);
  running.resolve();
});

test('a processor in a file is handed back when it is said to be abortable', async () => {
  const file = join(dir, 'abortable.cjs');
  writeFileSync(
    file,
    `module.exports = (job, token, signal) => new Promise((_resolve, reject) => {
       signal.addEventListener('abort', () => reject(new Error('stopped')));
     });`,
  );
  const coordinator = await startCoordinator(server);
  coordinator.process('file', file, { abortable: true });
  const { id, stopped } = await stopWithOneRunning(coordinator, 'file', 4_000);
  expect(stopped).toMatchObject({ unfinished: 0, handedBack: 1 });
  const job = await (await startCoordinator(server)).queue('file').getJob(id);
  expect(await job?.getState()).toBe('waiting');
});
