/**
 * `kit/setup`: the real script in a copy of the kit. What it makes and for whom, what it refuses, what it finds
 * wrong, and what is left when it is killed, when two run at once, or when the disk is full.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { Kit } from './kits.ts';

const PASSWORDS = 13;
const SECRETS = [
  'cache-health-password',
  'cache-users.acl',
  'queue-backup-password',
  'queue-health-password',
  'queue-users.acl',
];
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const uid = (): number => process.getuid!() || 999;
const leftovers = (kit: Kit): string[] => [
  ...readdirSync(kit.dir).filter((name) => name.includes('making')),
  ...(existsSync(kit.path('secrets'))
    ? readdirSync(kit.path('secrets')).filter((name) => name.startsWith('.'))
    : []),
];

/** Made once; tests that change something take a copy. */
let made: Kit;
let words: string;
const kits: Kit[] = [];
const keep = (kit: Kit): Kit => {
  kits.push(kit);
  return kit;
};

beforeAll(async () => {
  made = keep(new Kit());
  const { code, out, err } = await made.run('setup', '--memory', '8g');
  words = out + err;
  expect(code, words).toBe(0);
});
afterAll(async () => {
  for (const kit of kits) await kit.remove();
});

describe('setup makes', () => {
  it('a .env that only its owner reads, with every name of the example and its comments', () => {
    expect(mode(made.path('.env'))).toBe('600');
    const names = (text: string) => text.match(/^[A-Z_]+(?==)/gm);
    expect(names(made.read('.env'))).toEqual(names(made.read('.env.example')));
    expect(made.read('.env').replace(/^([A-Z_]+=).*$/gm, '$1')).toBe(made.read('.env.example'));
    expect(Object.values(made.env()).filter((value) => !value)).toEqual([]);
    expect(made.read('.env.example')).not.toMatch(/[0-9a-f]{16}/);
  });

  it('distinct passwords of 64 hex digits, and prints none of them', () => {
    const passwords = Object.entries(made.env())
      .filter(([name]) => name.endsWith('_PASSWORD'))
      .map(([, value]) => value);
    expect(passwords).toHaveLength(PASSWORDS);
    expect(passwords.filter((password) => !/^[0-9a-f]{64}$/.test(password))).toEqual([]);
    expect(new Set(passwords).size).toBe(PASSWORDS);
    expect(words).not.toMatch(/[0-9a-f]{16}/);
  });

  it('whole connection strings', () => {
    const env = made.env();
    expect(env.REDIS_QUEUE_URL).toBe(
      `redis://drover-app:${env.REDIS_QUEUE_PASSWORD}@127.0.0.1:6380`,
    );
    expect(env.REDIS_CACHE_URL).toBe(
      `redis://drover-app:${env.REDIS_CACHE_PASSWORD}@127.0.0.1:6379`,
    );
  });

  it('closed folders and files that belong to whom the instances run as', () => {
    for (const folder of ['secrets', 'data', 'data/queue', 'backups']) {
      expect([folder, mode(made.path(folder))]).toEqual([folder, '700']);
      expect([folder, statSync(made.path(folder)).uid]).toEqual([folder, uid()]);
    }
    expect(readdirSync(made.path('secrets')).sort()).toEqual(SECRETS);
    for (const name of SECRETS) {
      const path = made.path('secrets', name);
      expect([name, mode(path), statSync(path).uid]).toEqual([name, '600', uid()]);
    }
    expect([made.env().KIT_UID, leftovers(made)]).toEqual([String(uid()), []]);
  });

  it('users with the sums of their passwords, and no password', () => {
    const env = made.env();
    for (const instance of ['queue', 'cache']) {
      const template = made.read('config', `users-${instance}.acl`);
      const expected = template.replace(
        /#\{(\w+)\}/g,
        (_, name: string) => `#${createHash('sha256').update(env[name]!).digest('hex')}`,
      );
      expect(made.read('secrets', `${instance}-users.acl`)).toBe(expected);
      expect(expected).toMatch(/^user drover-app on #[0-9a-f]{64} /m);
    }
    for (const name of ['QUEUE_HEALTH', 'CACHE_HEALTH', 'QUEUE_BACKUP']) {
      const file = `${name.toLowerCase().replace('_', '-')}-password`;
      expect(made.read('secrets', file)).toBe(`${env[`REDIS_${name}_PASSWORD`]}\n`);
    }
  });

  it('nothing that git would take up, also where the package came without a .gitignore', async () => {
    const kit = keep(new Kit());
    rmSync(kit.path('.gitignore'));
    expect((await kit.run('setup', '--tls')).code).toBe(0);
    expect(kit.read('.gitignore')).toBe(made.read('.gitignore'));
    appendFileSync(kit.path('data/queue/dump.rdb'), 'x');
    appendFileSync(kit.path('backups/queue-1.json'), 'x');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: kit.dir, encoding: 'utf8' });
    git('init', '-q');
    git('add', '.');
    const added = git('ls-files').split('\n');
    expect(added.filter((path) => /^(?:\.env$|secrets|data|backups|tls)/.test(path))).toEqual([]);
    expect(added).toEqual(expect.arrayContaining(['setup', 'run', '.env.example', '.gitignore']));
  });
});

