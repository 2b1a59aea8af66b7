/** Secret values of jobs are in no look of Drover's: every one is made, and searched for them. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import {
  type Coordinator,
  type CoordinatorOptions,
  defineQueue,
  type EventName,
  type Logger,
} from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { DeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { Redactor } from '../../src/payloads/redactor.ts';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { keys } from './dead-letters.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const SECRET = '4111222233334444';
const PASSWORD = 'correct "horse" staple';
const MARK = /<hidden [0-9a-f]{8}>/;
const data = {
  card: { number: SECRET, holder: 'Ann' },
  logins: [{ password: PASSWORD }, { password: 'other words' }],
  big: 9_007_199_254_740_991,
};
const payload = { redact: ['card.number', '**.password'] };

/** Everything that is logged and announced, as text. */
async function listening(
  options: CoordinatorOptions = {},
): Promise<{ coordinator: Coordinator; told: () => string }> {
  const lines: string[] = [];
  const note = (fields: object, message: string): void => {
    lines.push(JSON.stringify(fields), message);
  };
  const logger: Logger = { info: note, warn: note, error: note, debug: note };
  const coordinator = createCoordinator(server, { logger, ...options });
  for (const name of ['job.failed', 'worker.error', 'loop.failed'] as EventName[])
    coordinator.on(name, (event) => lines.push(name, JSON.stringify(event)));
  await coordinator.start();
  return { coordinator, told: () => lines.join('\n') };
}

async function letterIn(coordinator: Coordinator, queue: string, id: string): Promise<DeadLetter> {
  return until(() => coordinator.deadLetters.get(queue, id), { timeoutMs: 45_000 });
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += line;
  return text;
}

function expectHidden(text: string): void {
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain('horse');
  expect(text).not.toContain(encodeURIComponent(PASSWORD));
}

test('of a job that fails with them in its error nothing is told, and what may be told stays', async () => {
  const { coordinator, told } = await listening();
  const definition = defineQueue('payments', { payload, job: { attempts: 2, backoff: 1 } });
  const heard: string[] = [];
  coordinator.process(definition, async (job) => {
    const { card } = job.data as typeof data;
    await job.log('tried');
    throw new TypeError(
      `card ${card.number} of ${card.holder} refused: ${JSON.stringify(job.data)}`,
    );
  });
  coordinator.workers.get('payments')[0]!.on('failed', (job, error) => {
    heard.push(error.message, error.stack!, job!.failedReason, ...(job!.stacktrace ?? []));
  });
  const redis = createClient(server);
  await until(() => redis.exists(keys.redaction()));
  const { id } = await coordinator.queue(definition).add('charge', data);
  const letter = await letterIn(coordinator, 'payments', id!);
  expect(letter.failureReason).toMatch(/^card <hidden [0-9a-f]{8}> of Ann refused/);
  expect(letter).toMatchObject({ type: 'TypeError', attemptsMade: 2 });
  expect(letter.stack).toContain('redaction.test.ts');
  expect(letter.history).toHaveLength(2);
  const shown = JSON.parse(letter.originalJob!.data);
  expect(shown).toEqual({
    card: { number: expect.stringMatching(MARK), holder: 'Ann' },
    logins: [{ password: expect.stringMatching(MARK) }, { password: expect.stringMatching(MARK) }],
    big: 9_007_199_254_740_991,
  });
  expect(letter.failureReason).toContain(shown.card.number);

  const selection = { queue: 'payments', filter: '' };
  const [groups, list, plan, exported] = await Promise.all([
    coordinator.deadLetters.groups(),
    coordinator.deadLetters.list(selection),
    coordinator.deadLetters.plan(selection, {
      patch: [{ op: 'test', path: '/big', value: 1 }],
    }),
    textOf(coordinator.deadLetters.export(selection)),
  ]);
  expect(exported).toContain(id);
  expect(plan.problems).toHaveLength(1);
  await until(() => heard.length >= 2);
  const stored = await redis.hgetall(`bull:payments:${id}`);
  const events = await redis.xrange('bull:payments:events', '-', '+');
  const group = await redis.hgetall(keys.group('payments', letter.fingerprint));
  expect(told()).toMatch(/card <hidden [0-9a-f]{8}> of Ann/);
  for (const look of [letter, groups, list, plan, exported, heard, told(), events, group])
    expectHidden(JSON.stringify(look));
  expectHidden(JSON.stringify({ ...stored, data: '' }));
  expect(JSON.parse(stored.data!)).toEqual(data);
});

