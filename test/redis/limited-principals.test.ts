/** Whoever has rights on some queues learns nothing of the others, and changes nothing there. */
import { randomBytes } from 'node:crypto';
import { FlowProducer, Queue } from 'bullmq';
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Grant, Principal } from '../../src/access/principal.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { keyRing } from '../../src/payloads/key-ring.ts';
import { defineQueue } from '../../src/queues/define-queue.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const on = (may: Grant['may'], ...queues: string[]): Principal => ({
  ...{ kind: 'token', id: 'ann', name: 'ann' },
  grants: [{ may, queues }],
});
const ADMIN = on(['admin'], '*');
const FORBIDDEN = { code: 'FORBIDDEN' };

function asking(coordinator: Coordinator) {
  return async <Name extends ActionName>(
    principal: Principal,
    name: Name,
    input: InputOf<Name>,
  ): Promise<OutputOf<Name>> => {
    const output = await coordinator.control.call(name, input, { principal });
    expect(HANDLERS[name].output.safeParse(output).error?.issues ?? []).toEqual([]);
    return output;
  };
}

async function open() {
  const coordinator = await startCoordinator(server);
  return { coordinator, ask: asking(coordinator), redis: createClient(server) };
}

function plain(name: string): Queue {
  const queue = new Queue(name, { connection: createClient(server) });
  onTestFinished(() => queue.close());
  return queue;
}

async function flowOf(parent: string, child: string) {
  const flows = new FlowProducer({ connection: createClient(server) });
  onTestFinished(() => flows.close());
  const { job, children } = await flows.add({
    ...{ name: 'root', queueName: parent, children: [{ name: 'leaf', queueName: child }] },
  });
  return { parentId: job.id!, childId: children![0]!.job.id! };
}

test('a job does not tell of a parent in a queue that may not be seen', async () => {
  const { ask } = await open();
  const { parentId, childId } = await flowOf('hidden-parents', 'a-children');
  const limited = on(['admin'], 'a*');
  const job = { queue: 'a-children', job: childId };
  const ids = { queue: 'a-children', ids: [childId] };
  const answers = [
    await ask(limited, 'jobs.list', { queue: 'a-children', state: 'waiting' }),
    await ask(limited, 'jobs.get', job),
    await ask(limited, 'jobs.edit', { ...job, priority: 3 }),
    await ask(limited, 'jobs.plan', { ...ids, kind: 'remove' }),
  ];
  for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('hidden-parents');
  const seen = await ask(ADMIN, 'jobs.get', job);
  expect(seen.parent).toEqual({ queue: 'hidden-parents', id: parentId });
  expect(seen.options).toMatchObject({ parent: { id: parentId } });
});

test('a removal takes no children in queues in which nothing may be removed', async () => {
  const { ask, redis } = await open();
  const { parentId, childId } = await flowOf('a-parents', 'b-children');
  const limited = on(['admin'], 'a*');
  const job = { queue: 'a-parents', job: parentId };
  await expect(ask(limited, 'jobs.remove', job)).rejects.toMatchObject(FORBIDDEN);
  const bulk = { queue: 'a-parents', kind: 'remove' } as const;
  for (const chosen of [{ ids: [parentId] }, { state: 'waiting-children', filter: '' } as const]) {
    const plan = await ask(limited, 'jobs.plan', { ...bulk, ...chosen });
    expect(plan).toMatchObject({ eligible: 0, ineligible: { family: 1 } });
    const started = await ask(limited, 'jobs.bulk', { ...bulk, ...chosen, confirm: 'a-parents' });
    expect(started.total).toBe(0);
    expect(await ask(ADMIN, 'jobs.plan', { ...bulk, ...chosen })).toMatchObject({ eligible: 1 });
  }
  await ask(limited, 'jobs.remove', { ...job, children: false });
  expect(await redis.exists(`bull:b-children:${childId}`)).toBe(1);

  const own = await flowOf('a-parents', 'a-children-too');
  await ask(limited, 'jobs.remove', { queue: 'a-parents', job: own.parentId });
  expect(await redis.exists(`bull:a-children-too:${own.childId}`)).toBe(0);
});