describe('the memory of an instance', () => {
  it.each([
    ['1g', '128mb', '256mb'],
    ['2g', '256mb', '512mb'],
    ['1900m', '256mb', '512mb'],
    ['4 GB', '512mb', '1gb'],
    ['8g', '1gb', '2gb'],
    ['7700m', '1gb', '2gb'],
    ['16g', '2gb', '4gb'],
    ['24g', '3gb', '6gb'],
    ['128g', '4gb', '8gb'],
  ])('on a machine with %s is %s, and its limit %s', (size, maxmemory, limit) => {
    const text = `. shell/memory.sh; step=$(maxmemory_for "$(parse_mb '${size}')"); echo "$(format_mb $step) $(format_mb $((step * 2)))"`;
    const { stdout } = spawnSync('bash', ['-c', text], { cwd: made.dir, encoding: 'utf8' });
    expect(stdout.trim()).toBe(`${maxmemory} ${limit}`);
  });

  it('is what the table of README.md says', () => {
    const rows = made
      .read('README.md')
      .matchAll(/^\| (\d+) GB.* \| (\d+[mg]b) \| (\d+[mg]b) \|$/gm);
    const sizes = [...rows].map(([, size, maxmemory, limit]) => {
      const text = `. shell/memory.sh; step=$(maxmemory_for ${Number(size) * 1024}); echo "$(format_mb $step) $(format_mb $((step * 2)))"`;
      const { stdout } = spawnSync('bash', ['-c', text], { cwd: made.dir, encoding: 'utf8' });
      return [size, `${maxmemory} ${limit}`, stdout.trim()];
    });
    expect(sizes).toHaveLength(7);
    for (const [size, said, done] of sizes) expect([size, said]).toEqual([size, done]);
  });

  it('stands in .env, twice of it as the limit', () => {
    const { REDIS_QUEUE_MAXMEMORY, REDIS_QUEUE_MEMORY_LIMIT, REDIS_CACHE_MAXMEMORY } = made.env();
    expect([REDIS_QUEUE_MAXMEMORY, REDIS_QUEUE_MEMORY_LIMIT, REDIS_CACHE_MAXMEMORY]).toEqual([
      '1gb',
      '2gb',
      '1gb',
    ]);
  });

  it('comes from the cgroup where that allows less than the machine has', () => {
    const root = made.path('root');
    const put = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const megabytes = (): string =>
      execFileSync(
        'bash',
        ['-c', `set -eu; . shell/say.sh; . shell/memory.sh; machine_mb "${root}"`],
        {
          cwd: made.dir,
          encoding: 'utf8',
        },
      );
    put('proc/meminfo', 'MemTotal:       16384000 kB\nMemFree: 1 kB\n');
    expect(megabytes()).toBe('16000');
    put('proc/self/cgroup', '0::/system.slice/kit.service\n');
    put('sys/fs/cgroup/system.slice/kit.service/memory.max', 'max\n');
    expect(megabytes()).toBe('16000');
    put('sys/fs/cgroup/system.slice/memory.max', `${4 * 1024 ** 3}\n`);
    expect(megabytes()).toBe('4096');
    put('sys/fs/cgroup/memory/memory.limit_in_bytes', `${2 * 1024 ** 3}\n`);
    expect(megabytes()).toBe('2048');
    rmSync(root, { recursive: true });
  });
});