test('of a processor in a file, and of errors within errors, nothing is told either', async () => {
  const { coordinator, told } = await listening();
  const folder = await mkdtemp(join(tmpdir(), 'drover-redaction-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'charge.mjs');
  await writeFile(
    file,
    'export default async (job) => { throw new Error("card " + job.data.card.number + " refused"); };',
  );
  const inFile = defineQueue('file-payments', { payload, job: { attempts: 1 } });
  const nested = defineQueue('nested-payments', { payload, job: { attempts: 1 } });
  coordinator.process(inFile, file);
  coordinator.process(nested, async (job) => {
    const { card } = job.data as typeof data;
    const inner = new Error(`gateway said ${card.number}`);
    throw new AggregateError([inner], '', { cause: inner });
  });
  const redis = createClient(server);
  for (const definition of [inFile, nested]) {
    const { id } = await coordinator.queue(definition).add('charge', data);
    const letter = await letterIn(coordinator, definition.name, id!);
    expectHidden(JSON.stringify(letter));
    const stored = await redis.hgetall(`bull:${definition.name}:${id}`);
    expectHidden(JSON.stringify({ ...stored, data: '' }));
  }
  await until(() => told().match(/refused/g));
  await until(() => told().match(/gateway said <hidden/g));
  expectHidden(told());
});

test('whoever may read data sees it as it is', async () => {
  const coordinator = await startCoordinator(server);
  const definition = defineQueue('open-payments', { payload, job: { attempts: 1 } });
  coordinator.process(definition, async () => {
    throw new Error('no');
  });
  const { id } = await coordinator.queue(definition).add('charge', data);
  await letterIn(coordinator, 'open-payments', id!);
  const sight = { mayReadData: true };
  const letter = await coordinator.deadLetters.get('open-payments', id!, sight);
  expect(JSON.parse(letter.originalJob!.data)).toEqual(data);
  const lines = coordinator.deadLetters.export({ queue: 'open-payments', filter: '' }, sight);
  expect(JSON.parse(await textOf(lines)).originalJob.data).toEqual(data);
});

test('a process that does not define the queue hides the same, with the same marks', async () => {
  const worker = await startCoordinator(server);
  const definition = defineQueue('far-payments', { payload, job: { attempts: 1 } });
  worker.process(definition, async () => {
    throw new Error('no');
  });
  const redis = createClient(server);
  const { id } = await worker.queue(definition).add('charge', data);
  const here = await letterIn(worker, 'far-payments', id!);
  await until(async () => (await redis.zcard(keys.redactionPaths('far-payments'))) === 2);
  const face = await startCoordinator(server);
  const there = await face.deadLetters.get('far-payments', id!);
  expect(there.originalJob).toEqual(here.originalJob);
  expectHidden(JSON.stringify(there));
});

test('a patch that writes into a secret field is shown without its value', async () => {
  const coordinator = await startCoordinator(server);
  const definition = defineQueue('patched-payments', { payload, job: { attempts: 1 } });
  coordinator.process(definition, async () => {
    throw new Error('no');
  });
  const { id } = await coordinator.queue(definition).add('charge', data);
  await letterIn(coordinator, 'patched-payments', id!);
  const started = await coordinator.deadLetters.replay(
    { queue: 'patched-payments', filter: '' },
    {
      actor: 'ann',
      patch: [
        { op: 'replace', path: '/card/number', value: SECRET },
        { op: 'add', path: '/logins/-', value: { password: PASSWORD, user: 'ann' } },
      ],
    },
  );
  expect(started.patch).toMatchObject([
    { value: expect.stringMatching(MARK) },
    { value: { password: expect.stringMatching(MARK), user: 'ann' } },
  ]);
  expectHidden(JSON.stringify([started, await coordinator.deadLetters.bulkActions()]));
});

test('a patch asks nothing of secret fields, unless whoever asks may read data', async () => {
  const coordinator = await startCoordinator(server);
  const definition = defineQueue('guessed-payments', { payload, job: { attempts: 1 } });
  coordinator.process(definition, async () => {
    throw new Error('no');
  });
  const { id } = await coordinator.queue(definition).add('charge', data);
  await letterIn(coordinator, 'guessed-payments', id!);
  const face = await startCoordinator(server);
  const selection = { queue: 'guessed-payments', filter: '' };
  const guess = [{ op: 'test', path: '/card/number', value: SECRET }];
  const copy = [{ op: 'copy', from: '/card', path: '/shown' }];
  const refused = { code: 'PATCH_INVALID', message: expect.stringContaining('mayReadData') };
  await until(() => createClient(server).exists(keys.redactionPaths('guessed-payments')));
  for (const patch of [guess, copy]) {
    await expect(face.deadLetters.plan(selection, { patch })).rejects.toMatchObject(refused);
    const replay = face.deadLetters.replay(selection, { actor: 'ann', patch });
    await expect(replay).rejects.toMatchObject(refused);
  }
  const sight = { mayReadData: true };
  expect(await face.deadLetters.plan(selection, { patch: guess, ...sight })).toMatchObject({
    eligible: 1,
  });
});

test('messages of groups that were recorded before the fields were secret are shown without them', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('former-payments', async (job) => {
    throw new Error(`no credit for ${(job.data as typeof data).card.holder}son`);
  });
  const { id } = await coordinator
    .queue('former-payments')
    .add('charge', { card: { holder: 'Jack' } }, { attempts: 1 });
  const { fingerprint } = await letterIn(coordinator, 'former-payments', id!);
  const open = 'no credit for Jackson';
  expect(await coordinator.deadLetters.group(fingerprint)).toMatchObject({ message: open });
  const later = await startCoordinator(server);
  later.queue(defineQueue('former-payments', { payload: { redact: ['card.holder'] } }));
  const hidden = expect.stringMatching(/^no credit for <hidden (local-)?[0-9a-f]{8}>son$/);
  expect(await later.deadLetters.groups({ queue: 'former-payments' })).toMatchObject([
    { message: hidden },
  ]);
  expect(await later.deadLetters.group(fingerprint)).toMatchObject({ message: hidden });
  const sight = { mayReadData: true };
  expect(await later.deadLetters.group(fingerprint, sight)).toMatchObject({ message: open });
  const ignored = await later.deadLetters.setGroupState(fingerprint, 'ignored', 'ann');
  expect(ignored).toMatchObject({ message: hidden });
});

test('a version that declares nothing hides in its errors what another one declares', async () => {
  const redis = createClient(server);
  const redactorOf = (...paths: string[]): Redactor =>
    new Redactor({ keys, redis: async () => redis, declared: () => new Map([['both', paths]]) });
  const older = redactorOf();
  await older.round();
  expect(older.textsNow('both', { phone: '0791234567' })).toBeUndefined();
  await redactorOf('phone').round();
  const started = redactorOf();
  await started.round();
  const hide = started.textsNow('both', { phone: '0791234567' })!;
  expect(hide('call 0791234567')).toMatch(/^call <hidden [0-9a-f]{8}>$/);
  const processing = await startCoordinator(server);
  processing.process('both', async (job) => {
    throw new Error(`call ${(job.data as { phone: string }).phone}`);
  });
  const queue = processing.queue('both');
  const nextReason = async (): Promise<string> => {
    const { id } = await queue.add('ring', { phone: '0791234567' }, { attempts: 1 });
    return (await until(() => redis.hget(`bull:both:${id}`, 'failedReason')))!;
  };
  await until(async () => /^call <hidden [0-9a-f]{8}>$/.test(await nextReason()), {
    timeoutMs: 15_000,
    what: 'the processes tell each other',
  });
});

test('failures of a worker without Drover are recorded without the values', async () => {
  const coordinator = await startCoordinator(server);
  const definition = defineQueue('bare-payments', { payload, job: { attempts: 1 } });
  const queue = coordinator.queue(definition);
  const redis = createClient(server);
  const worker = new Worker(
    'bare-payments',
    async (job) => {
      throw new Error(`customer words-${job.data.card.number} unknown`);
    },
    { connection: { url: server.url, maxRetriesPerRequest: null } },
  );
  onTestFinished(() => worker.close());
  const { id } = await queue.add('charge', data);
  const letter = await letterIn(coordinator, 'bare-payments', id!);
  expect(letter.via).toBe('reconciler');
  expectHidden(JSON.stringify(letter));
  expectHidden(
    JSON.stringify(await redis.hgetall(keys.group('bare-payments', letter.fingerprint))),
  );
  expectHidden(
    JSON.stringify({
      ...(await redis.hgetall(keys.deadLetter('bare-payments', id!))),
      originalJob: '',
    }),
  );
}, 60_000);

test.each([
  [['']],
  [['a..b']],
  [['cards[x]']],
  [['**']],
  [[7]],
  ['customer.phone'],
  [Array.from({ length: 51 }, (_, i) => `field${i}`)],
])('paths that cannot be used are refused when the queue is defined: %j', (redact) => {
  expect(() => defineQueue('bad', { payload: { redact: redact as string[] } })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('payload.redact of queue "bad"'),
    }),
  );
});

