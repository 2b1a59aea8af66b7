/**
 * Every command of the table: on queues of plain BullMQ, on queues of Drover, and through a server; as JSON that the
 * action's schema accepts, and as people read it.
 *
 * They are run in this process, as the program runs them: a process for each would take a minute.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { listen } from 'drover/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act } from '../../src/cli/act.ts';
import type { Command } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { toOrder } from '../../src/cli/input.ts';
import { runProgram, type Typed } from '../../src/cli/program.ts';
import { Coordinator } from '../../src/index.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { drover, type Ran } from './command-line.ts';

let plain: RedisServer;
let plainWorker: Worker;
let own: RedisServer;
let fleet: Coordinator;
let served: Awaited<ReturnType<typeof listen>>;

async function fail({ id }: { id?: string | undefined }): Promise<void> {
  if (id !== 'w0') throw new TypeError('boom');
}

/** Queues as an application has them that has never heard of Drover. */
async function fillPlain(port: number): Promise<void> {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const queue = new Queue('mails', { connection });
  const flows = new FlowProducer({ connection });
  plainWorker = new Worker('mails', fail, { connection });
  for (let i = 0; i < 5; i++)
    await queue.add('welcome', { i, to: { name: 'Ann' } }, { attempts: 1, jobId: `w${i}` });
  await flows.add({
    ...{ name: 'root', queueName: 'other', data: {}, opts: { jobId: 'root' } },
    children: [{ name: 'leaf', queueName: 'other', data: {} }],
  });
  await until(async () => (await queue.getFailedCount()) === 4);
  await flows.close();
  await addRest(queue);
  await queue.close();
}

/** What both have: a job that waits, one that is delayed, a scheduler. */
async function addRest(queue: Pick<Queue, 'add' | 'upsertJobScheduler' | 'pause'>): Promise<void> {
  await queue.pause();
  await queue.add('later', {}, { delay: 3_600_000, jobId: 'later' });
  await queue.add('waits', {}, { jobId: 'waits' });
  const template = { name: 'n', data: { to: ['Ann'] } };
  await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, template);
}

/** The same under a coordinator, with a pool and dead letters. */
async function startFleet(): Promise<void> {
  fleet = new Coordinator({ redisUrl: own.url, logger: false });
  fleet.process('mails', fail, { pool: { min: 1, max: 2 } });
  await fleet.start();
  const queue = fleet.queue('mails');
  for (let i = 0; i < 5; i++) await queue.add('welcome', { i }, { attempts: 1, jobId: `w${i}` });
  await fleet.queue('other').add('root', {}, { jobId: 'root' });
  await until(async () => (await queue.getFailedCount()) === 4);
  await addRest(queue as unknown as Queue);
  served = await listen(fleet, { port: 0 });
}

/** Names that are known only when they exist: `{group}` in a line. */
const NAMES: Record<string, string> = {
  ...{ group: '0f3a9c1d2b4e5f60', worker: 'nobody', bulk: '0mwxoz6qka731388a08ac', token: 'none' },
};

beforeAll(async () => {
  [plain, own] = await Promise.all([startRedis(), startRedis()]);
  await Promise.all([fillPlain(plain.port), startFleet()]);
});
afterAll(async () => {
  await served?.close();
  await fleet?.stop({ timeoutMs: 1_000 });
  await plainWorker?.close();
  await Promise.all([plain?.stop(), own?.stop()]);
});

interface Did extends Ran {
  /** What the answer must be. */
  readonly schema: { safeParse(value: unknown): { error?: unknown } } | undefined;
}

/** Runs a line to its end. */
async function run(line: string, env: Record<string, string>): Promise<Did> {
  const out = new Collected();
  const messages = new Collected();
  const around = {
    ...{ env: { HOME: '/nonexistent', ...env }, cwd: '/', columns: undefined },
    ...{ isInputTerminal: false, isOutputTerminal: false, readInput: () => '' },
  };
  let schema: Did['schema'];
  const code = await runProgram(wordsOf(line), (command, typed) => {
    schema = schemaOf(command, typed);
    return act(command, typed, async () => 0, { around, out, messages });
  });
  return { code, stdout: out.text, stderr: messages.text, schema };
}

/** A stream that keeps what is written. */
class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function wordsOf(line: string): string[] {
  return line.split(' ').map((word) => word.replace(/^\{(\w+)\}$/, (_, name) => NAMES[name]!));
}

function schemaOf(command: Command, typed: Typed): Did['schema'] {
  if (!command.action) return undefined;
  if (typed.options.fix) return HANDLERS['doctor.fix'].output;
  const { action, plan } = toOrder(command, typed);
  const { output } = HANDLERS[typed.options.dryRun && plan ? plan.action : action];
  return command.program === 'replay-group' ? output.array() : output;
}

/** 0 or 1: what is found depends on which processes have just started. */
const EITHER = -1;