describe('setup refuses', () => {
  it('to overwrite .env, and says what to do', async () => {
    const before = made.read('.env');
    const { code, err } = await made.run('setup');
    expect([code, made.read('.env'), leftovers(made)]).toEqual([1, before, []]);
    expect(err).toMatch(/\.env is there, and is left as it is\n.*--check.*--acl/);
  });

  it.each([
    [['--memory', '512m'], 1, /512 MB of memory are too little/],
    [['--memory', 'much'], 2, /--memory much is no size/],
    [['--memory'], 2, /--memory needs a value/],
    [['--host', 'a.example'], 2, /add --tls/],
    [['--tls', '--host', 'a,DNS:b'], 2, /no name of a host/],
    [['--acl', '--check'], 2, /one at a time/],
    [['--force'], 2, /what is --force/],
    [['--acl'], 1, /there is no \.env\n {2}Run \.\/setup/],
    [['--check'], 1, /there is no \.env\n {4}Run \.\/setup/],
  ])('%j with %i, and makes nothing', async (args, code, message) => {
    const kit = keep(new Kit());
    const ended = await kit.run('setup', ...args);
    expect(ended.err).toMatch(message);
    expect([ended.code, existsSync(kit.path('.env')), leftovers(kit)]).toEqual([code, false, []]);
  });

  it('to leave half a .env when the disk is full', async () => {
    const kit = keep(new Kit());
    // Files may grow to 1 KB; what is written beyond fails as on a full disk.
    const text = `trap '' XFSZ; ulimit -f 1; exec ./setup`;
    const { code, err } = await kit.startIn({}, 'bash', '-c', `cd '${kit.dir}'; ${text}`).ended;
    expect(err).toMatch(/\.env could not be written\n {2}Is the disk full/);
    expect([code, existsSync(kit.path('.env')), leftovers(kit)]).toEqual([1, false, []]);
  });
});

describe('a setup that is killed', () => {
  const there = (kit: Kit, pattern: RegExp): boolean =>
    [...readdirSync(kit.dir), ...listed(kit.path('secrets')), ...listed(kit.path('data'))].some(
      (name) => pattern.test(name),
    );
  const listed = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

  it.each([
    ['when it has just begun', /^setup$/],
    ['while .env is made', /^\.env\.making/],
    ['when .env is there', /^\.env$/],
    ['when the folders are made', /^queue$/],
    ['when the first file of users is made', /^\.queue-users/],
    ['when the first file of users is there', /^queue-users\.acl$/],
    ['when the last but one is there', /^cache-health-password$/],
  ])('%s leaves nothing half, and the next one ends its work', async (_, pattern) => {
    const kit = keep(new Kit());
    const { child, signal, ended } = kit.start('setup');
    // Where the moment is so short that it is missed, the work has been done: that must be whole as well.
    await until(() => there(kit, pattern) || child.exitCode !== null, { intervalMs: 0 });
    signal('SIGKILL');
    await ended;
    const before = existsSync(kit.path('.env')) ? kit.read('.env') : null;
    if (before !== null) {
      expect(before.replace(/^([A-Z_]+=).+$/gm, '$1')).toBe(kit.read('.env.example'));
      expect(before).not.toMatch(/^[A-Z_]+=$/m);
      expect(before).toMatch(/^REDIS_CACHE_URL=redis:.*:6379$/m);
    }
    const halves = Object.fromEntries(
      SECRETS.filter((name) => existsSync(kit.path('secrets', name))).map((name) => [
        name,
        kit.read('secrets', name),
      ]),
    );
    const next = await kit.run('setup', ...(before === null ? [] : ['--acl']));
    expect(next.code, next.err).toBe(0);
    if (before !== null) expect(kit.read('.env')).toBe(before);
    for (const [name, text] of Object.entries(halves)) {
      expect([name, kit.read('secrets', name)]).toEqual([name, text]);
    }
    expect(leftovers(kit)).toEqual([]);
    const check = await kit.run('setup', '--check');
    expect([check.code, check.err]).toEqual([0, '']);
  });

  it('after .env was made is told from one that has ended', async () => {
    const kit = keep(made.copy());
    rmSync(kit.path('secrets'), { recursive: true });
    const { code, err } = await kit.run('setup');
    expect([code, err]).toEqual([1, expect.stringMatching(/interrupted\n.*\.\/setup --acl/)]);
  });
});

it('of two at once one makes the kit, and the other says so', async () => {
  for (let round = 0; round < 2; round++) {
    const kit = keep(new Kit());
    const [one, two] = await Promise.all([kit.run('setup'), kit.run('setup')]);
    expect([one.code, two.code].sort(), one.err + two.err).toEqual([0, 1]);
    expect(one.err + two.err).toMatch(/^setup: \.env is there/);
    const check = await kit.run('setup', '--check');
    expect([check.code, check.err, leftovers(kit)]).toEqual([0, '', []]);
  }
});