test('two versions of an application side by side hide what either declares, and a path nobody declares goes', async () => {
  const redis = createClient(server);
  const redactorOf = (...paths: string[]): Redactor =>
    new Redactor({ keys, redis: async () => redis, declared: () => new Map([['two', paths]]) });
  await redactorOf('phone').round();
  await redactorOf('mail').round();
  const reader = redactorOf();
  const both = '{"phone":"0791234567","mail":"a@b.ch","name":"Ann"}';
  const shown = JSON.parse(reader.json(both, await reader.pathsOf('two', redis)));
  expect(shown).toEqual({
    phone: expect.stringMatching(MARK),
    mail: expect.stringMatching(MARK),
    name: 'Ann',
  });
  await redis.zadd(keys.redactionPaths('two'), Date.now() - 25 * 3_600_000, 'phone');
  expect(await reader.pathsOf('two', redis)).toHaveLength(2);
  await redactorOf('mail').round();
  expect(await redis.zrange(keys.redactionPaths('two'), 0, '-1')).toEqual(['mail']);
});

test('everything is hidden where a newer version has published a path that cannot be read', async () => {
  const redis = createClient(server);
  await redis.zadd(keys.redactionPaths('newer'), Date.now(), 'phone{last}');
  const reader = new Redactor({ keys, redis: async () => redis, declared: () => new Map() });
  expect(JSON.parse(reader.json('{"phone":"0791"}', await reader.pathsOf('newer', redis)))).toEqual(
    {
      phone: expect.stringMatching(MARK),
    },
  );
});

test('without a key that can be shared, marks are those of one process and say so', async () => {
  const away = await startRedis();
  onTestFinished(() => away.stop());
  const redis = createClient(away);
  const declared = (): ReadonlyMap<string, string[]> => new Map([['local', ['phone']]]);
  const redactors = [0, 1].map(() => new Redactor({ keys, redis: async () => redis, declared }));
  const marks = (): string[] =>
    redactors.map((each) => each.textsNow('local', { phone: '0791234567' })!('0791234567'));
  const [one, other] = marks();
  expect(one).toMatch(/^<hidden local-[0-9a-f]{8}>$/);
  expect(other).not.toBe(one);
  await redis.replicaof('127.0.0.1', '1');
  await expect(redactors[0]!.round()).rejects.toThrow('READONLY');
  expect(marks()[0]).toBe(one);
  await redis.replicaof('NO', 'ONE');
  await Promise.all(redactors.map((each) => each.round()));
  const shared = marks();
  expect(shared[0]).toMatch(/^<hidden [0-9a-f]{8}>$/);
  expect(shared[1]).toBe(shared[0]);
  await redis.flushall();
  await new Redactor({ keys, redis: async () => redis, declared }).round();
  expect(marks()).toEqual(shared);
});
