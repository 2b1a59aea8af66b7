/**
 * Over HTTP, with an API token on some queues: every action that looks at each queue itself shows nothing of the others,
 * neither their names nor their jobs, data and errors. A new action of this kind must be added here.
 */
import { Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import { listen } from 'drover/http';
import { Redis } from 'ioredis';
import { beforeAll, expect, test } from 'vitest';
import type { Grant, Principal } from '../../src/access/principal.ts';
import type { FailureGroup } from '../../src/dead-letters/failure-group.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import type { ActionName } from '../../src/operations/actions.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { type Answer, ask } from './ask.ts';

/** Everything of the queues that must stay hidden holds one of these. */
const HIDDEN = ['bravo', 'zulu'];
const ADMIN: Principal = { kind: 'loopback', id: 'me', name: 'me', grants: [{ may: ['admin'] }] };

let coordinator: Coordinator;
let origin: string;
/** Secrets of tokens: on everything, and on `alpha*` alone. */
let everything: string;
let limited: string;
const ids = { hiddenGroup: '', sharedGroup: '', hiddenBulk: '', moveBulk: '', ownBulk: '' };

async function fill(redisUrl: string): Promise<() => Promise<unknown>> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const plain = ['alpha-idle', 'bravo-idle'].map((name) => new Queue(name, { connection }));
  for (const [i, queue] of plain.entries())
    await queue.add(
      i === 0 ? 'mine' : 'zulu-job',
      { card: i === 0 ? 'mine' : 'zulu-data' },
      {
        jobId: i === 0 ? 'mine-2' : 'zulu-3',
      },
    );
  const fail = async (job: { data: { error?: string } }): Promise<never> => {
    throw new Error(job.data.error ?? 'zulu broke');
  };
  for (const name of ['alpha', 'bravo']) {
    const queue = defineQueue(name, { retention: { completed: { count: 5 } } });
    coordinator.process(queue, fail as never, { pool: { min: 1, max: 2 } });
  }
  await coordinator.start();
  await coordinator.queue('bravo').add('zulu-job', { card: 'zulu-data' }, { jobId: 'zulu-1' });
  // One cause on both sides: the group is told of for the queue that may be seen only.
  const same = { error: 'the printer is on fire' };
  await coordinator.queue('alpha').add('same', same, { jobId: 'mine-1' });
  await coordinator.queue('bravo').add('same', same, { jobId: 'zulu-2' });
  for (const name of ['alpha', 'bravo'])
    await coordinator.control.call(
      'schedulers.set',
      { queue: name, scheduler: `${name}-nightly`, pattern: '0 3 * * *' },
      { principal: ADMIN },
    );
  return async () => {
    await Promise.all(plain.map((queue) => queue.close()));
    connection.disconnect();
  };
}

const isShared = ({ queues }: FailureGroup): boolean => queues.length === 2;

async function findIds(): Promise<void> {
  const { control } = coordinator;
  const as = { principal: ADMIN };
  const groups = await until(async () => {
    const all = await control.call('groups.list', {}, as);
    return all.length === 2 && all.some(isShared) && all;
  });
  ids.sharedGroup = groups.find(isShared)!.fingerprint;
  ids.hiddenGroup = groups.find((group) => !isShared(group))!.fingerprint;
  const replay = (queue: string, job: string) =>
    control.call('deadLetters.replay', { queue, ids: [job] }, as);
  ids.hiddenBulk = (await replay('bravo', 'zulu-1')).id;
  ids.ownBulk = (await replay('alpha', 'mine-1')).id;
  const move = { queue: 'alpha-idle', kind: 'move', ids: ['mine-2'], to: 'bravo-idle' } as const;
  ids.moveBulk = (await control.call('jobs.bulk', move, as)).id;
}

async function tokenFor(grant: Grant): Promise<string> {
  const made = await coordinator.control.call(
    'tokens.create',
    { name: 'test', grants: [grant] },
    { principal: ADMIN },
  );
  return made.secret;
}

beforeAll(async () => {
  const server = await startRedis();
  coordinator = new Coordinator({ redisUrl: server.url, logger: false });
  const end = await fill(server.url);
  await findIds();
  everything = await tokenFor({ may: ['admin'] });
  limited = await tokenFor({ may: ['admin'], queues: ['alpha*'] });
  origin = (await listen(coordinator, { port: 0, open: [], access: { tokens: true } })).url;
  return async () => {
    await coordinator.stop({ timeoutMs: 1_000 });
    await end();
    await server.stop();
  };
});

/** What is asked of each: the fields of its path and query, or of its body. */
const ASKED: Partial<Record<ActionName, () => readonly object[]>> = {
  'queues.list': () => [{}, { search: 'bravo' }, { limit: 1 }, { counts: true }],
  'overview.get': () => [{}],
  'overview.watch': () => [{}],
  'retention.list': () => [{}],
  'schedulers.all': () => [{}, { limit: 1 }],
  'workers.list': () => [{}, { queue: 'bravo' }],
  'pools.list': () => [{}],
  'deadLetters.counts': () => [{}],
  'groups.list': () => [{}, { queue: 'bravo' }],
  'groups.get': () => [{ group: ids.sharedGroup }, { group: ids.hiddenGroup }],
  'groups.set': () => [
    { group: ids.sharedGroup, state: 'ignored' },
    { group: ids.hiddenGroup, state: 'ignored' },
  ],
  'jobs.find': () => [{ id: 'mine-1' }, { id: 'zulu-2' }],
  'bulk.list': () => [{}],
  'bulk.get': () => ofBulks(),
  'bulk.pause': () => ofBulks(),
  'bulk.resume': () => ofBulks(),
  'bulk.abort': () => ofBulks(),
  'bulk.undo': () => ofBulks(),
};
const ofBulks = (): object[] =>
  [ids.ownBulk, ids.moveBulk, ids.hiddenBulk].map((bulk) => ({ bulk }));