test('a bulk move does not tell whoever may not see the queue where it goes', async () => {
  const { ask } = await open();
  await plain('a-from').add('some', {}, { jobId: 'mine' });
  await plain('hidden-to').add('some', {});
  const order = { queue: 'a-from', kind: 'move', ids: ['mine'], to: 'hidden-to' } as const;
  const { id } = await ask(ADMIN, 'jobs.bulk', order);
  const limited = on(['admin'], 'a*');
  expect(await ask(limited, 'bulk.get', { bulk: id })).toMatchObject({ kind: 'move', to: null });
  expect(JSON.stringify(await ask(limited, 'bulk.list', {}))).not.toContain('hidden-to');
  const aborted = ask(limited, 'bulk.abort', { bulk: id });
  await expect(aborted).rejects.toMatchObject(FORBIDDEN);
  await expect(aborted).rejects.not.toThrow(/hidden-to/);
  expect(await ask(ADMIN, 'bulk.get', { bulk: id })).toMatchObject({ to: 'hidden-to' });
});

test('a bulk move opens no encrypted job for whoever may not read data, wherever it stands in the selection', async () => {
  const { coordinator, ask } = await open();
  const encrypt = keyRing({ current: 'k', keys: { k: randomBytes(32) } });
  const mixed = plain('mixed');
  const ids: string[] = [];
  for (let i = 0; i < 20; i += 1) ids.push((await mixed.add('plain', { i })).id!);
  await plain('open').add('some', {});
  const operator = on(['operator'], '*');
  const move = { queue: 'mixed', kind: 'move', to: 'open' } as const;
  expect(await ask(operator, 'jobs.bulk', { ...move, ids: ids.slice(0, 1) })).toMatchObject({
    total: 1,
  });
  const secret = await coordinator
    .queue(defineQueue('mixed', { payload: { encrypt } }))
    .add('secret', { card: '4111' });
  const chosen = { ...move, ids: [...ids, secret.id!] };
  await expect(ask(operator, 'jobs.bulk', chosen)).rejects.toMatchObject(FORBIDDEN);
  await expect(ask(operator, 'jobs.bulk', { ...move, state: 'waiting' })).rejects.toMatchObject(
    FORBIDDEN,
  );
  expect(await ask(ADMIN, 'jobs.bulk', chosen)).toMatchObject({ kind: 'move' });
});

test('whoever may only add or change jobs is not told what is in them', async () => {
  const { ask, redis } = await open();
  await plain('a-adding').add('mail', { to: 'ann' }, { jobId: 'order-1' });
  await redis.hset('bull:a-adding:order-1', 'failedReason', 'no mailbox ann@example.org');
  const again = { queue: 'a-adding', name: 'mail', data: {}, options: { jobId: 'order-1' } };
  const added = await ask(on(['jobs.add'], 'a*'), 'jobs.add', again);
  expect(added).toMatchObject({ id: 'order-1', failedReason: '<hidden>' });
  const job = { queue: 'a-adding', job: 'order-1' };
  const edited = ask(on(['jobs.update'], 'a*'), 'jobs.edit', job);
  await expect(edited).rejects.toMatchObject(FORBIDDEN);
  expect(await ask(on(['jobs.update', 'jobs.read'], 'a*'), 'jobs.edit', job)).toMatchObject({
    data: '{"to":"ann"}',
  });
});

