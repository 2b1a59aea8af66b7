/** Commands through a server: what is asked, how answers are shown, what is confirmed, how commands end. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  drover,
  type Got,
  type Ran,
  type StandIn,
  startStandIn,
} from './command-line.ts';

let server: StandIn;
let answer: (got: Got) => Answer;
beforeAll(async () => {
  server = await startStandIn((got) => answer(got));
});
afterAll(() => server?.close());
beforeEach(() => {
  server.got.length = 0;
  answer = () => [200, {}];
});

const TOKEN = 'drv_token_that_is_secret';
const run = (line: readonly string[], env = {}): Promise<Ran> =>
  drover(line, { env: { DROVER_SERVER: server.url, DROVER_TOKEN: TOKEN, ...env } });

const ROW = {
  ...{ queue: 'mails', prefix: 'bull', name: 'mails', isPaused: false, workers: 2 },
  counts: { waiting: 3, active: 1, delayed: 0, failed: 7, completed: 100 },
  oldestWaitingMs: 61_000,
};
const PAGE = { rows: [ROW], next: null, isComplete: true, discoveredAt: 1 };

describe('what is asked', () => {
  it.each<[line: string[], method: string, url: string, body: unknown]>([
    [['queue', 'list', '--limit', '5'], 'GET', '/api/v1/queues?limit=5', undefined],
    [['queue', 'show', 'a/b c'], 'GET', '/api/v1/queues/a%2Fb%20c', undefined],
    [['queue', 'pause', 'q', '--reason', 'x'], 'POST', '/api/v1/queues/q/pause', { reason: 'x' }],
    [
      ['queue', 'concurrency', 'q', 'none'],
      'PUT',
      '/api/v1/queues/q/concurrency',
      { concurrency: null },
    ],
    [
      ['job', 'add', 'q', 'n', '--data', '{"a":[1]}'],
      'POST',
      '/api/v1/queues/q/jobs',
      { name: 'n', data: { a: [1] } },
    ],
    [['job', 'retry', 'q', '17'], 'POST', '/api/v1/queues/q/jobs/17/retry', {}],
    [
      ['pool', 'pin', 'q', '3', '--for', '2h'],
      'PUT',
      '/api/v1/pools/q/pin',
      { slots: 3, for: '2h' },
    ],
    [['group', 'ignore', 'f00'], 'PUT', '/api/v1/groups/f00/state', { state: 'ignored' }],
    [
      ['dlq', 'list', 'q', '--filter', 'after:2h'],
      'GET',
      '/api/v1/queues/q/dead-letters?filter=after%3A2h',
      undefined,
    ],
    [
      ['token', 'create', 't', '--may', 'viewer,jobs.add', '--queues', 'a*'],
      'POST',
      '/api/v1/tokens',
      { name: 't', grants: [{ may: ['viewer', 'jobs.add'], queues: ['a*'] }] },
    ],
    [['queue', 'empty', 'q', '--dry-run'], 'POST', '/api/v1/queues/q/empty', { dryRun: true }],
    [['queue', 'empty', 'q', '--confirm', 'q'], 'POST', '/api/v1/queues/q/empty', { confirm: 'q' }],
    [
      ['job', 'remove', 'q', '--state', 'failed', '--dry-run'],
      'POST',
      '/api/v1/queues/q/bulk/plan',
      { state: 'failed', kind: 'remove' },
    ],
    [
      ['dead-letter', 'replay', 'q', '--canary', '5', '--canary-wait', '10s', '--yes', '--detach'],
      'POST',
      '/api/v1/queues/q/dead-letters/replay',
      { canary: { count: 5, wait: '10s' } },
    ],
  ])('drover %j', async (line, method, url, body) => {
    answer = () => [200, { id: 'b1' }];
    const { code, stderr } = await run(line);
    expect([code, stderr.replace(/^(?:To watch it|No |Nothing was done).*\n/, '')]).toEqual([
      0,
      '',
    ]);
    expect(server.got).toEqual([{ method, url, body, authorization: `Bearer ${TOKEN}` }]);
  });
});

describe('an answer', () => {
  beforeEach(() => {
    answer = () => [200, PAGE];
  });

  it('is a table for people, without escapes where there is no terminal', async () => {
    const { stdout } = await run(['queue', 'list']);
    const [head, row, ...rest] = stdout.split('\n');
    expect(head).toMatch(/^QUEUE +WAITING +ACTIVE/);
    expect(row).toMatch(/^mails +3 +1 +0 +7 +100 +1m 1s +2 +no$/);
    expect(rest).toEqual(['']);
  });

  it('is JSON as the server said it, and rows parted by tabs', async () => {
    const json = await run(['queue', 'list', '--json']);
    expect(JSON.parse(json.stdout)).toEqual(PAGE);
    const plain = await run(['queue', 'list', '--plain']);
    expect(plain.stdout).toBe('mails\t3\t1\t0\t7\t100\t61000\t2\tfalse\n');
  });

  it('says on stderr that there is more', async () => {
    answer = () => [200, { ...PAGE, next: 'abc' }];
    const { stderr } = await run(['queue', 'list']);
    expect(stderr).toContain('--cursor abc');
  });

  it('never writes what a terminal would obey', async () => {
    const evil = 'q\x1b[2J\x1b]0;evil\x07\u202e\x9b31m\ttab\nline';
    answer = () => [200, { ...PAGE, rows: [{ ...ROW, queue: evil }] }];
    for (const form of [[], ['--plain'], ['--json']]) {
      const { stdout } = await run(['queue', 'list', ...form]);
      expect(stdout.replaceAll(/[\t\n]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
      if (form[0] !== '--json')
        expect(stdout.trimEnd().split('\n').length).toBe(form[0] === '--plain' ? 1 : 2);
      if (form[0] === '--json') expect(JSON.parse(stdout).rows[0].queue).toBe(evil);
    }
    answer = () => [404, { code: 'NOT_FOUND', detail: `no ${evil}` }];
    const { stderr } = await run(['queue', 'show', evil]);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe('how a command ends', () => {
  it.each<[status: number, code: string, exit: number]>([
    [400, 'INPUT_INVALID', 2],
    [404, 'NOT_FOUND', 3],
    [401, 'NOT_AUTHENTICATED', 4],
    [403, 'FORBIDDEN', 4],
    [503, 'QUEUE_UNAVAILABLE', 5],
    [409, 'STATE_CONFLICT', 1],
    [429, 'RATE_LIMITED', 1],
    [500, 'UNEXPECTED', 1],
  ])('%i %s ends with %i', async (status, code, exit) => {
    answer = () => [status, { code, detail: 'what happened' }];
    const ran = await run(['queue', 'show', 'q']);
    expect([ran.code, ran.stdout]).toEqual([exit, '']);
    expect(ran.stderr).toContain('what happened');
  });

  it.each([
    [500, 1],
    [502, 5],
    [503, 5],
    [504, 5],
  ])('%i of something that is no Drover ends with %i', async (status, exit) => {
    answer = () => [status, '<html>'];
    const { code, stderr } = await run(['queue', 'show', 'q']);
    expect(code).toBe(exit);
    expect(stderr).toContain(`status ${status}`);
  });

  it('2 for a name that would be a step in the path', async () => {
    const { code, stderr } = await run(['queue', 'show', '..']);
    expect([code, server.got]).toEqual([2, []]);
    expect(stderr).toContain('<queue>');
  });

  it('names the flag that is wrong', async () => {
    answer = () => [400, { code: 'INPUT_INVALID', detail: '/limit: too big', pointer: '/limit' }];
    const people = await run(['queue', 'list', '--limit', '9999']);
    expect(people.stderr).toContain('drover: --limit: too big (INPUT_INVALID)');
    const json = await run(['queue', 'list', '--limit', '9999', '--json']);
    expect(JSON.parse(json.stderr).error).toMatchObject({ code: 'INPUT_INVALID', flag: '--limit' });
  });

  it('5 when nobody is there, in words that say what to do', async () => {
    const { code, stderr } = await run(['queue', 'list'], { DROVER_SERVER: 'http://127.0.0.1:1' });
    expect(code).toBe(5);
    expect(stderr).toMatch(/ECONNREFUSED|bad port/);
  });

  it('5 when the server hangs, in the time that was allowed', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const { code } = await run(['queue', 'list', '--timeout', '300ms'], { DROVER_SERVER: url });
    silent.close();
    expect(code).toBe(5);
  });
});

describe('confirming', () => {
  it.each<[line: string[], flag: string]>([
    [['queue', 'empty', 'q'], '--confirm q'],
    [['queue', 'empty', 'q', '--yes'], '--confirm q'],
    [['queue', 'obliterate', 'q', '--yes'], '--confirm q'],
    [['queue', 'clean', 'q', '--state', 'failed', '--older-than', '1h'], '--confirm q'],
    [['dead-letter', 'discard', 'q', '--yes'], '--confirm q'],
    [['job', 'remove', 'q', '--state', 'failed', '--yes'], '--confirm q'],
    [['bulk', 'start', 'q', '--kind', 'remove', '--state', 'failed', '--yes'], '--confirm q'],
    [['job', 'remove', 'q', '17'], '--yes'],
    [['job', 'retry', 'q', '--state', 'failed'], '--yes'],
    [['dead-letter', 'replay', 'q'], '--yes'],
    [['token', 'revoke', 't'], '--yes'],
  ])('drover %j does nothing without %s where nobody can be asked', async (line, flag) => {
    const { code, stderr } = await run(line);
    expect(code).toBe(2);
    expect(stderr).toContain(flag);
    expect(server.got).toEqual([]);
  });

  it('a wrong name does nothing', async () => {
    const { code, stderr } = await run(['queue', 'empty', 'q', '--confirm', 'p']);
    expect([code, server.got]).toEqual([2, []]);
    expect(stderr).toContain('"q"');
  });

  it('which jobs must be said, and in one way', async () => {
    expect((await run(['job', 'retry', 'q', '--yes'])).code).toBe(2);
    expect((await run(['job', 'retry', 'q', '1', '--state', 'failed', '--yes'])).code).toBe(2);
    expect(server.got).toEqual([]);
  });
});

describe('a bulk action', () => {
  const view = (state: string, done: number, failed: number) => ({
    ...{ id: 'b1', kind: 'retry', queue: 'q', state, total: 4, done, failed, skipped: {} },
    ...{ reason: null, errors: failed ? ['job 3: gone'] : [], rate: 2, etaMs: 1_000 },
  });
  const line = ['job', 'retry', 'q', '--state', 'failed', '--yes'];

  it.each([
    ['done', 4, 0, 0],
    ['done', 3, 1, 6],
    ['failed', 0, 4, 1],
    ['aborted', 2, 0, 6],
  ])(
    'is followed until it is %s with %i done and %i failed, and ends with %i',
    async (state, done, failed, exit) => {
      let looks = 0;
      answer = ({ method }) => {
        if (method === 'POST') return [200, view('running', 0, 0)];
        looks += 1;
        return [200, looks > 2 ? view(state, done, failed) : view('running', looks, 0)];
      };
      const ran = await run([...line, '--json']);
      expect(ran.code).toBe(exit);
      expect(JSON.parse(ran.stdout)).toMatchObject({ state, done });
      expect(ran.stderr).toContain(`b1 is ${state}`);
      expect(looks).toBe(3);
    },
  );

  it('is let go with --detach', async () => {
    answer = () => [200, view('planned', 0, 0)];
    const { code, stderr } = await run([...line, '--detach']);
    expect(code).toBe(0);
    expect(stderr).toContain('drover bulk watch b1');
    expect(server.got.length).toBe(1);
  });
});

describe('a group', () => {
  it('is replayed queue by queue', async () => {
    const done = { id: 'b', state: 'done', total: 1, done: 1, failed: 0, skipped: {}, errors: [] };
    answer = ({ method }) =>
      method === 'GET'
        ? [
            200,
            {
              queues: [
                { name: 'a', count: 1 },
                { name: 'b', count: 2 },
              ],
            },
          ]
        : [200, done];
    const { code } = await run(['group', 'replay', 'f00', '--yes']);
    expect(code).toBe(0);
    expect(server.got.slice(1).map(({ url, body }) => [url, body])).toEqual([
      ['/api/v1/queues/a/dead-letters/replay', { group: 'f00' }],
      ['/api/v1/queues/b/dead-letters/replay', { group: 'f00' }],
    ]);
  });
});

describe('the doctor', () => {
  const finding = (severity: string) => ({
    ...{ id: 'CFG01', severity, title: 'It evicts', seen: 'allkeys-lru', why: 'jobs vanish' },
    ...{ remedy: ['CONFIG SET maxmemory-policy noeviction'], queue: null, isFixable: true },
  });
  const report = (severities: string[], server: string | null = 'Redis 7') => ({
    ...{ startedAt: 1, tookMs: 5, redis: 'redis://h:1', server, queues: 0, worst: null },
    checks: server === null ? 1 : 9,
    findings: severities.map(finding),
  });

  it.each<[severities: string[], line: string[], server: string | null, exit: number]>([
    [[], ['doctor'], 'Redis 7', 0],
    [['information', 'unverified', 'warning'], ['doctor'], 'Redis 7', 0],
    [['warning'], ['doctor', '--strict'], 'Redis 7', 1],
    [['warning', 'critical'], ['redis', 'check'], 'Redis 7', 1],
    [['critical'], ['doctor'], null, 5],
  ])('with %j %j (server %s) ends with %i', async (severities, line, name, exit) => {
    answer = () => [200, report(severities, name)];
    expect((await run(line)).code).toBe(exit);
    expect((await run([...line, '--json'])).code).toBe(exit);
  });

  it('shows the worst first, with the remedy', async () => {
    answer = () => [200, report(['information', 'critical'])];
    const { stdout } = await run(['doctor']);
    expect(stdout.indexOf('CRITICAL')).toBeLessThan(stdout.indexOf('INFORMATION'));
    expect(stdout).toContain('remedy: CONFIG SET maxmemory-policy noeviction');
    expect(stdout).toContain('drover doctor --fix --checks CFG01');
  });

  it('mends only what was confirmed', async () => {
    const fix = (outcome: string) => [
      { id: 'CFG01', queue: null, does: 'x', outcome, message: null },
    ];
    answer = ({ body }) => [200, fix((body as { dryRun?: boolean }).dryRun ? 'would' : 'done')];
    expect((await run(['doctor', '--fix'])).code).toBe(2);
    expect(server.got.map(({ body }) => body)).toEqual([{ dryRun: true }]);
    server.got.length = 0;
    expect((await run(['doctor', '--fix', '--yes', '--checks', 'CFG01'])).code).toBe(0);
    expect(server.got.map(({ body }) => body)).toEqual([{ checks: ['CFG01'] }]);
  });
});

describe('streams', () => {
  it('are passed on line by line', async () => {
    answer = () => [200, '{"a":1}\n{"b":"\x9b"}\n'];
    const { stdout, code } = await run(['audit', 'export']);
    expect([code, stdout]).toEqual([0, '{"a":1}\n{"b":"\\u009b"}\n']);
  });

  it('the overview is watched event by event, and again after a break, until it is refused', async () => {
    const event = (n: number): string =>
      `retry: 1\n\nid: ${n}\nevent: overview\ndata: {"n":${n}}\n\n`;
    const refusal = { code: 'FORBIDDEN', detail: 'no more' };
    answer = () => (server.got.length < 3 ? [200, event(server.got.length)] : [403, refusal]);
    const { stdout, stderr, code } = await run(['status', '--watch']);
    expect([code, stdout]).toEqual([4, '{"n":1}\n{"n":2}\n']);
    expect(stderr).toContain('no more');
    expect(server.got[1]!.url).toContain('lastEventId=1');
  });
});
