/** Consoles under the rights of the kit: a viewer is told everything and changes nothing, an operator may do all. */
import { FlowProducer, type Job, Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { ACTIONS } from '../../src/operations/actions.ts';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { until } from '../support/until.ts';
import { look } from './doctors.ts';
import { act, actionNames, type Named } from './every-action.ts';
import {
  clientOf,
  expectNothingRefused,
  type KitServer,
  passwordOf,
  startKit,
} from './kit-users.ts';

/** An application whose queue has jobs in every state, and a pool. */
async function startShop(kit: KitServer): Promise<Named> {
  const shop = createCoordinator({ url: kit.urlOf('drover-app') }, { name: 'shop' });
  const work = ({ name }: Job): Promise<unknown> => {
    if (name === 'bad') return Promise.reject(new Error('it cannot be read'));
    return name === 'long' ? new Promise(() => {}) : Promise.resolve('done');
  };
  shop.process('mails', work, { pool: { min: 4, max: 4 } });
  await shop.start();
  const queue = shop.queue('mails');
  await shop.queue('others').add('first', {});
  const bad = await queue.add('bad', {}, { attempts: 1 });
  const long = await queue.add('long', {});
  await queue.add('good', {});
  const later = await queue.add('later', {}, { delay: 3_600_000 });
  await queue.upsertJobScheduler('nightly', { every: 3_600_000 });
  const [group] = await until(async () => {
    const groups = await shop.deadLetters.groups({ queue: 'mails' });
    return groups.length > 0 && groups;
  });
  await until(() => queue.getActiveCount());
  await until(async () => (await queue.getCompletedCount()) > 1);
  const held = await queue.add('held', {}, { delay: 3_600_000 });
  const [worker] = await until(async () => {
    const listed = await shop.control.call('workers.list', {}, CALLER);
    return listed.length > 0 && listed;
  });
  return {
    ...{ queue: 'mails', waiting: held.id!, delayed: later.id!, failed: bad.id!, active: long.id! },
    ...{ group: group!.fingerprint, worker: worker!.id, bulk: 'none', token: 'none' },
  };
}
const CALLER = {
  principal: { kind: 'loopback', id: 'me', name: 'me', grants: [{ may: ['admin'] }] },
} as const;

test('drover-viewer is told everything', { timeout: 40_000 }, async () => {
  const kit = await startKit('queue');
  const named = await startShop(kit);
  const viewer = { url: kit.urlOf('drover-viewer') };
  const console = await startCoordinator(viewer, { name: 'console', readOnly: true });
  await until(async () => (await look(console)).server, { what: 'the doctor gets in' });
  const answers = new Map<string, unknown>();
  for (const name of actionNames('reads')) {
    const answer = await act(console, name, named).catch((error: Error) => error);
    if (answer instanceof Error) answers.set(name, answer.message);
  }
  // There is none yet.
  expect([...answers.keys()]).toEqual(['bulk.get']);
  await expectNothingRefused(kit);
});

test('drover-viewer changes nothing, whatever it is connected with', async () => {
  const kit = await startKit('queue');
  const named = await startShop(kit);
  const connection = {
    ...{ host: '127.0.0.1', port: kit.server.port, username: 'drover-viewer' },
    ...{ password: passwordOf('drover-viewer'), maxRetriesPerRequest: 0 },
  };
  const queue = new Queue('mails', { connection, skipMetasUpdate: true });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  const flows = new FlowProducer({ connection });
  flows.on('error', () => {});
  onTestFinished(() => flows.close());
  const job = (await queue.getJob(named.delayed))!;
  const failed = (await queue.getJob(named.failed))!;
  const before = await stateOf(kit);
  const tries: readonly (() => Promise<unknown>)[] = [
    () => queue.add('more', {}),
    () => queue.addBulk([{ name: 'more', data: {} }]),
    () => queue.add('later', {}, { delay: 1_000 }),
    () => queue.add('ranked', {}, { priority: 1 }),
    () => queue.upsertJobScheduler('evil', { every: 1_000 }),
    () => queue.removeJobScheduler('nightly'),
    () => queue.pause(),
    () => queue.drain(true),
    () => queue.clean(0, 0, 'completed'),
    () => queue.obliterate({ force: true }),
    () => queue.retryJobs(),
    () => queue.promoteJobs(),
    () => queue.trimEvents(0),
    () => queue.setGlobalConcurrency(1),
    () => job.remove(),
    () => job.promote(),
    () => job.updateData({}),
    () => job.changeDelay(1),
    () => job.changePriority({ priority: 1 }),
    () => job.log('x'),
    () => job.updateProgress(1),
    () => failed.retry(),
    () => flows.add({ name: 'a', queueName: 'mails', children: [{ name: 'b', queueName: 'x' }] }),
  ];
  const redis = clientOf(kit.urlOf('drover-viewer'));
  const raw: readonly (readonly string[])[] = [
    ...[
      ['DEL', 'bull:mails:meta'],
      ['SET', 'coordinator:x', '1'],
      ['LPUSH', 'bull:mails:wait', '1'],
    ],
    ...[
      ['EVAL', "redis.call('DEL', KEYS[1])", '1', 'bull:mails:meta'],
      ['XTRIM', 'bull:mails:events', 'MAXLEN', '0'],
    ],
    ...[
      ['SCRIPT', 'LOAD', 'return 1'],
      ['EXPIRE', 'bull:mails:meta', '1'],
      ['PUBLISH', 'a', 'b'],
    ],
  ];
  const done: string[] = [];
  for (const [i, change] of tries.entries())
    await change().then(
      () => done.push(String(tries[i])),
      () => {},
    );
  for (const [name, ...rest] of raw)
    await redis.call(name!, ...rest).then(
      () => done.push(`${name} ${rest.join(' ')}`),
      () => {},
    );
  // BullMQ tells of no command in a transaction that was refused.
  expect(done.filter((text) => !text.includes('flows.add'))).toEqual([]);
  expect(await stateOf(kit)).toEqual(before);
}, 30_000);

/** Everything of the queue but what goes on by itself. */
async function stateOf({ admin }: KitServer): Promise<readonly unknown[]> {
  const keys = (await admin.keys('bull:*')).sort().filter((key) => !/:(lock|stalled.*)$/.test(key));
  const digests = (await admin.call('DEBUG', 'DIGEST-VALUE', ...keys)) as string[];
  return keys.map((key, i) => [key, digests[i]]);
}

test('drover-operator does everything there is to do', { timeout: 60_000 }, async () => {
  const kit = await startKit('queue');
  const named = await startShop(kit);
  const operator = { url: kit.urlOf('drover-operator') };
  const console = await startCoordinator(operator, { name: 'console' });
  await until(async () => (await look(console)).server, { what: 'the doctor gets in' });
  const failed: string[] = [];
  for (const name of actionNames('all').filter((each) => each !== 'bulk.get'))
    await act(console, name, named).catch((error: Error) =>
      failed.push(`${name}: ${error.message}`),
    );
  expect(failed.filter((line) => !/^bulk\./.test(line))).toEqual([]);
  expect(named.bulk).not.toBe('none');

  await expectNothingRefused(kit);
  expect([...actionNames('all')].sort()).toEqual(Object.keys(ACTIONS).sort());
});

test('drover-operator is told by the doctor all that can be known', {
  timeout: 40_000,
}, async () => {
  const kit = await startKit('queue');
  await startShop(kit);
  const operator = { url: kit.urlOf('drover-operator') };
  const console = await startCoordinator(operator, { name: 'console' });
  await until(async () => (await look(console)).server, { what: 'the doctor gets in' });
  const { findings } = await look(console, {});
  const unverified = findings.filter(({ severity }) => severity === 'unverified');
  expect(unverified.filter(({ seen }) => /may not run|NOPERM/.test(seen))).toEqual([]);
  expect(findings.filter(({ id }) => ['ERR02', 'CFG04', 'CFG05', 'CFG06'].includes(id))).toEqual(
    [],
  );
});
