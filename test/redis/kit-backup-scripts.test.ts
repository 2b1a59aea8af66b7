/**
 * The backup scripts of the kit, run as they are by the shells they are for, against real servers: they make what the
 * program reads, bring it back whole, and whatever goes wrong leaves the last good backup as it was.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Job, Queue, Worker } from 'bullmq';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { backupsToDelete } from '../../src/backup/keep/rotation.ts';
import { makeBackup } from '../../src/backup/make/make-backup.ts';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import { readManifest, readPlain } from '../../src/backup/read-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { verifyBackup } from '../../src/backup/verify-backup.ts';
import { resolveAddress } from '../../src/config/redis-address.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';

const scripts = fileURLToPath(new URL('../../kit/backup/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'drover-kit-backup-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A shell, and the folder with the tools that belong to it; null: those of this machine. */
interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  readonly path: string;
}

const dash: Shell = { name: 'sh', command: ['sh'], path: process.env.PATH! };
const shells: readonly Shell[] = [dash, ...busybox()];

/** The shell and the tools of an Alpine image, as far as Debian's build of them goes. */
function busybox(): Shell[] {
  const { stdout, status } = spawnSync('busybox', ['--list'], { encoding: 'utf8' });
  if (status !== 0) {
    console.warn('skipped: busybox is not installed (apt-get install busybox)');
    return [];
  }
  const folder = join(scratch, 'busybox');
  mkdirSync(folder);
  const own = stdout.split('\n').filter((name) => /^\w+$/.test(name));
  for (const name of own) symlinkSync(whereIs('busybox'), join(folder, name));
  const foreign = ['redis-server', 'redis-cli', 'redis-check-rdb', 'age', 'flock'];
  for (const name of foreign)
    if (!own.includes(name) && whereIs(name) !== '') symlinkSync(whereIs(name), join(folder, name));
  return [{ name: 'busybox', command: [join(folder, 'sh')], path: folder }];
}

function whereIs(program: string): string {
  return spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
}

const hasAge = whereIs('age') !== '';
if (!hasAge) console.warn('skipped: age is not installed (apt-get install age)');

/** How a script ended. */
interface Ended {
  readonly code: number | null;
  readonly words: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly words: () => string;
  readonly ended: Promise<Ended>;
}

type Environment = Readonly<Record<string, string>>;

function start(script: string, args: readonly string[], env: Environment, shell = dash): Running {
  const [program, ...before] = shell.command;
  const child = spawn(program!, [...before, join(scripts, script), ...args], {
    env: { PATH: shell.path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const ended = once(child, 'close').then(([code]) => ({ code, words: said }));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, words: () => said, ended };
}

function run(
  script: string,
  args: readonly string[],
  env: Environment,
  shell = dash,
): Promise<Ended> {
  return start(script, args, env, shell).ended;
}

async function well(ending: Promise<Ended>): Promise<string> {
  const { code, words } = await ending;
  expect([code, words]).toEqual([0, words]);
  return words;
}

function folder(): string {
  return mkdtempSync(join(scratch, 'folder-'));
}

async function serve(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** What the scripts are told of a server and a folder. */
function told(server: { readonly port: number }, to: string, more: Environment = {}): Environment {
  return { REDIS_PORT: String(server.port), BACKUP_DIR: to, ...more };
}

function namesIn(to: string): string[] {
  return readdirSync(to)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

function manifestOf(to: string, name: string): BackupManifest {
  return JSON.parse(readFileSync(join(to, `${name}.json`), 'utf8'));
}

/** Nothing but whole backups. */
function isClean(to: string): boolean {
  return readdirSync(to).every((name) =>
    /^[a-z]+-\d{8}T\d{6}Z\.(?:json|rdb\.gz|rdb\.gz\.age)$/.test(name),
  );
}

const ODD = 'say "hi" \\ there';
const queueOf = (server: RedisServer, name: string, prefix = 'bull'): Queue => {
  const queue = new Queue(name, { prefix, connection: { host: server.host, port: server.port } });
  queue.on('error', () => {});
  onTestFinished(() => queue.close().catch(() => {}));
  return queue;
};

/** Three queues with jobs in many states, one of them active in a worker that will never come back. */
async function fill(server: RedisServer): Promise<void> {
  const queues = [queueOf(server, 'mail'), queueOf(server, ODD), queueOf(server, 'photos', 'shop')];
  for (const queue of queues) {
    await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'job', data: { i } })));
    await queue.add('later', {}, { delay: 3_600_000 });
    await queue.add('first', {}, { priority: 3 });
    await queue.add('overdue', {}, { delay: 1 });
  }
  const worker = new Worker('mail', null, {
    connection: { host: server.host, port: server.port },
    lockDuration: 500,
  });
  worker.on('error', () => {});
  onTestFinished(() => worker.close().catch(() => {}));
  expect(await worker.getNextJob('a worker that is gone')).toMatchObject({ name: 'job' });
}

