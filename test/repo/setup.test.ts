/** The set-up scripts: their decisions, and the private Redis from start to stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matches } from '../../scripts/setup/dependencies.mjs';
import { dockerArgs } from '../../scripts/setup/docker-redis.mjs';
import { findRedis } from '../../scripts/setup/find-redis.mjs';
import {
  namedBy,
  planRedis,
  type RedisFacts,
  withoutRedis,
} from '../../scripts/setup/plan-redis.mjs';
import { startPrivateRedis } from '../../scripts/setup/private-redis.mjs';
import { identityOf, isRunning } from '../../scripts/setup/processes.mjs';
import { startApp } from '../support/child-app.ts';
import { redisBinary } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const bare: RedisFacts = {
  platform: 'linux',
  isRoot: false,
  hasSudoWithoutPassword: false,
  named: null,
  binary: null,
  packageManager: null,
  canInstall: true,
  docker: false,
};

describe('where a Redis comes from', () => {
  it.each<[string, Partial<RedisFacts>, ReturnType<typeof planRedis>]>([
    [
      'what the user names comes first',
      { named: 'REDIS_HOST', binary: '/bin/redis-server', docker: true },
      { kind: 'named', by: 'REDIS_HOST' },
    ],
    [
      'an installed server comes before an installation',
      { binary: '/bin/valkey-server', packageManager: 'apt-get', isRoot: true },
      { kind: 'binary', path: '/bin/valkey-server' },
    ],
    [
      'root on Debian installs',
      { packageManager: 'apt-get', isRoot: true, docker: true },
      { kind: 'apt', prefix: [] },
    ],
    [
      'so does sudo that asks for no password',
      { packageManager: 'apt-get', hasSudoWithoutPassword: true },
      { kind: 'apt', prefix: ['sudo', '-n'] },
    ],
    [
      'Homebrew installs without asking',
      { platform: 'darwin', packageManager: 'brew' },
      { kind: 'brew' },
    ],
    [
      'Docker is used where nothing can be installed',
      { packageManager: 'apt-get', docker: true },
      { kind: 'docker' },
    ],
    [
      'a failed installation is not tried again, and leads to the exact command',
      { packageManager: 'apt-get', isRoot: true, canInstall: false },
      { kind: 'ask', command: 'apt-get update && apt-get install -y redis-server' },
    ],
    [
      'else Debian users get the command with sudo',
      { packageManager: 'apt-get' },
      {
        kind: 'ask',
        command: 'sudo apt-get update && sudo apt-get install -y redis-server',
      },
    ],
    [
      'root gets it without sudo',
      { packageManager: 'apk', isRoot: true },
      { kind: 'ask', command: 'apk add redis' },
    ],
    [
      'a system that is not known gets words',
      {},
      {
        kind: 'ask',
        command: 'install redis-server or valkey-server so that it is on PATH, or start Docker',
      },
    ],
  ])('%s', (_name, facts, plan) => {
    expect(planRedis({ ...bare, ...facts })).toEqual(plan);
  });

  it('an empty variable names nothing', () => {
    expect(namedBy({ REDIS_URL: '', REDIS_HOST: '' })).toBe(null);
    expect(namedBy({ REDIS_HOST: 'db' })).toBe('REDIS_HOST');
    expect(namedBy({ REDIS_HOST: 'db', REDIS_URL: 'redis://db' })).toBe('REDIS_URL');
  });

  it('tests get a binary even when the user names a Redis', async () => {
    const env = { ...process.env, REDIS_URL: 'redis://db' };
    expect(await findRedis({ env })).toEqual({ kind: 'named', by: 'REDIS_URL' });
    expect((await findRedis({ env, onlyBinary: true })).kind).toBe('binary');
    expect(withoutRedis({ REDIS_URL: 'redis://db', REDIS_PORT: '1', HOME: '/' })).toEqual({
      HOME: '/',
    });
  });

  it('the container listens on loopback only and keeps its data in the clone', () => {
    const args = dockerArgs({ name: 'n', port: 20_001, dataDir: '/clone/data', user: '7:8' });
    expect(args.join(' ')).toBe(
      'run --rm --name n --user 7:8 -p 127.0.0.1:20001:6379 -v /clone/data:/data redis:7 ' +
        'redis-server --appendonly yes --appendfsync everysec --maxmemory-policy noeviction',
    );
  });
});

describe('whether the dependencies are current', () => {
  const wanted = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/only-elsewhere': { version: '1.0.0', integrity: 'y', optional: true },
    },
  };
  const a = { version: '1.0.0', integrity: 'x' };

  it('packages for other platforms may be missing, all others not', () => {
    expect(matches(wanted, { packages: { 'node_modules/a': a } })).toBe(true);
    expect(matches(wanted, { packages: {} })).toBe(false);
  });

  it('another version or content is stale', () => {
    expect(matches(wanted, { packages: { 'node_modules/a': { ...a, version: '1.0.1' } } })).toBe(
      false,
    );
    expect(matches(wanted, { packages: { 'node_modules/a': { ...a, integrity: 'z' } } })).toBe(
      false,
    );
  });
});

describe('the private Redis', () => {
  const binary = redisBinary();
  let parent: string;
  let dataDir: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'drover setup-')); // with a space: clones have them
    dataDir = join(parent, 'redis');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const ask = async <T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis(url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const ownerOf = (): { owner: string; server: string } =>
    JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8'));

  it('keeps its data from one run to the next, on loopback, and ends', async () => {
    const first = await startPrivateRedis({ binary, dataDir });
    const { server } = ownerOf();
    await ask(first.url, (redis) => redis.set('key', 'value'));
    const bind = await ask(first.url, (redis) => redis.config('GET', 'bind'));
    expect(Object.values(bind as object).flat()).toContain('127.0.0.1');
    await first.stop();
    await first.stop();
    expect(isRunning(server)).toBe(false);
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false);

    const second = await startPrivateRedis({ binary, dataDir });
    expect(await ask(second.url, (redis) => redis.get('key'))).toBe('value');
    await second.stop();
  });

  it('refuses a folder that a running process uses', async () => {
    const first = await startPrivateRedis({ binary, dataDir });
    await expect(startPrivateRedis({ binary, dataDir })).rejects.toThrow(
      `already in use by process ${process.pid}`,
    );
    expect(await ask(first.url, (redis) => redis.ping())).toBe('PONG');
    await first.stop();
  });

  it('ends a server that was left over, and goes on with its data', async () => {
    const first = await startPrivateRedis({ binary, dataDir });
    await ask(first.url, (redis) => redis.set('key', 'value'));
    const left = ownerOf();
    // As if its owner were gone: the same process id, but started at another moment.
    writeFileSync(
      join(dataDir, 'owner.json'),
      JSON.stringify({ ...left, owner: `${process.pid}@0` }),
    );
    const second = await startPrivateRedis({ binary, dataDir });
    expect(isRunning(left.server)).toBe(false);
    expect(await ask(second.url, (redis) => redis.get('key'))).toBe('value');
    await second.stop();
  });

  it('leaves a process alone that got the id of an old server', async () => {
    const bystander = spawn('sleep', ['60']);
    const first = await startPrivateRedis({ binary, dataDir });
    await first.stop();
    writeFileSync(
      join(dataDir, 'owner.json'),
      JSON.stringify({ owner: '1@0', server: `${bystander.pid}@0` }),
    );
    const second = await startPrivateRedis({ binary, dataDir });
    expect(identityOf(bystander.pid ?? 0)).not.toBe(null);
    await second.stop();
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  });

  it('ends by itself when its program is killed', async () => {
    const program = join(parent, 'program.mjs');
    const module = new URL('../../scripts/setup/private-redis.mjs', import.meta.url).href;
    writeFileSync(
      program,
      `import { startPrivateRedis } from '${module}';
       const [binary, dataDir] = process.argv.slice(2);
       console.log((await startPrivateRedis({ binary, dataDir })).url);`,
    );
    await using app = startApp(program, { args: [binary, dataDir] });
    await app.line(/^redis:/);
    const { server } = ownerOf();
    app.kill('SIGKILL');
    await until(() => !isRunning(server), { what: 'the private Redis has ended' });
  });

  it('says why it did not start', async () => {
    await expect(startPrivateRedis({ binary: '/nowhere/redis-server', dataDir })).rejects.toThrow(
      /did not start.*ENOENT/s,
    );
    expect(existsSync(join(dataDir, 'owner.json'))).toBe(false);
  });
});