test('the data of scheduled jobs is shown to nobody who may not see jobs', async () => {
  const { ask } = await open();
  const template = { name: 'mail', data: { to: 'ann' } };
  await plain('a-scheduled').upsertJobScheduler('nightly', { every: 3_600_000 }, template);
  const nightly = { queue: 'a-scheduled', scheduler: 'nightly' };
  const seer = on(['queues.read', 'schedulers.edit'], 'a*');
  const answers = [
    ...(await ask(seer, 'schedulers.list', { queue: 'a-scheduled' })).rows,
    await ask(seer, 'schedulers.get', nightly),
    await ask(seer, 'schedulers.set', { ...nightly, every: '2h' }),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ data: null, jobName: 'mail' });
  const viewer = on(['viewer'], 'a*');
  expect(await ask(viewer, 'schedulers.get', nightly)).toMatchObject({ data: { to: 'ann' } });
});

test('where health and metrics are not open, they tell of no other queues either', async () => {
  const { coordinator, ask } = await open();
  for (const name of ['a-work', 'hidden-work']) coordinator.process(name, async () => null);
  await coordinator.start();
  const limited = on(['viewer'], 'a*');
  await until(() => coordinator.operations.health.ready().queues.length === 2);
  expect((await ask(limited, 'health.ready', {})).queues.map(({ queue }) => queue)).toEqual([
    'a-work',
  ]);
  expect(JSON.stringify(await ask(limited, 'health.queues', {}))).not.toContain('hidden-work');
  await expect(ask(limited, 'metrics.exposition', {})).rejects.toMatchObject(FORBIDDEN);
  const whole = await coordinator.control.call('health.ready', {}, null);
  expect(whole.queues).toHaveLength(2);
});

test('an administrator of some queues is none of tokens, the audit and Redis', async () => {
  const { ask } = await open();
  await plain('hidden-queue').add('some', {});
  const limited = on(['admin'], 'a*');
  for (const name of [
    ...(['tokens.list', 'audit.list', 'redis.clients', 'redis.slowlog', 'redis.memory'] as const),
    ...(['doctor.run', 'doctor.fix'] as const),
  ])
    await expect(ask(limited, name, {})).rejects.toMatchObject(FORBIDDEN);
  const me = await ask(limited, 'access.me', {});
  expect(me.grants[0]!.may).toContain('queues.obliterate');
  expect(me.grants[0]!.may).not.toContain('audit.read');
});

test('a dead letter does not tell of a parent in a queue that may not be seen', async () => {
  const { coordinator, ask } = await open();
  coordinator.process('a-dying', async () => {
    throw new Error('no');
  });
  const { parentId, childId } = await flowOf('hidden-mothers', 'a-dying');
  const letter = { queue: 'a-dying', job: childId };
  const seen = await until(() => ask(ADMIN, 'deadLetters.get', letter).catch(() => undefined));
  expect(seen.originalJob!.parentKey).toBe(`bull:hidden-mothers:${parentId}`);
  const limited = on(['admin'], 'a*');
  const lines: string[] = [];
  const exported = await coordinator.control.call(
    'deadLetters.export',
    { queue: 'a-dying' },
    { principal: limited },
  );
  for await (const line of exported) lines.push(line);
  expect(lines).toHaveLength(1);
  const got = await ask(limited, 'deadLetters.get', letter);
  expect(got.originalJob).toMatchObject({ name: 'leaf', opts: expect.any(String) });
  expect(JSON.stringify([got, lines])).not.toContain('hidden-mothers');
});

test('dead letters are no way round the rights to change and to remove jobs', async () => {
  const { coordinator, ask } = await open();
  await plain('a-triage').add('some', {});
  const of = { queue: 'a-triage', filter: '' };
  const patch = [{ op: 'add', path: '/paid', value: true }];
  const triage = on(['jobs.read', 'dead-letters.replay', 'dead-letters.discard'], 'a*');
  const discard = { ...of, confirm: 'a-triage' };
  await expect(ask(triage, 'deadLetters.replay', { ...of, patch })).rejects.toMatchObject(
    FORBIDDEN,
  );
  await expect(
    ask(triage, 'deadLetters.discard', { ...discard, withJobs: true }),
  ).rejects.toMatchObject(FORBIDDEN);
  expect(await coordinator.deadLetters.bulkActions()).toEqual([]);
  expect(await ask(triage, 'deadLetters.replay', of)).toMatchObject({ kind: 'replay' });
  expect(await ask(triage, 'deadLetters.discard', discard)).toMatchObject({ kind: 'discard' });
  expect(await ask(ADMIN, 'deadLetters.replay', { ...of, patch })).toMatchObject({ patch });
});