async function countsOf(server: RedisServer): Promise<unknown[]> {
  const queues = [queueOf(server, 'mail'), queueOf(server, ODD), queueOf(server, 'photos', 'shop')];
  return Promise.all(queues.map((queue) => queue.getJobCounts()));
}

/** Restores into the folder of a server that is down, and starts it there. */
async function bringBack(server: RedisServer, env: Environment, shell = dash): Promise<string> {
  await server.shutdown();
  const words = await well(run('restore.sh', ['latest', server.dir, '--force'], env, shell));
  await server.restart();
  return words;
}

describe.each(shells)('run by $name', (shell) => {
  test('a backup is made, verified and brought back whole, paused, and all its jobs run', async () => {
    const server = await serve();
    await fill(server);
    const to = folder();
    const env = told(server, to);
    const made = await well(run('backup.sh', [], env, shell));
    const [name] = namesIn(to);
    expect(made).toContain(`made ${name}`);
    expect(isClean(to)).toBe(true);
    for (const file of readdirSync(to)) expect(statSync(join(to, file)).mode & 0o777).toBe(0o600);
    const before = await countsOf(server);
    const ids = await createClient(server).get('bull:mail:id');

    expect(await well(run('verify.sh', ['latest'], env, shell))).toContain(`${name} is usable`);
    expect(manifestOf(to, name!).verifiedAt).toBeGreaterThan(manifestOf(to, name!).madeAt - 1);
    expect(await well(run('drill.sh', [], env, shell))).toMatch(
      /server started +in \d+ s, 69 jobs/,
    );
    expect(isClean(to)).toBe(true);

    await createClient(server).flushall();
    const words = await bringBack(server, env, shell);
    expect(words).toMatch(
      /3 queues are paused[\s\S]*1 jobs were active[\s\S]*2 delayed jobs are overdue/,
    );
    expect(await countsOf(server)).toEqual(before);
    const raised = Number(await createClient(server).get('bull:mail:id')) - Number(ids);
    expect(raised).toBeGreaterThanOrEqual(1_000_000);
    const mail = queueOf(server, 'mail');
    expect(await mail.isPaused()).toBe(true);
    await mail.resume();
    const names: string[] = [];
    const worker = new Worker('mail', async (job: Job) => void names.push(job.name), {
      connection: { host: server.host, port: server.port },
      ...{ stalledInterval: 200, concurrency: 5 },
    });
    onTestFinished(() => worker.close().catch(() => {}));
    // Twenty jobs, of which one was active, the prioritised and the overdue one; not the one for later.
    await until(() => names.length === 22, { what: 'all jobs that may run have run' });
  });

  test('the same backups go as by the program', async () => {
    const random = createSeededRandom(8);
    const now = Date.UTC(2026, 10, 27, 7);
    const lists = Array.from({ length: 6 }, (_, list) => {
      const times = new Set<number>();
      for (let i = 0; i < 60; i += 1)
        times.add(now + 3_600_000 - Math.floor(random() * (list + 1) * 90 * 86_400) * 1_000);
      return [...times].sort((a, b) => a - b).map((madeAt) => dated(madeAt, random() < 0.2));
    });
    for (const list of lists) {
      const keep = { recent: 3, daily: 4, weekly: 5, monthly: 6 };
      const expected = backupsToDelete(list, 'queue', keep, now);
      expect(expected.length).toBeGreaterThan(5);
      const [program, ...before] = shell.command;
      const { stdout } = spawnSync(
        program!,
        [...before, '-c', `. ./backup-files.sh; . ./rotation.sh; rotate ${stampOf(now)}`],
        {
          cwd: scripts,
          env: { ...process.env, PATH: shell.path, ...keepEnvironment(keep) },
          input: list.map(({ name, verifiedAt }) => `${name} ${verifiedAt ? 1 : 0}\n`).join(''),
          encoding: 'utf8',
        },
      );
      expect(stdout.trim().split('\n').sort()).toEqual([...expected].sort());
    }
  });

  test('killed in the middle it leaves the last good backup, and the next one clears up', async () => {
    const server = await serve();
    await fill(server);
    const to = folder();
    const env = told(server, to);
    await well(run('backup.sh', [], env, shell));
    const good = namesIn(to);
    await createClient(server).config('SET', 'repl-diskless-sync-delay', '2');
    const killed = start('backup.sh', [], env, shell);
    await until(() => readdirSync(to).some((name) => name.startsWith('.making-')));
    await until(async () => (await createClient(server).info('replication')).includes('slave0'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(namesIn(to)).toEqual(good);
    expect(isClean(to)).toBe(false);
    await createClient(server).config('SET', 'repl-diskless-sync-delay', '0');
    // What it had started goes on for a moment, and keeps others out as long.
    await until(async () => (await run('backup.sh', [], env, shell)).code === 0, {
      timeoutMs: 15_000,
    });
    expect(namesIn(to)).toHaveLength(2);
    expect(isClean(to)).toBe(true);
    await well(run('verify.sh', [good[0]!], env, shell));
  });

  test('asked to end it ends at once, with what it started', async () => {
    const server = await serve({ config: { 'repl-diskless-sync-delay': '60' } });
    const to = folder();
    const running = start('backup.sh', [], told(server, to), shell);
    const replication = (): Promise<string> => createClient(server).info('replication');
    await until(async () => (await replication()).includes('slave0'));
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    await until(async () => !(await replication()).includes('slave0'));
    expect(readdirSync(to)).toEqual([]);
  });

  test('every so often: goes on after a round that failed, and ends at once when asked', async () => {
    const server = await serve();
    const to = folder();
    const running = start('backup.sh', ['--every', '1'], told(server, to), shell);
    await until(() => namesIn(to).length === 1);
    await server.shutdown();
    await until(() => running.words().includes('no backup this time (exit code 5)'));
    const then = namesIn(to).length;
    await server.restart();
    await until(() => namesIn(to).length > then);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});

/** As the time in names. */
function stampOf(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

function dated(madeAt: number, isVerified: boolean) {
  return {
    name: `queue-${stampOf(madeAt)}`,
    label: 'queue',
    madeAt,
    verifiedAt: isVerified ? madeAt : null,
  };
}

function keepEnvironment(keep: Readonly<Record<string, number>>): Environment {
  return Object.fromEntries(
    Object.entries(keep).map(([name, count]) => [`KEEP_${name.toUpperCase()}`, String(count)]),
  );
}

test.skipIf(!hasAge)(
  'an encrypted backup comes back with its identity and with no other',
  async () => {
    const server = await serve();
    await fill(server);
    const to = folder();
    const [identity, other] = [join(to, '../identity'), join(to, '../other')].map((path) => {
      rmSync(path, { force: true });
      spawnSync('age-keygen', ['-o', path]);
      return path;
    });
    const recipients = [identity, other].map(
      (path) => /age1\w+/.exec(readFileSync(path!, 'utf8'))![0],
    );
    await well(run('backup.sh', [], told(server, to, { AGE_RECIPIENT: recipients[0]! })));
    const [name] = namesIn(to);
    expect(manifestOf(to, name!)).toMatchObject({
      encryption: 'age',
      stored: { file: `${name}.rdb.gz.age` },
    });
    expect(isClean(to)).toBe(true);
    const env = told(server, to);
    expect(await run('verify.sh', ['latest'], env)).toMatchObject({
      code: 2,
      words: expect.stringContaining('set AGE_IDENTITY'),
    });
    expect(await run('verify.sh', ['latest'], { ...env, AGE_IDENTITY: other! })).toMatchObject({
      code: 4,
      words: expect.stringContaining('cannot be decrypted'),
    });
    expect(manifestOf(to, name!).verifiedAt).toBe(null);
    await well(run('drill.sh', [], { ...env, AGE_IDENTITY: identity! }));
    // To both of them.
    const both = { AGE_RECIPIENT: recipients.join(' ') };
    await well(run('backup.sh', [], told(server, to, both)));
    await well(run('verify.sh', ['latest'], { ...env, AGE_IDENTITY: other! }));
  },
);

test('the program reads what they write, and they verify what it writes', async () => {
  const server = await serve();
  await fill(server);
  const to = folder();
  const env = told(server, to);
  await well(run('backup.sh', [], env));
  const store = folderStore(to);
  const manifest = await readManifest(store, namesIn(to)[0]!);
  const counts = { waiting: 20, active: 0, delayed: 2, prioritized: 1, completed: 0 };
  expect(manifest.counted.queues[ODD]).toMatchObject({ least: counts, most: counts });
  expect(manifest.counted.queues['shop:photos']).toMatchObject({ least: counts, most: counts });
  expect(manifest.counted.queues.mail!.least).toMatchObject({ waiting: 20, active: 1 });
  let bytes = 0;
  for await (const chunk of readPlain(store, manifest)) bytes += chunk.length;
  expect(bytes).toBe(manifest.plain.bytes);
  expect(await verifyBackup({ store, name: manifest.name })).toMatchObject({ problems: [] });

  const theirs = await makeBackup({
    address: resolveAddress(server.url, undefined)!,
    store,
    label: 'program',
  });
  expect(await well(run('verify.sh', [theirs.name], env))).toContain('is usable: ');
  expect((await readManifest(store, theirs.name)).verifiedAt).not.toBe(null);
});

test('the user of the kit is enough, and its password is in no argument and in no word', async () => {
  const password = 'backup-secret-1234567890';
  const acl = readFileSync(join(scripts, '../config/users-queue.acl'), 'utf8');
  const line = acl.split('\n').find((each) => each.startsWith('user drover-backup '))!;
  const server = await serve({ aclLines: [line.replace(/#\{\w+\}/, `>${password}`)] });
  const admin = createClient({ url: server.adminUrl });
  await admin.hset('bull:mail:meta', 'opts.maxLenEvents', '10000');
  await admin.rpush('bull:mail:wait', '1', '2');
  const to = folder();
  const file = join(to, '..', 'password');
  writeFileSync(file, `${password}\n`);
  chmodSync(file, 0o600);
  await admin.config('SET', 'repl-diskless-sync-delay', '1');
  const running = start('backup.sh', [], told(server, to, { REDIS_PASSWORD_FILE: file }));
  const commandLines = await until(() => {
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    return stdout.includes(`--rdb ${to}`) && stdout;
  });
  expect(commandLines).not.toContain(password);
  const words = await well(running.ended);
  expect(words).not.toContain(password);
  expect(manifestOf(to, namesIn(to)[0]!).counted.queues.mail!.most.waiting).toBe(2);

  writeFileSync(file, 'another-secret-1234567890');
  const refused = await run('backup.sh', [], told(server, to, { REDIS_PASSWORD_FILE: file }));
  expect(refused).toMatchObject({
    code: 4,
    words: expect.stringMatching(/refuses user or password \(drover-backup\)/),
  });
  expect(refused.words).not.toContain('another-secret');
  await admin.call('ACL', 'SETUSER', 'drover-backup', '-llen');
  writeFileSync(file, password);
  expect(await run('backup.sh', [], told(server, to, { REDIS_PASSWORD_FILE: file }))).toMatchObject(
    {
      code: 4,
      words: expect.stringMatching(/NOPERM.*llen[\s\S]*needs \+hget \+llen/),
    },
  );
  expect(namesIn(to)).toHaveLength(1);
});

test('a server that evicts is refused, and one that is not there is told as that', async () => {
  const cache = await serve({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  const to = folder();
  expect(await run('backup.sh', [], told(cache, to))).toMatchObject({
    code: 1,
    words: expect.stringMatching(/evicts keys \(allkeys-lru\): a cache needs no backup/),
  });
  await cache.kill();
  expect(await run('backup.sh', [], told(cache, to))).toMatchObject({
    code: 5,
    words: expect.stringMatching(/does not answer \(.*refused/i),
  });
  expect(readdirSync(to)).toEqual([]);
});

test('two at once: the second one gives way', async () => {
  const server = await serve({ config: { 'repl-diskless-sync-delay': '1' } });
  const to = folder();
  const first = start('backup.sh', [], told(server, to));
  await until(() => first.words().includes('backing up'));
  expect(await run('backup.sh', [], told(server, to))).toMatchObject({
    code: 1,
    words: expect.stringContaining('another backup is being made'),
  });
  await well(first.ended);
  expect(namesIn(to)).toHaveLength(1);
});

test('all jobs that were accepted before are in a backup that is made under load', async () => {
  const server = await serve();
  const queue = queueOf(server, 'busy');
  const connection = { host: server.host, port: server.port };
  const worker = new Worker('busy', async () => {}, { connection, concurrency: 20 });
  onTestFinished(() => worker.close().catch(() => {}));
  let added = 0;
  let isAdding = true;
  const adding = Array.from({ length: 20 }, async () => {
    for (; isAdding; added += 1) await queue.add('job', {}, { delay: added % 4 ? 0 : 3_600_000 });
  });
  await until(() => added > 500);
  const to = folder();
  const before = added;
  await well(run('backup.sh', [], told(server, to)));
  isAdding = false;
  await Promise.all(adding);
  expect(added).toBeGreaterThan(before);
  await well(run('verify.sh', ['latest'], told(server, to)));
  const byProgram = await verifyBackup({ store: folderStore(to), name: namesIn(to)[0]! });
  expect(byProgram.problems).toEqual([]);
  await worker.close();
  await bringBack(server, told(server, to));
  const missing: string[] = [];
  const ids = Array.from({ length: before }, (_, i) => String(i + 1));
  const found = await createClient(server)
    .pipeline(ids.map((id) => ['exists', `bull:busy:${id}`]))
    .exec();
  for (const [i, reply] of found!.entries()) if (reply[1] !== 1) missing.push(ids[i]!);
  expect(missing).toEqual([]);
});

/** A disk of its own; undefined where this user may not mount one. */
function smallDisk(size: string): string | undefined {
  const at = folder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at]).status !== 0)
    return undefined;
  onTestFinished(() => void spawnSync('umount', ['-l', at]));
  return at;
}

test('a disk that fills up costs the new backup, never the last good one', async (context) => {
  const to = smallDisk('5m');
  if (to === undefined) {
    console.warn('skipped: mounting a small disk takes root');
    return context.skip();
  }
  const server = await serve();
  await fill(server);
  const env = told(server, to, { SCRATCH_DIR: folder() });
  await well(run('backup.sh', [], env));
  const admin = createClient(server);
  const random = createSeededRandom(5);
  const noise = Buffer.from(Array.from({ length: 1_000_000 }, () => Math.floor(random() * 256)));
  for (let i = 0; i < 8; i += 1) await admin.set(`noise:${i}`, noise);
  const full = await run('backup.sh', [], env);
  expect(full).toMatchObject({
    code: 1,
    words: expect.stringMatching(/no snapshot from|cannot be written/),
  });
  expect(isClean(to)).toBe(true);
  expect(namesIn(to)).toHaveLength(1);
  await well(run('verify.sh', ['latest'], env));
  // Without an older one to go by, what Redis has in memory tells that it cannot fit.
  for (const file of readdirSync(to)) rmSync(join(to, file));
  expect(await run('backup.sh', [], env)).toMatchObject({
    code: 1,
    words: expect.stringMatching(/a backup needs about \d+ bytes in .* are free: make room/),
  });
});

test('a backup that was cut off, changed or mixed up is refused, and the data folder stays as it was', async () => {
  const server = await serve();
  await fill(server);
  const to = folder();
  const env = told(server, to);
  await well(run('backup.sh', [], env));
  const [name] = namesIn(to);
  const [packed, manifest] = [join(to, `${name}.rdb.gz`), join(to, `${name}.json`)];
  const whole = readFileSync(packed);
  const text = readFileSync(manifest, 'utf8');
  const target = folder();
  const refused = async (why: RegExp): Promise<void> => {
    for (const args of [['verify.sh', name!], ['restore.sh', name!, target], ['drill.sh']]) {
      const { code, words } = await run(args[0]!, args.slice(1), env);
      expect([code, words]).toEqual([1, expect.stringMatching(why)]);
    }
    expect(readdirSync(target)).toEqual([]);
    writeFileSync(packed, whole);
    writeFileSync(manifest, text);
  };
  truncateSync(packed, whole.length - 100);
  await refused(/has \d+ bytes instead of \d+/);
  const changed = Buffer.from(whole);
  changed[whole.length >> 1]! ^= 1;
  writeFileSync(packed, changed);
  await refused(/the SHA-256 of .* is another one/);
  rmSync(packed);
  await refused(/is missing/);
  writeFileSync(manifest, text.slice(0, -30));
  await refused(/is no JSON/);
  writeFileSync(manifest, text.replace('"version": 1', '"version": 2'));
  await refused(/not of version 1/);
  writeFileSync(manifest, text.replace(`${name}.rdb.gz`, '../../etc/passwd'));
  await refused(/names the file/);
  writeFileSync(manifest, text.replaceAll('"waiting": 20', '"waiting": 21'));
  await refused(/photos: 20 waiting instead of 21[\s\S]*is damaged/);
  await well(run('verify.sh', [name!], env));
  expect(await run('verify.sh', ['queue-20200101T000000Z'], env)).toMatchObject({ code: 3 });
});

test('a snapshot with nothing in it is not taken for one with all jobs', async () => {
  const server = await serve();
  await fill(server);
  const to = folder();
  const env = told(server, to);
  await well(run('backup.sh', [], env));
  const [full] = namesIn(to);
  await createClient(server).flushall();
  await well(run('backup.sh', [], env));
  const empty = namesIn(to)[1]!;
  await well(run('verify.sh', [empty], env));
  // The counts of the one with the data of the other.
  const { counted } = manifestOf(to, full!);
  writeFileSync(join(to, `${empty}.json`), JSON.stringify({ ...manifestOf(to, empty), counted }));
  for (const args of [['verify.sh'], ['restore.sh'], ['drill.sh']]) {
    const more = args[0] === 'restore.sh' ? [folder()] : [];
    expect(await run(args[0]!, [empty, ...more], env)).toMatchObject({
      code: 1,
      words: expect.stringMatching(/queue mail: 0 waiting instead of 20/),
    });
  }
});

test('a running server and data that is there are refused; by force the data is set aside', async () => {
  const server = await serve();
  await fill(server);
  const to = folder();
  const env = told(server, to);
  await well(run('backup.sh', [], env));
  for (const force of [[], ['--force']])
    expect(await run('restore.sh', ['latest', server.dir, ...force], env)).toMatchObject({
      code: 1,
      words: expect.stringMatching(/a server runs on .*stop it first\. Nothing was changed/),
    });
  await createClient(server).set('came:later', 'x');
  await server.shutdown();
  const was = readdirSync(join(server.dir, 'appendonlydir'));
  expect(await run('restore.sh', ['latest', server.dir], env)).toMatchObject({
    code: 1,
    words: expect.stringMatching(/holds data .*--force to set it aside\. Nothing was changed/),
  });
  expect(readdirSync(join(server.dir, 'appendonlydir'))).toEqual(was);
  await well(run('restore.sh', ['latest', server.dir, '--force'], env));
  const aside = readdirSync(server.dir).find((each) => each.startsWith('before-restore-'))!;
  await server.restart();
  expect(await createClient(server).exists('came:later')).toBe(0);
  expect(await createClient(server).exists('bull:mail:meta')).toBe(1);
  // What was set aside is data that a server loads.
  await server.shutdown();
  rmSync(join(server.dir, 'appendonlydir'), { recursive: true });
  mkdirSync(join(server.dir, 'appendonlydir'));
  for (const file of readdirSync(join(server.dir, aside, 'appendonlydir')))
    copyFileSync(
      join(server.dir, aside, 'appendonlydir', file),
      join(server.dir, 'appendonlydir', file),
    );
  await server.restart();
  expect(await createClient(server).exists('came:later')).toBe(1);
});

test('a restore that is killed before it is done has changed nothing, and the next one is', async () => {
  const server = await serve();
  await fill(server);
  const to = folder();
  const env = told(server, to);
  await well(run('backup.sh', [], env));
  const target = folder();
  const killed = start('restore.sh', ['latest', target], env);
  await until(() => readdirSync(target).length > 0, { intervalMs: 1 });
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(existsSync(join(target, 'appendonlydir', 'appendonly.aof.manifest'))).toBe(false);
  // Its scratch server, if it had one, ends with its time.
  const again = { ...env, SCRATCH_TIMEOUT: '20' };
  await until(async () => (await run('restore.sh', ['latest', target], again)).code === 0);
  expect(readdirSync(target)).toEqual(['appendonlydir']);
});