describe('setup --check', () => {
  /** What it finds after `.env` was changed by `change`, one line each. */
  async function findings(
    change: (env: string, kit: Kit) => string,
    { isRendered = true } = {},
  ): Promise<string[]> {
    const kit = keep(made.copy());
    writeFileSync(kit.path('.env'), change(kit.read('.env'), kit));
    if (isRendered) await kit.run('setup', '--acl');
    const { code, err } = await kit.run('setup', '--check');
    const found = [...err.matchAll(/^✗ (.*)\n {4}\S/gm)].map(([, line]) => line!);
    // Each has its remedy, and no password is shown.
    expect(err.match(/^✗/gm)?.length ?? 0).toBe(found.length);
    expect(err).not.toMatch(/[0-9a-f]{32}/);
    expect(code).toBe(found.length > 0 ? 1 : 0);
    return found;
  }
  const set =
    (values: Record<string, string>) =>
    (env: string): string =>
      Object.entries(values).reduce(
        (text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`),
        env,
      );

  it('finds nothing in what setup made', async () => {
    expect(await findings((env) => env, { isRendered: false })).toEqual([]);
  });

  it('finds weak passwords and equal ones', async () => {
    const same = made.env().REDIS_QUEUE_WORKER_PASSWORD!;
    const found = await findings(
      set({
        REDIS_QUEUE_PRODUCER_PASSWORD: 'short',
        REDIS_QUEUE_OPERATOR_PASSWORD: 'ChangeMe-0123456789-abcdefghijklmnop',
        REDIS_QUEUE_VIEWER_PASSWORD: 'abababababababababababababababababab',
        REDIS_QUEUE_EXPORTER_PASSWORD: 'Zq8$kd/2ls0+fk3mvn5bxp1we7rt9yu4io6aG=',
        REDIS_CACHE_EXPORTER_PASSWORD: same,
      }),
    );
    expect(found).toEqual([
      'REDIS_QUEUE_PRODUCER_PASSWORD is weak: 5 characters, 32 are the least',
      'REDIS_QUEUE_OPERATOR_PASSWORD is weak: it holds a word that is tried first ("changeme")',
      'REDIS_QUEUE_VIEWER_PASSWORD is weak: the same few characters again and again',
      'REDIS_QUEUE_EXPORTER_PASSWORD holds characters that a connection string or Compose reads as something else',
      'REDIS_CACHE_EXPORTER_PASSWORD and REDIS_QUEUE_WORKER_PASSWORD are the same password',
    ]);
  });

  it('finds names that are missing or set twice, sizes and numbers that are none', async () => {
    const found = await findings(
      (env) =>
        `${set({ REDIS_QUEUE_MEMORY_LIMIT: '1gb', REDIS_CACHE_MAXMEMORY: 'much', KIT_GID: 'redis' })(env).replace(/^REDIS_QUEUE_REPLICA_PASSWORD=.*\n/m, '')}KIT_UID=${uid()}\n`,
      { isRendered: false },
    );
    expect(found).toEqual([
      '.env does not set REDIS_QUEUE_REPLICA_PASSWORD',
      '.env sets KIT_UID twice',
      'REDIS_QUEUE_MEMORY_LIMIT is less than twice REDIS_QUEUE_MAXMEMORY',
      'REDIS_CACHE_MAXMEMORY or REDIS_CACHE_MEMORY_LIMIT is no size',
      'KIT_GID is no number',
      'secrets/queue-users.acl does not match .env',
    ]);
  });

  it('finds the URL of the cache where that of the queue belongs, and the other way round', async () => {
    const { REDIS_QUEUE_URL, REDIS_CACHE_URL } = made.env();
    const swapped = await findings(
      set({ REDIS_QUEUE_URL: REDIS_CACHE_URL!, REDIS_CACHE_URL: REDIS_QUEUE_URL! }),
    );
    expect(swapped).toEqual([
      'REDIS_QUEUE_URL leads to the cache instance (127.0.0.1:6379)',
      'REDIS_QUEUE_URL holds the password of the cache instance',
      'REDIS_CACHE_URL leads to the queue instance (127.0.0.1:6380)',
      'REDIS_CACHE_URL holds the password of the queue instance',
    ]);
    const same = await findings(set({ REDIS_QUEUE_URL: REDIS_CACHE_URL! }));
    expect(same).toContain(
      'REDIS_QUEUE_URL and REDIS_CACHE_URL lead to the same instance, 127.0.0.1:6379',
    );
    const other = await findings(
      set({
        REDIS_QUEUE_URL: REDIS_QUEUE_URL!.replace('127.0.0.1', 'redis-cache'),
        REDIS_CACHE_URL: 'localhost:6379',
      }),
    );
    expect(other).toEqual([
      'REDIS_QUEUE_URL leads to the cache instance (redis-cache:6380)',
      'REDIS_CACHE_URL is no connection string of the form redis://USER:PASSWORD@HOST:PORT',
    ]);
  });

  it('finds what others may read, what is missing, and users that do not match', async () => {
    const password = createHash('sha256').update('another').digest('hex');
    const found = await findings(
      (env, kit) => {
        chmodSync(kit.path('.env'), 0o644);
        chmodSync(kit.path('secrets/queue-health-password'), 0o640);
        chmodSync(kit.path('backups'), 0o755);
        unlinkSync(kit.path('secrets/cache-health-password'));
        rmSync(kit.path('data/queue'), { recursive: true });
        return set({ REDIS_CACHE_OPERATOR_PASSWORD: password })(env);
      },
      { isRendered: false },
    );
    expect(found).toEqual([
      '.env can be read by other users of this machine',
      'the folder data/queue is missing',
      'backups is open to other users of this machine',
      'secrets/cache-users.acl does not match .env',
      'secrets/queue-health-password can be read by other users of this machine',
      'secrets/cache-health-password is missing',
    ]);
  });

  it('executes nothing that stands in .env', async () => {
    const found = await findings(
      (env, kit) => set({ REDIS_QUEUE_MAXMEMORY: `$(touch ${kit.path('executed')})` })(env),
      { isRendered: false },
    );
    expect(found).toEqual(['REDIS_QUEUE_MAXMEMORY or REDIS_QUEUE_MEMORY_LIMIT is no size']);
    expect(existsSync(kits.at(-1)!.path('executed'))).toBe(false);
  });
});

describe('setup --tls', () => {
  const openssl = (kit: Kit, ...args: string[]): string =>
    execFileSync('openssl', args, { cwd: kit.path('tls'), encoding: 'utf8', stdio: 'pipe' });

  it('makes certificates that verify for each name, and TLS in the connection strings', async () => {
    const kit = keep(new Kit('a kit'));
    const { code, err } = await kit.run(
      'setup',
      '--tls',
      '--host',
      'redis.example',
      '--host',
      '203.0.113.7',
    );
    expect(code, err).toBe(0);
    for (const name of ['localhost', 'redis-queue', 'redis-cache', 'redis.example']) {
      openssl(kit, 'verify', '-CAfile', 'ca.crt', '-verify_hostname', name, 'server.crt');
    }
    for (const ip of ['127.0.0.1', '203.0.113.7']) {
      openssl(kit, 'verify', '-CAfile', 'ca.crt', '-verify_ip', ip, 'server.crt');
    }
    expect(() =>
      openssl(
        kit,
        'verify',
        '-CAfile',
        'ca.crt',
        '-verify_hostname',
        'other.example',
        'server.crt',
      ),
    ).toThrow();
    expect(['ca.key', 'server.key'].map((name) => mode(kit.path('tls', name)))).toEqual([
      '600',
      '600',
    ]);
    expect(statSync(kit.path('tls/server.key')).uid).toBe(uid());
    expect(kit.env().REDIS_QUEUE_URL).toMatch(/^rediss:/);
    expect((await kit.run('setup', '--check')).code).toBe(0);
  });

  it('keeps what is there, and renews the server certificate from the same authority', async () => {
    const kit = keep(made.copy());
    expect((await kit.run('setup', '--tls')).code).toBe(0);
    const authority = readFileSync(kit.path('tls/ca.crt'), 'utf8');
    const first = readFileSync(kit.path('tls/server.crt'), 'utf8');
    const again = await kit.run('setup', '--tls');
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/server\.crt is there/)]);
    unlinkSync(kit.path('tls/server.crt'));
    unlinkSync(kit.path('tls/server.key'));
    expect((await kit.run('setup', '--tls')).code).toBe(0);
    expect(kit.read('tls', 'ca.crt')).toBe(authority);
    expect(kit.read('tls', 'server.crt')).not.toBe(first);
    openssl(kit, 'verify', '-CAfile', 'ca.crt', 'server.crt');
    expect(kit.read('.env')).toBe(made.read('.env'));
  });
});