/** Lines that only look → how they end on plain BullMQ and on Drover; 0 where nothing is said. */
const LOOKS: readonly [line: string, plain?: number, own?: number][] = [
  ['status'],
  ['whoami'],
  ['metrics', 2, 2],
  ['doctor --quick --strict', 1, 1],
  ['acl print app'],
  ['completion bash'],
  ['queue list'],
  ['queue show mails'],
  ['queue metrics mails --last 5m'],
  ['queue metrics mails --last 6h --every 5'],
  ['queue backlog mails'],
  ['queue memory mails'],
  ['queue retention'],
  ['job list mails --state failed'],
  ['job find w1'],
  ['job hints mails --state failed'],
  ['job show mails w1'],
  ['job logs mails w1'],
  ['job flow other root'],
  ['scheduler all'],
  ['scheduler list mails'],
  ['scheduler show mails nightly'],
  ['worker list'],
  ['pool list'],
  ['pool show mails', 3],
  ['pool why mails', 3],
  ['pool decisions mails', 3],
  ['pool target mails', 3],
  ['dead-letter counts'],
  ['dead-letter list mails'],
  ['dead-letter show mails w1', 3],
  ['dead-letter export mails --filter type:TypeError'],
  ['dead-letter replay mails --filter type:TypeError --dry-run'],
  ['dead-letter discard mails --filter type:TypeError --dry-run'],
  ['group list'],
  ['group show {group}', 3],
  ['group replay {group} --dry-run', 3],
  ['bulk list'],
  ['bulk show none', 3, 3],
  ['bulk watch none', 3, 3],
  ['bulk start mails --kind retry --state failed --dry-run'],
  ['job retry mails --state failed --dry-run'],
  ['queue empty mails --dry-run'],
  ['queue clean mails --state failed --older-than 1ms --dry-run'],
  ['queue obliterate mails --dry-run'],
  ['redis info'],
  ['redis connections'],
  ['redis slowlog'],
  ['redis memory'],
  ['redis latency'],
  ['redis size --waiting 1000 --data 2kb'],
  ['redis size --from-redis'],
  ['redis check', EITHER, EITHER],
  ['health redis'],
  ['health queues', 2, 2],
  ['health ready', 2, 2],
  ['health live', 2, 2],
  ['token list'],
  ['audit list'],
  ['audit export'],
  ['audit verify'],
];

/** Lines that change something, in their order. */
const CHANGES: typeof LOOKS = [
  ['queue pause mails --reason test'],
  ['queue limit mails --max 100 --duration 1s'],
  ['queue unlimit mails'],
  ['queue concurrency mails 8'],
  ['queue concurrency mails none'],
  ['scheduler set mails probe --every 15m --job-name probe'],
  ['scheduler run mails probe'],
  ['scheduler remove mails probe --yes'],
  ['job add other hello --data {"to":["Ann"]}'],
  ['job edit mails later --priority 3'],
  ['job promote mails later'],
  ['job retry mails w1 --yes'],
  ['job move mails w2 --to other --yes'],
  ['job remove mails w3 --yes'],
  ['job cancel mails w4', 1, 1],
  ['dead-letter replay mails --ids w4 --yes'],
  ['dead-letter discard mails --ids w2 --confirm mails'],
  ['group replay {group} --yes', 3],
  ['group ignore {group}', 3],
  ['group resolve {group}', 3],
  ['group open {group}', 3],
  ['bulk start mails --kind promote --state delayed --yes'],
  ['bulk show {bulk}'],
  ['bulk watch {bulk}'],
  ['bulk pause {bulk}', 1, 1],
  ['bulk resume {bulk}', 1, 1],
  ['bulk abort {bulk}', 1, 1],
  ['bulk undo {bulk}', 1, 1],
  ['queue clean mails --state failed --older-than 24h --confirm mails'],
  ['queue empty other --confirm other'],
  ['queue obliterate other --force --confirm other'],
  ['queue resume mails'],
  ['worker quiet {worker}', 1], // Only Drover's own worker listens.
  ['worker resume {worker}', 1],
  ['pool pin mails 1 --for 1m', 3],
  ['pool unpin mails', 3],
  ['token create t --may viewer,jobs.add --queues mail*'],
  ['token revoke {token} --yes'],
];

it('every command has a line', () => {
  const lines = [...LOOKS, ...CHANGES].map(([line]) => `${line} `);
  // Those that work on the files of backups have tests of their own.
  const here = COMMANDS.filter(({ program }) => !program?.startsWith('backup-'));
  const names = here.map(({ path }) => path.filter(Boolean).join(' '));
  const without = names.filter((name) => !lines.some((line) => line.startsWith(`${name} `)));
  expect(without).toEqual(['serve', 'top']);
});

/** Texts of applications, which are shown as they are. */
const THEIRS = /^(?:data|originalJob\.\S+|stack|stacktrace) .*\n(?: {4}.*\n)*/gm;

