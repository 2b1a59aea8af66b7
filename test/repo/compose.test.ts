/**
 * The Compose files of the kit: valid by the schema of the Compose Specification, closed, and in step with what `setup`
 * writes. No Docker is needed; what only Docker can show is not tried here.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import {
  COMPOSE_FILES,
  layCompose,
  readCompose,
  readKit,
  type Service,
} from '../support/compose-files.ts';

/** Which variables stand where an `.env` of the kit is made. */
const VARIABLES = {
  ...{ REDIS_QUEUE_MAXMEMORY: '512mb', REDIS_QUEUE_MEMORY_LIMIT: '1024mb' },
  ...{ REDIS_CACHE_MAXMEMORY: '256mb', REDIS_CACHE_MEMORY_LIMIT: '512mb' },
  ...{ KIT_UID: '999', KIT_GID: '999' },
  ...{ REDIS_QUEUE_EXPORTER_PASSWORD: 'qe', REDIS_CACHE_EXPORTER_PASSWORD: 'ce' },
};

const [BASE] = COMPOSE_FILES as [string];
const { services, secrets } = readCompose(BASE, VARIABLES);
const ALL = Object.entries(services);
const INSTANCES = ALL.filter(([name]) => name.startsWith('redis-'));

/** Names in `${NAME}`, with what follows: `:-default`, `:?message` or nothing. */
function variablesOf(file: string): readonly (readonly [name: string, rest: string])[] {
  const found = readKit(file).matchAll(/(?<!\$)\$\{(\w+)([^}]*)\}/g);
  return [...found].map(([, name, rest]) => [name!, rest!] as const);
}

/** Every service of every way to lay the files. */
const WAYS = [
  [BASE],
  [BASE, 'docker-compose.valkey.yml'],
  [BASE, 'docker-compose.tls.yml'],
  [...COMPOSE_FILES],
];

describe('a Compose file', () => {
  // Kept with the linter dclint, and taken from the specification.
  const at = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(readFileSync(join(at, 'schemas/compose.schema.json'), 'utf8'));
  const { $schema: _, ...draft7 } = schema as Record<string, unknown>;
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile(draft7);

  it.each(COMPOSE_FILES)('%s is valid by the schema of the Compose Specification', (name) => {
    expect([isValid(readCompose(name, VARIABLES)), isValid.errors]).toEqual([true, null]);
  });

  it('would be found out', () => {
    const file = structuredClone(readCompose(BASE, VARIABLES)) as unknown as {
      services: Record<string, Record<string, unknown>>;
    };
    file.services['redis-queue']!.cap_dropp = ['ALL'];
    expect(isValid(file)).toBe(false);
  });

  it.each(COMPOSE_FILES)('%s says to run ./setup when a variable is missing', (name) => {
    const without = variablesOf(name).filter(([, rest]) => rest === '');
    const base = variablesOf(BASE);
    for (const [variable] of without)
      expect(base.some(([each, rest]) => each === variable && rest.startsWith(':?'))).toBe(true);
    for (const [, rest] of variablesOf(name))
      expect(rest).toMatch(/^(:-.+|:\?is not set - run \.\/setup first)?$/);
  });

  it('does without a default only for what .env.example has', () => {
    const example = readKit('.env.example');
    const needed = COMPOSE_FILES.flatMap(variablesOf).filter(([, rest]) => !rest.startsWith(':-'));
    expect(needed.length).toBeGreaterThan(8);
    for (const [name] of needed) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  });

  it('is not filled in without .env', () => {
    const { KIT_UID: _uid, ...rest } = VARIABLES;
    expect(() => readCompose(BASE, rest)).toThrow('KIT_UID is not set - run ./setup first');
  });
});

