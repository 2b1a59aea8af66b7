/** What anybody gets who asks through the gate about health, figures, pools and dead letters: shapes and permissions. */
import { type Coordinator, defineQueue } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Grant, Principal } from '../../src/access/principal.ts';
import type { ActionName, InputOf } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const LATER = { timeoutMs: 25_000 };
const ADMIN: readonly Grant[] = [{ may: ['admin'] }];
const ONLY_A: readonly Grant[] = [{ may: ['viewer'], queues: ['a*'] }];

function somebody(grants: readonly Grant[]): Principal {
  return { kind: 'token', id: 't1', name: 'ann', grants };
}

/** Calls through the gate, and holds the answer against the published schema. */
async function ask<Name extends ActionName>(
  coordinator: Coordinator,
  name: Name,
  input: InputOf<Name>,
  grants: readonly Grant[] = ADMIN,
) {
  const answer = await coordinator.control.call(name, input, { principal: somebody(grants) });
  const { success, error } = HANDLERS[name]!.output.safeParse(answer);
  expect(error?.issues ?? [], `${name} answers as its schema says`).toEqual([]);
  expect(success).toBe(true);
  return answer;
}

/** Two queues, a failure of one cause in each, and a pool. */
async function startFleet(prefix?: string): Promise<Coordinator> {
  await createClient(server).flushall();
  const coordinator = await startCoordinator(server, prefix === undefined ? {} : { prefix });
  for (const name of ['alpha', 'beta']) {
    const queue = defineQueue(name, { retention: { completed: { count: 10, age: '1h' } } });
    coordinator.process(
      queue,
      async (job) => {
        if (job.name === 'bad') throw new TypeError(`no room for 17 in ${name}`);
      },
      { pool: { min: 1, max: 3 } },
    );
    await coordinator.queue(queue).add('good', { id: 1 });
    await coordinator.queue(queue).add('bad', { id: 2 }, { attempts: 1 });
  }
  return coordinator;
}

const unseen = expect.objectContaining({ code: 'NOT_FOUND' });
const forbidden = expect.objectContaining({ code: 'FORBIDDEN' });