function expectForPeople(line: string, { code, stdout, stderr }: Ran): void {
  const shown = stdout.replace(THEIRS, '').replace(/^\S*(?:epoch|\bid) .*$/gm, '');
  const isText = /^(?:metrics|completion|acl|audit export|dead-letter export)/.test(line);
  if (!isText)
    expect(shown, line).not.toMatch(/\bundefined\b|\bNaN\b|\[object |[{[]"|":|(?<!:)\b\d{13}\b/);
  expect(stderr, line).not.toMatch(/\n\s+at |There is no action|ECONN|undefined/);
  if (code === 0 || stdout !== '') return;
  expect(stderr, line).toMatch(/^drover: [^{`]/m);
}

/** The answer; undefined when it is none of one document. */
function expectForPrograms(line: string, { code, stdout, stderr, schema }: Did): unknown {
  if (stdout === '') {
    if (code !== 0)
      expect(JSON.parse(stderr), line).toMatchObject({
        error: { message: /./, code: /^[A-Z_]+$/ },
      });
    return undefined;
  }
  if (/^(?:metrics|completion|redis size)/.test(line)) return undefined;
  if (/ export/.test(line)) {
    for (const each of stdout.trim().split('\n')) expect(JSON.parse(each)).toBeTypeOf('object');
    return undefined;
  }
  const answer: unknown = JSON.parse(stdout);
  expect(schema!.safeParse(answer).error, line).toBeUndefined();
  return answer;
}

describe.each<[where: string, at: 1 | 2, env: () => Record<string, string>]>([
  ['on plain BullMQ', 1, () => ({ REDIS_URL: plain.url })],
  ['on Drover', 2, () => ({ REDIS_URL: own.url })],
])('%s', (_, at, env) => {
  beforeAll(async () => {
    for (const name of ['group', 'worker']) {
      const { stdout } = await run(`${name} list --plain`, env());
      NAMES[name] = stdout.split('\t')[0] || NAMES[name]!;
    }
  });

  it.concurrent.each(LOOKS)('drover %s', async (line, ...codes) => {
    const people = await run(line, env());
    const code = codes[at - 1] ?? 0;
    const allowed = code === EITHER ? [0, 1] : [code];
    expect(allowed, `${people.stdout}${people.stderr}`).toContain(people.code);
    expectForPeople(line, people);
    const programs = await run(`${line} --json`, env());
    expect(programs.code).toBe(people.code);
    expectForPrograms(line, programs);
  });

  it.each(CHANGES)('drover %s', async (line, ...codes) => {
    const ran = await run(`${line} --json`, env());
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(codes[at - 1] ?? 0);
    const answer = expectForPrograms(line, ran) as { id?: string } | undefined;
    if (line.startsWith('bulk start')) NAMES.bulk = answer!.id!;
    if (line.startsWith('token create')) NAMES.token = answer!.id!;
  });
});

/** What differs by nothing but its way. */
const SLOW = /dry-run|doctor|check|completion|acl/;

describe('through a server', () => {
  const env = (): Record<string, string> => ({ DROVER_SERVER: served.url });

  const lines = LOOKS.map(([line]) => line).filter((line) => !SLOW.test(line));
  it.concurrent.each(lines)('drover %s', async (line) => {
    const people = await run(line, env());
    expect([0, 1, 3], `${people.stdout}${people.stderr}`).toContain(people.code);
    expectForPeople(line, people);
    expectForPrograms(line, await run(`${line} --json`, env()));
  });

  // It looks for as long as two looks take.
  it.concurrent('drover doctor --fix --dry-run', async () => {
    const ran = await run('doctor --fix --dry-run --checks CFG03 --json', env());
    expect(expectForPrograms('doctor --fix', ran)).toBeInstanceOf(Array);
  });

  it('a process tells of itself what Redis does not know', async () => {
    expect((await run('health ready', env())).stdout).toMatch(/^status +ready$/m);
    expect((await run('metrics', env())).stdout).toMatch(/^drover_queue_jobs\{queue="mails"/m);
  });
});

it('the program as a process does the same', async () => {
  const env = { REDIS_URL: plain.url };
  const ran = await drover(['queue', 'list', '--json'], { env });
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout).rows.map(({ queue }: { queue: string }) => queue)).toContain(
    'mails',
  );
});

it('a wrong command line is told as JSON, too', async () => {
  const { code, stdout, stderr } = await drover(['queue', 'pauze', '--json']);
  expect([code, stdout]).toEqual([2, '']);
  const message = expect.stringContaining("unknown command 'pauze'");
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE', message } });
});

it('what is missing is named as it is typed', async () => {
  const { stderr } = await run('dead-letter replay mails --dry-run', { REDIS_URL: plain.url });
  expect(stderr).toMatch(/^drover: give one of --ids, --filter and --group/);
});

it('a server that is no Redis is told to be none', async () => {
  const server = createServer((_, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const line = `queue list --timeout 500ms -r redis://127.0.0.1:${port}`;
  const { code, stderr } = await run(line, {});
  server.close();
  expect([code, stderr]).toEqual([5, expect.stringContaining('is no Redis')]);
});

it('what nobody has measured is said in a sentence', async () => {
  const env = { REDIS_URL: plain.url };
  const metrics = await run('queue metrics mails', env);
  expect([metrics.stdout, metrics.stderr]).toEqual(['', expect.stringContaining('is known')]);
  const { stdout } = await run('queue backlog mails', env);
  expect(stdout).toMatch(/^source +absent$/m);
});
