import { expect, test } from 'vitest';
import type { Permission } from '../../src/access/permissions.ts';
import { defineQueue } from '../../src/queues/define-queue.ts';
import { someone } from './asking.ts';
import { plainDeployment } from './plain-deployment.ts';

const here = plainDeployment();
const { ask, plain, setUp } = here;
const secretFree = defineQueue('secretive', { payload: { redact: ['card.number'] } });

test('nothing of another queue, and no secret, comes out', async () => {
  await setUp();
  const { id } = await here.coordinator
    .queue(secretFree)
    .add('pay', { card: { number: '4111-1111' } });
  const key = `bull:secretive:${id}`;
  const leak = 'card 4111-1111 refused';
  await here.redis.hset(key, {
    ...{
      failedReason: leak,
      stacktrace: JSON.stringify([leak]),
      returnvalue: JSON.stringify({ leak }),
    },
    ...{
      progress: JSON.stringify({ leak }),
      finishedOn: 5,
      'da:1': JSON.stringify({ attempt: 1, reason: leak }),
    },
  });
  await here.redis.rpush(`${key}:logs`, leak);
  await here.redis.lrem('bull:secretive:wait', 1, id!);
  await here.redis.zadd('bull:secretive:failed', 5, id!);
  await plain('target').add('x', {});
  const operator = someone({ may: ['operator'] });
  const of = { queue: 'secretive', job: id! };
  const answers = [
    await ask('jobs.get', of, operator),
    await ask('jobs.get', { ...of, full: true }, operator),
    await ask('jobs.logs', of, operator),
    await ask('jobs.list', { queue: 'secretive', state: 'failed' }, operator),
    await ask('jobs.plan', { queue: 'secretive', kind: 'retry', state: 'failed' }, operator),
  ];
  for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('4111');
  expect(JSON.stringify(await ask('jobs.get', of))).toContain('4111');
  expect((await ask('jobs.logs', of)).lines).toEqual([leak]);
  const list = (filter: string) =>
    ask('jobs.list', { queue: 'secretive', state: 'failed', filter }, operator);
  await expect(list('error:4111')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(list('data.card.number:4111-1111')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const bulk = {
    queue: 'secretive',
    kind: 'retry',
    state: 'failed',
    filter: 'error:4111',
  } as const;
  await expect(ask('jobs.plan', bulk, operator)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(ask('jobs.move', { ...of, to: 'target' }, operator)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  const retried = await ask('jobs.retry', of, operator);
  expect(JSON.stringify(retried)).not.toContain('4111');
  const limited = someone({ may: ['admin'], queues: ['a*'] });
  await expect(ask('jobs.get', of, limited)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(
    ask('jobs.list', { queue: 'secretive', state: 'failed' }, limited),
  ).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a move needs its rights on both queues, and no more', async () => {
  await setUp();
  await plain('b-to').add('there', {});
  const from = plain('a-from');
  const HERE = ['jobs.update', 'jobs.read', 'jobs.remove'] as const;
  const asked = async (here: readonly Permission[], there: readonly Permission[]) => {
    const { id } = await from.add('job', {});
    const principal = someone(
      { may: here, queues: ['a-*'] },
      ...(there.length > 0 ? [{ may: there, queues: ['b-*'] }] : []),
    );
    const move = { queue: 'a-from', to: 'b-to' };
    const bulk = { ...move, kind: 'move', ids: [id!] } as const;
    const outcomes = await Promise.allSettled([
      ask('jobs.bulk', bulk, principal),
      ask('jobs.move', { ...move, job: id! }, principal),
    ]);
    return outcomes.map((each) => (each.status === 'fulfilled' ? 'done' : each.reason.code));
  };
  for (const missing of HERE)
    expect(
      await asked(
        HERE.filter((each) => each !== missing),
        ['jobs.add'],
      ),
    ).toEqual([...['FORBIDDEN', 'FORBIDDEN']]);
  for (const there of [[], ['jobs.update'], HERE] as const)
    expect(await asked(HERE, there)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  expect(await here.redis.llen('bull:a-from:wait')).toBe(6);
  expect(await asked(HERE, ['jobs.add'])).toEqual(['done', 'done']);
});

test('what has a colon in its id is no job of a queue that does not hold it', async () => {
  await setUp();
  await plain('target').add('own', {}, { jobId: 'repeat:own:1' });
  // The queue `x` of an application whose prefix is `bull:target`.
  const key = 'bull:target:x:17';
  await here.redis.hset('bull:target:x:meta', 'version', 'bullmq:6.0.0');
  await here.redis.hset(key, { name: 'theirs', data: '{}', opts: '{}', timestamp: 5 });
  await here.redis.zadd('bull:target:x:completed', 5, '17');
  await here.redis.rpush(`${key}:logs`, 'their line');
  const theirs = { queue: 'target', job: 'x:17' };
  const names = ['jobs.get', 'jobs.logs', 'jobs.flow', 'jobs.retry', 'jobs.remove'] as const;
  for (const name of names)
    await expect(ask(name, theirs), name).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const others = [
    ask('jobs.edit', { ...theirs, data: { taken: true } }),
    ask('jobs.move', { ...theirs, to: 'secretive' }),
  ];
  for (const each of others) await expect(each).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await here.redis.hget(key, 'data')).toBe('{}');
  const own = await ask('jobs.get', { queue: 'target', job: 'repeat:own:1' });
  expect(own).toMatchObject({ state: 'waiting' });
});