test('every answer is as its schema says', { timeout: 90_000 }, async () => {
  const coordinator = await startFleet();
  await until(async () => (await coordinator.deadLetters.counts()).length === 2, LATER);
  expect(await ask(coordinator, 'health.redis', {})).toMatchObject({ status: 'healthy' });
  await ask(coordinator, 'health.live', {});
  await ask(coordinator, 'health.ready', {});
  await until(
    () => coordinator.operations.health.queues().queues.some(({ health }) => health !== null),
    { timeoutMs: 50_000, what: 'a judged queue' },
  );
  await ask(coordinator, 'health.queues', {});
  expect(await ask(coordinator, 'metrics.exposition', {})).toContain('drover_');
  const history = await ask(coordinator, 'metrics.history', { queue: 'alpha', last: '10m' });
  expect(history.figures.map(({ source }) => source)).toContain('measured');
  expect(await ask(coordinator, 'metrics.backlog', { queue: 'alpha' })).toMatchObject({
    reason: 'empty',
  });
  expect(await ask(coordinator, 'memory.get', { queue: 'alpha' })).toMatchObject({
    queue: 'alpha',
  });
  await until(async () => (await coordinator.operations.retention.list()).length === 2, LATER);
  await ask(coordinator, 'retention.list', {});
  await until(async () => (await coordinator.operations.pools.get('alpha')).target !== null, LATER);
  expect(await ask(coordinator, 'pools.list', {})).toHaveLength(2);
  await ask(coordinator, 'pools.get', { queue: 'alpha' });
  expect(
    await ask(coordinator, 'pools.pin', { queue: 'alpha', slots: 2, for: '1m', reason: 'sale' }),
  ).toMatchObject({ by: 'token:ann', reason: 'sale' });
  await until(async () => (await coordinator.operations.pools.scale('alpha')).value === 2, LATER);
  await ask(coordinator, 'pools.why', { queue: 'alpha' });
  expect(await ask(coordinator, 'pools.decisions', { queue: 'alpha' })).not.toEqual([]);
  expect(await ask(coordinator, 'pools.scale', { queue: 'alpha' })).toEqual({ value: 2 });
  expect(await ask(coordinator, 'pools.unpin', { queue: 'alpha' })).toEqual({ removed: true });

  expect(await ask(coordinator, 'deadLetters.counts', {})).toMatchObject([
    { queue: 'alpha', kept: 1 },
    { queue: 'beta', kept: 1 },
  ]);
  const { rows } = await ask(coordinator, 'deadLetters.list', { queue: 'alpha' });
  expect(rows).toHaveLength(1);
  await ask(coordinator, 'deadLetters.get', { queue: 'alpha', job: rows[0]!.jobId });
  const [group] = await ask(coordinator, 'groups.list', { queue: 'alpha' });
  const chosen = { queue: 'alpha', group: group!.fingerprint };
  await ask(coordinator, 'groups.get', { group: group!.fingerprint });
  const state = 'ignored';
  expect(await ask(coordinator, 'groups.set', { group: group!.fingerprint, state })).toMatchObject({
    state,
    stateBy: 'token:ann',
  });
  const patch = [{ op: 'replace', path: '/id', value: 3 }];
  expect(await ask(coordinator, 'deadLetters.plan', { ...chosen, patch })).toMatchObject({
    eligible: 1,
  });
  const { id } = await ask(coordinator, 'deadLetters.replay', { ...chosen, patch, perSecond: 5 });
  await until(async () => (await coordinator.deadLetters.bulkAction(id)).state === 'done', LATER);
  expect(await ask(coordinator, 'bulk.get', { bulk: id })).toMatchObject({ actor: 'token:ann' });
  expect(await ask(coordinator, 'bulk.list', {})).toHaveLength(1);
  await ask(coordinator, 'bulk.undo', { bulk: id });
  const lines = await coordinator.control.call(
    'deadLetters.export',
    { queue: 'alpha' },
    { principal: somebody(ADMIN) },
  );
  const exported: string[] = [];
  for await (const line of lines) exported.push(line);
  expect(exported).toHaveLength(1);
  await expect(
    ask(coordinator, 'deadLetters.discard', { queue: 'beta', filter: '' }),
  ).rejects.toEqual(expect.objectContaining({ code: 'CONFIRMATION_NEEDED' }));
  await ask(coordinator, 'deadLetters.discard', { queue: 'beta', filter: '', confirm: 'beta' });
});

test('who may see queue a hears nothing of b', { timeout: 90_000 }, async () => {
  const coordinator = await startFleet();
  await until(async () => (await coordinator.deadLetters.counts()).length === 2, LATER);
  const [inBoth] = await coordinator.deadLetters.groups({ queue: 'beta' });
  const start = await coordinator.deadLetters.replay(
    { queue: 'beta', filter: '' },
    { actor: 'ann', perSecond: 0.001 },
  );
  await until(async () => (await coordinator.operations.retention.list()).length === 2, LATER);
  await until(async () => (await coordinator.operations.pools.list()).length === 2, LATER);
  const asA = <Name extends ActionName>(name: Name, input: InputOf<Name>) =>
    ask(coordinator, name, input, ONLY_A);
  for (const answer of [
    await asA('deadLetters.counts', {}),
    await asA('groups.list', {}),
    await asA('pools.list', {}),
    await asA('retention.list', {}),
    await asA('bulk.list', {}),
  ])
    expect(JSON.stringify(answer)).not.toContain('beta');
  expect(await asA('pools.list', {})).toHaveLength(1);
  expect(await asA('retention.list', {})).toHaveLength(1);
  for (const each of await asA('groups.list', {}))
    expect(each).toMatchObject({ count: 1, queues: [{ name: 'alpha' }] });
  await expect(asA('groups.get', { group: inBoth!.fingerprint })).rejects.toEqual(unseen);
  await expect(asA('groups.list', { queue: 'beta' })).rejects.toEqual(forbidden);
  await expect(asA('bulk.get', { bulk: start.id })).rejects.toEqual(unseen);
  await expect(asA('bulk.abort', { bulk: start.id })).rejects.toEqual(unseen);
  await expect(asA('deadLetters.list', { queue: 'beta' })).rejects.toEqual(forbidden);
  await expect(asA('metrics.backlog', { queue: 'beta' })).rejects.toEqual(forbidden);
  const replayer: readonly Grant[] = [{ may: ['operator'], queues: ['beta'] }];
  const discarding = await coordinator.deadLetters.discard(
    { queue: 'beta', filter: '' },
    { actor: 'ann', perSecond: 0.001 },
  );
  const control = (bulk: string, grants: readonly Grant[]) =>
    ask(coordinator, 'bulk.abort', { bulk }, grants);
  await expect(control(discarding.id, replayer)).rejects.toEqual(forbidden);
  await expect(control(start.id, [{ may: ['viewer'] }])).rejects.toEqual(forbidden);
  expect(await coordinator.deadLetters.bulkAction(discarding.id)).not.toMatchObject({
    state: 'aborted',
  });
});