test('a parent that has failed for its child does not tell of a queue that may not be seen', async () => {
  const { coordinator, ask } = await open();
  coordinator.process('hidden-child', async () => {
    throw new Error('no');
  });
  coordinator.process('a-parent', async () => {});
  const flows = new FlowProducer({ connection: createClient(server) });
  onTestFinished(() => flows.close());
  const leaf = { name: 'leaf', queueName: 'hidden-child', opts: { failParentOnFailure: true } };
  const { job } = await flows.add({ name: 'root', queueName: 'a-parent', children: [leaf] });
  const of = { queue: 'a-parent', job: job.id! };
  const seen = await until(() => ask(ADMIN, 'deadLetters.get', of).catch(() => undefined));
  expect(seen.failureReason).toMatch(/^child bull:hidden-child:.+ failed$/);
  const limited = on(['admin'], 'a*');
  const { fingerprint: group } = seen;
  const lines: string[] = [];
  const principal = { principal: limited };
  const name = 'deadLetters.export';
  for await (const line of await coordinator.control.call(name, { queue: of.queue }, principal))
    lines.push(line);
  const answers = [
    await ask(limited, 'deadLetters.get', of),
    await ask(limited, 'groups.list', {}),
    await ask(limited, 'groups.get', { group }),
    await ask(limited, 'groups.set', { group, state: 'ignored' }),
    await ask(limited, 'jobs.get', of),
    await ask(limited, 'jobs.list', { queue: of.queue, state: 'failed' }),
  ];
  const told = JSON.stringify([...answers, lines]);
  expect(told).not.toContain('hidden-child');
  expect(told).toContain('child <hidden> failed');
  expect(JSON.stringify(await ask(ADMIN, 'groups.list', {}))).toContain('bull:hidden-child:');
});

test('a patch neither tells what is encrypted nor puts something readable in its place', async () => {
  const encrypt = keyRing({ current: 'k', keys: { k: randomBytes(32) } });
  const { coordinator, ask } = await open();
  const sealed = defineQueue('a-sealed', { job: { attempts: 1 }, payload: { encrypt } });
  coordinator.process(sealed, async () => {
    throw new Error('no');
  });
  const { id } = await coordinator.queue(sealed).add('card', { card: '4111', paid: false });
  const of = { queue: 'a-sealed', job: id! };
  await until(() => ask(ADMIN, 'deadLetters.get', of).catch(() => undefined));
  const operator = on(['operator'], 'a*');
  const chosen = { queue: of.queue, ids: [id!] };
  const guess = (value: string) => [{ op: 'test', path: '/card', value }];
  for (const value of ['4111', '4222'])
    expect(await ask(operator, 'deadLetters.plan', { ...chosen, patch: guess(value) })).toEqual(
      expect.objectContaining({ eligible: 0, skipped: { patch: 1 } }),
    );
  await expect(
    ask(operator, 'deadLetters.replay', { ...chosen, patch: guess('4111') }),
  ).rejects.toMatchObject({ code: 'PATCH_INVALID' });
  const plan = { ...chosen, patch: guess('4111') };
  expect(await ask(ADMIN, 'deadLetters.plan', plan)).toMatchObject({ eligible: 1 });

  // Another process has the key, for another queue.
  const other = await startCoordinator(server);
  other.queue(defineQueue('a-other', { payload: { encrypt } }));
  const patch = [{ op: 'replace', path: '/paid', value: true }];
  const asked = asking(other)(ADMIN, 'deadLetters.plan', { ...chosen, patch });
  const problem = expect.stringContaining('without a key for the queue');
  expect(await asked).toMatchObject({ eligible: 0, problems: [{ problem }] });
});