describe.each(WAYS.map((files) => ({ files })))('with $files', ({ files }) => {
  const laid = layCompose(files, VARIABLES);
  const all = Object.entries(laid.services);

  it.each(all)('%s can be reached from this machine only', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(all)('%s may write nowhere else, has no capability and can gain none', (_, service) => {
    expect(service).toMatchObject({
      ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
      ...{ restart: 'unless-stopped', init: false },
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
    });
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    for (const key of ['privileged', 'cap_add', 'network_mode', 'pid', 'env_file'])
      expect(service[key]).toBeUndefined();
  });

  it.each(all)(
    '%s has limits of memory without swap, of processors and of processes',
    (_, each) => {
      const { memory, cpus, pids } = each.deploy.resources.limits;
      expect(memory).toBe(each.memswap_limit);
      expect([Number(cpus) > 0, Number(pids) > 0]).toEqual([true, true]);
    },
  );

  it.each(all)('%s has an image that is pinned, and only secrets that exist', (_, each) => {
    expect(each.image).toMatch(/:v?\d+\.\d+/);
    for (const secret of each.secrets ?? []) expect(laid.secrets).toHaveProperty([secret]);
    expect(new Set(each.secrets).size).toBe(each.secrets?.length ?? 0);
  });

  it('has no password in a command, and in an environment only that of an exporter', () => {
    for (const [name, { command, environment = {} }] of all) {
      expect((command ?? []).join(' ')).not.toMatch(/pass/i);
      const secret = Object.keys(environment).filter((key) => /PASS|AUTH/.test(key));
      expect(secret.filter((key) => !key.endsWith('_FILE'))).toEqual(
        name.startsWith('exporter-') ? ['REDIS_PASSWORD'] : [],
      );
    }
  });
});

describe('the two instances', () => {
  it('are published as 6379 and 6380', () => {
    expect(INSTANCES.map(([name, { ports }]) => [name, ports])).toEqual([
      ['redis-cache', ['127.0.0.1:6379:6379']],
      ['redis-queue', ['127.0.0.1:6380:6379']],
    ]);
  });

  it.each(INSTANCES)('%s may take twice its maxmemory', (_, { command, deploy }) => {
    const maxmemory = command[command.indexOf('--maxmemory') + 1]!;
    const { memory } = deploy.resources.limits as { memory: string };
    expect(Number.parseInt(memory, 10)).toBe(2 * Number.parseInt(maxmemory, 10));
    expect([maxmemory, memory].every((size) => size.endsWith('mb'))).toBe(true);
  });

  it.each(INSTANCES)(
    '%s ends in peace, may open enough files and is asked how it is',
    (_, each) => {
      expect(each).toMatchObject({
        ...{ stop_grace_period: '60s', ulimits: { nofile: { soft: 65536, hard: 65536 }, core: 0 } },
        healthcheck: { interval: '5s', timeout: '3s', retries: 6, start_period: '120s' },
      });
    },
  );

  it('share no network, and keep or forget their data', () => {
    const { 'redis-cache': cache, 'redis-queue': queue } = services as Record<string, Service>;
    expect(cache!.networks.filter((name) => queue!.networks.includes(name))).toEqual([]);
    expect(queue!.volumes).toContainEqual({
      ...{ type: 'bind', source: './data/queue', target: '/data' },
      bind: { create_host_path: false },
    });
    expect(cache!.tmpfs).toEqual(['/data:size=16m,mode=0700,uid=999,gid=999']);
    expect(cache!.volumes).toHaveLength(1);
  });

  it('the cache dies before the queue', () => {
    const scores = INSTANCES.map(([, each]) => each.oom_score_adj as number);
    expect(scores[0]).toBeGreaterThan(scores[1]!);
  });
});

describe('the backup', () => {
  const { backup } = services as Record<string, Service>;

  it('runs the script of the kit every 15 minutes, as the user that may only copy', () => {
    expect([...backup!.entrypoint, ...backup!.command]).toEqual([
      ...['sh', '/kit/backup/backup.sh', '--every', '900'],
    ]);
    expect(backup!.environment).toMatchObject({
      ...{ BACKUP_DIR: '/backups', REDIS_HOST: 'redis-queue', REDIS_USER: 'drover-backup' },
      ...{ REDIS_PASSWORD_FILE: '/run/secrets/queue-backup-password', LABEL: 'queue' },
    });
    expect(backup!.networks).toEqual(services['redis-queue']!.networks);
  });

  it('knows the script by its names', () => {
    const script = readKit('backup/backup.sh');
    expect(script).toContain('--every');
    for (const name of Object.keys(backup!.environment!)) {
      if (name.startsWith('KEEP_')) expect(readKit('backup/rotation.sh')).toContain(name);
      else if (!['BACKUP_DIR', 'LABEL'].includes(name)) expect(script).toContain(name);
    }
  });
});

describe('with TLS', () => {
  const laid = layCompose([BASE, 'docker-compose.tls.yml'], VARIABLES);

  it.each(INSTANCES)('%s runs as it does without, and then with TLS only', (name, { command }) => {
    const withTls = laid.services[name]!;
    expect(withTls.command.slice(0, command.length)).toEqual(command);
    expect(withTls.command.slice(command.length).join(' ')).toMatch(/^--port 0 --tls-port 6379 /);
    expect(withTls.healthcheck.test.join(' ')).toBe(
      services[name]!.healthcheck.test.join(' ').replace(
        'redis-cli',
        'redis-cli --tls --cacert /run/secrets/ca.crt',
      ),
    );
  });
});

it('each secret is a file that setup makes', () => {
  expect(Object.values(secrets).every(({ file }) => file.startsWith('./secrets/'))).toBe(true);
});