const EACH = ROUTES.filter(({ action }) => action.scope === 'each');
const named = (name: ActionName): Route => ROUTES.find((route) => route.name === name)!;

async function askFor(name: ActionName, input: object, token: string): Promise<Answer> {
  const { method, path, fields, action } = named(name);
  const rest: [string, unknown][] = [];
  let url = `${origin}${path}`;
  for (const [field, value] of Object.entries(input))
    if (fields.includes(field)) url = url.replace(`:${field}`, encodeURIComponent(value));
    else rest.push([field, value]);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  if (method !== 'GET')
    return ask(url, { method, headers, body: JSON.stringify(Object.fromEntries(rest)) });
  const query = new URLSearchParams(
    Object.fromEntries(rest.map(([field, value]) => [field, String(value)])),
  );
  const whole = `${url}${rest.length > 0 ? `?${query}` : ''}`;
  return action.answers === 'events' ? watch(whole, headers) : ask(whole, { headers });
}

/** A live stream until its second event. */
async function watch(url: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\ndata:').length < 3) text += (await reader.read()).value ?? '';
  await reader.cancel();
  const { status } = response;
  return { status, headers: response.headers, text, json: () => ({}) };
}

/** What whoever asked has said themselves is no news to them. */
function told({ text }: Answer, input: object): string[] {
  const own = JSON.stringify(input);
  return HIDDEN.filter((word) => text.includes(word) && !own.includes(word));
}

test('every action that looks at each queue itself is asked', () => {
  expect(Object.keys(ASKED).sort()).toEqual(EACH.map(({ name }) => name).sort());
});

test.each(EACH)('$name tells nothing of other queues', async ({ name }) => {
  for (const input of ASKED[name]!()) {
    const answer = await askFor(name, input, limited);
    expect(told(answer, input), `${JSON.stringify(input)}: ${answer.text}`).toEqual([]);
    expect(answer.text).not.toContain('zulu');
    expect(answer.status, answer.text).toBeLessThan(500);
  }
});

test.each(EACH.filter(({ action }) => action.effect === 'reads').map(({ name }) => name))(
  '%s does tell whoever may see all, so that the test sees something',
  async (name) => {
    const answers = await Promise.all(
      ASKED[name]!().map((input) => askFor(name, input, everything)),
    );
    expect(answers.map(({ text }) => text).join()).toContain('bravo');
  },
);

test('what it is about of their own, whoever is limited does see', async () => {
  const seen = await Promise.all(
    (['queues.list', 'overview.get', 'workers.list', 'pools.list', 'groups.list'] as const).map(
      async (name) => (await askFor(name, {}, limited)).text,
    ),
  );
  for (const text of seen) expect(text).toContain('alpha');
});

test('a group that is seen in one queue only is set there only', async () => {
  const group = { group: ids.sharedGroup };
  await askFor('groups.set', { ...group, state: 'resolved' }, limited);
  const others = await tokenFor({ may: ['viewer'], queues: ['bravo*'] });
  expect((await askFor('groups.get', group, limited)).json().state).toBe('resolved');
  expect((await askFor('groups.get', group, others)).json().state).not.toBe('resolved');
});

test('a bulk action on another queue goes on, whatever they say who may not see it', async () => {
  for (const name of ['bulk.pause', 'bulk.abort', 'bulk.undo'] as const)
    expect([403, 404]).toContain((await askFor(name, { bulk: ids.hiddenBulk }, limited)).status);
});

/** Where a queue is named that may not be seen, or everything is asked for. */
const CLOSED = ROUTES.filter(
  ({ action }) => action.scope !== 'each' && !['open', 'known'].includes(action.permission),
);
test.each(CLOSED)('$name is refused on another queue, or on all', async (route) => {
  const { method, path, action } = route;
  const fields = route.fields.filter((field) => field !== 'queue');
  const url = fields.reduce((text, field) => text.replace(`:${field}`, 'zulu-1'), path);
  const headers = { authorization: `Bearer ${limited}`, 'content-type': 'application/json' };
  const isRead = method === 'GET' || method === 'DELETE';
  const answer = await ask(`${origin}${url.replace(':queue', 'bravo')}`, {
    ...{ method, headers },
    ...(!isRead && { body: '{}' }),
  });
  // A body with too little in it is told first: nothing was looked up for that.
  expect([400, 403], answer.text).toContain(answer.status);
  expect(answer.text).not.toMatch(/zulu-data|zulu-job|zulu broke/);
  if (action.scope === 'fleet') expect(answer.text).not.toContain('bravo');
});

test.each(['/health/ready', '/api/v1/queue/health', '/metrics', '/health/redis', '/api/v1/me'])(
  '%s, where it is closed, tells nothing of other queues either',
  async (path) => {
    const headers = { authorization: `Bearer ${limited}` };
    const answer = await ask(`${origin}${path}`, { headers });
    expect(told(answer, {}), answer.text).toEqual([]);
    expect((await ask(`${origin}${path}`)).status).toBe(401);
  },
);