test('labels reach their queue whatever the prefix of the coordinator is', {
  timeout: 60_000,
}, async () => {
  const coordinator = await startFleet('shop');
  const redis = createClient(server);
  await redis.hset('bull:alpha:meta', 'version', 'bullmq:6.7.0');
  await redis.rpush('bull:alpha:wait', '1', '2', '3');
  await until(async () => (await coordinator.deadLetters.counts()).length === 2, LATER);
  const backlogOf = (queue: string) => ask(coordinator, 'metrics.backlog', { queue });
  expect(await backlogOf('alpha')).toMatchObject({ waiting: 3 });
  expect(await backlogOf('shop:alpha')).toMatchObject({ waiting: 0 });
  expect(await ask(coordinator, 'memory.get', { queue: 'alpha' })).toMatchObject({
    queue: 'alpha',
  });
  expect(await ask(coordinator, 'memory.get', { queue: 'shop:alpha' })).toMatchObject({
    queue: 'shop:alpha',
  });
  await until(async () => (await coordinator.operations.pools.list()).length === 2, LATER);
  expect(await ask(coordinator, 'pools.get', { queue: 'shop:alpha' })).toMatchObject({
    queue: 'shop:alpha',
  });
  await expect(ask(coordinator, 'pools.get', { queue: 'alpha' })).rejects.toEqual(
    expect.objectContaining({ code: 'POOL_UNKNOWN' }),
  );
  const { rows } = await ask(coordinator, 'deadLetters.list', { queue: 'shop:alpha' });
  expect(rows).toHaveLength(1);
  const aliased = { queue: 'bull:alpha' };
  await expect(ask(coordinator, 'metrics.backlog', aliased)).rejects.toEqual(
    expect.objectContaining({ code: 'INPUT_INVALID', pointer: '/queue' }),
  );
});

test('a queue that is not there is not found', async () => {
  const coordinator = await startCoordinator(server);
  const queue = 'nowhere';
  for (const asking of [
    () => ask(coordinator, 'metrics.backlog', { queue }),
    () => ask(coordinator, 'metrics.history', { queue }),
    () => ask(coordinator, 'memory.get', { queue }),
    () => ask(coordinator, 'deadLetters.list', { queue }),
    () => ask(coordinator, 'deadLetters.get', { queue, job: '1' }),
    () => ask(coordinator, 'deadLetters.plan', { queue, filter: '' }),
    () => ask(coordinator, 'deadLetters.replay', { queue, filter: '' }),
    () => ask(coordinator, 'groups.get', { group: '0123456789abcdef' }),
    () => ask(coordinator, 'bulk.get', { bulk: 'none' }),
    () => ask(coordinator, 'bulk.pause', { bulk: 'none' }),
  ])
    await expect(asking()).rejects.toEqual(unseen);
});
