/** Programs around a server under the rights of the kit: exporter, backup, replica, Sentinel, health check, new passwords. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { aclLine } from '../../src/doctor/acl-line.ts';
import { redisBinary, startRedis } from '../support/redis-server.ts';
import { PRIMARY_NAME, startSentinels } from '../support/sentinels.ts';
import { until } from '../support/until.ts';
import { clientOf, expectNothingRefused, kitLines, passwordOf, startKit } from './kit-users.ts';

const run = promisify(execFile);
const beside = join(dirname(redisBinary()), 'redis-cli');
const redisCli = existsSync(beside) ? beside : 'redis-cli';

function cli(
  port: number,
  user: string,
  password: string,
  ...words: string[]
): Promise<{ stdout: string }> {
  const env = { PATH: process.env.PATH, REDISCLI_AUTH: password };
  return run(redisCli, ['-p', String(port), '--user', user, ...words], { env });
}

/** What redis_exporter asks a server, with the lengths of queues that it is told to watch. */
const EXPORTED: readonly (readonly string[])[] = [
  ...[
    ['CLIENT', 'SETNAME', 'redis_exporter'],
    ['CONFIG', 'GET', '*'],
    ['INFO', 'ALL'],
  ],
  ...[
    ['LATENCY', 'LATEST'],
    ['LATENCY', 'HISTOGRAM'],
    ['SLOWLOG', 'LEN'],
    ['SLOWLOG', 'GET', '1'],
  ],
  ...[
    ['CLIENT', 'LIST'],
    ['SELECT', '0'],
    ['SCAN', '0', 'MATCH', 'bull:*', 'COUNT', '1000'],
  ],
  ...[
    ['TYPE', 'bull:mails:wait'],
    ['LLEN', 'bull:mails:wait'],
    ['MEMORY', 'USAGE', 'bull:mails:wait'],
  ],
  ...[
    ['TYPE', 'bull:mails:id'],
    ['STRLEN', 'bull:mails:id'],
    ['GET', 'bull:mails:id'],
  ],
  ...[
    ['ZCARD', 'bull:mails:delayed'],
    ['SCARD', 'bull:mails:x'],
    ['HLEN', 'bull:mails:meta'],
  ],
  ...[
    ['XLEN', 'bull:mails:events'],
    ['XINFO', 'STREAM', 'bull:mails:events'],
  ],
  ...[
    ['XINFO', 'GROUPS', 'bull:mails:events'],
    ['PFCOUNT', 'bull:mails:none'],
  ],
];

test.each(['queue', 'cache'] as const)(
  'the exporter of the %s reads what it shows',
  async (instance) => {
    const kit = await startKit(instance);
    await kit.admin.rpush('bull:mails:wait', '1');
    await kit.admin.set('bull:mails:id', '1');
    await kit.admin.xadd('bull:mails:events', '*', 'a', 'b');
    const client = clientOf(kit.urlOf('drover-exporter'));
    for (const [name, ...rest] of EXPORTED) await client.call(name!, ...rest);
    await expectNothingRefused(kit);
    if (instance === 'queue')
      await expect(client.get('coordinator:body:mails:1')).rejects.toThrow(/^NOPERM/);
  },
);

test('a backup is taken with redis-cli, counted, and written down', async () => {
  const kit = await startKit('queue');
  const dir = mkdtempSync(join(tmpdir(), 'drover-kit-rdb-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  await kit.admin.rpush('team:mails:wait', '1', '2');
  const file = join(dir, 'dump.rdb');
  await cli(kit.server.port, 'drover-backup', passwordOf('drover-backup'), '--rdb', file);
  expect(statSync(file).size).toBeGreaterThan(100);
  const client = clientOf(kit.urlOf('drover-backup'));
  expect(await client.llen('team:mails:wait')).toBe(2);
  expect(await client.zcard('team:mails:delayed')).toBe(0);
  expect(await client.dbsize()).toBe(1);
  expect((await client.scan('0'))[1]).toEqual(['team:mails:wait']);
  await client.config('GET', 'maxmemory-policy');
  await client.lastsave();
  await client.hset('coordinator:backups', 'queue', '{}');
  expect(await client.hgetall('coordinator:backups')).toEqual({ queue: '{}' });
  await expectNothingRefused(kit);
  await expect(client.hset('coordinator:tokens', 'a', 'b')).rejects.toThrow(/^NOPERM/);
  await expect(client.hset('bull:mails:meta', 'a', 'b')).rejects.toThrow(/^NOPERM/);
});

test('a replica comes in sync, and again after its link was cut', async () => {
  const kit = await startKit('queue');
  await kit.admin.set('bull:mails:id', '1');
  const replica = await startRedis({
    config: {
      ...{ replicaof: `127.0.0.1 ${kit.server.port}`, appendonly: 'no' },
      ...{ masteruser: 'drover-replica', masterauth: passwordOf('drover-replica') },
    },
  });
  onTestFinished(() => replica.stop());
  const copy = clientOf(replica.url);
  await until(async () => (await copy.get('bull:mails:id')) === '1', { what: 'the first sync' });
  await kit.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await kit.admin.set('bull:mails:id', '2');
  await until(async () => (await copy.get('bull:mails:id')) === '2', { what: 'the next sync' });
  const lag = () => kit.admin.info('replication');
  await until(async () => /state=online,offset=\d+,lag=[01]\b/.test(await lag()));
  await expectNothingRefused(kit);
});

test('Sentinels watch a primary, and promote its replica', { timeout: 40_000 }, async () => {
  const sentinel = aclLine('sentinel', {
    ...{ prefixes: { queues: 'bull', own: 'coordinator' }, scripts: [] },
    password: `>${passwordOf('drover-sentinel')}`,
  });
  const kit = await startKit('queue', { more: [sentinel] });
  const replica = await startRedis({
    config: {
      ...{ replicaof: `127.0.0.1 ${kit.server.port}`, appendonly: 'no' },
      ...{ masteruser: 'drover-replica', masterauth: passwordOf('drover-replica') },
    },
    aclLines: [...kitLines('queue'), sentinel],
  });
  onTestFinished(() => replica.stop());
  const copy = clientOf(replica.adminUrl);
  await until(async () => (await copy.info('replication')).includes('master_link_status:up'));
  const login = { user: 'drover-sentinel', password: passwordOf('drover-sentinel') };
  await using sentinels = await startSentinels(kit.server.port, { downAfterMs: 500, login });
  const [first] = sentinels.addresses;
  const asked = clientOf(`redis://127.0.0.1:${first!.port}`);
  const primary = async () => (await asked.call('SENTINEL', 'MASTER', PRIMARY_NAME)) as string[];
  await until(async () => {
    const fields = await primary();
    const of = (name: string) => fields[fields.indexOf(name) + 1];
    return (
      of('num-slaves') === '1' && of('num-other-sentinels') === '2' && of('flags') === 'master'
    );
  });
  await expectNothingRefused(kit);
  await kit.server.kill();
  await until(async () => (await copy.info('replication')).includes('role:master'), {
    ...{ timeoutMs: 20_000, what: 'the replica is promoted' },
  });
  const log = (await copy.call('ACL', 'LOG')) as unknown[];
  expect(log).toEqual([]);
});

test.each(['queue', 'cache'] as const)(
  'the health check of the %s gets its answer',
  async (instance) => {
    const kit = await startKit(instance);
    expect(
      (await cli(kit.server.port, 'drover-health', passwordOf('drover-health'), 'ping')).stdout,
    ).toBe('PONG\n');
    await expectNothingRefused(kit);
  },
);

test('a password is changed while the server runs: two at once, then the old one goes', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'drover-kit-acl-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const aclfile = join(dir, 'users.acl');
  const hash = (text: string): string => `#${createHash('sha256').update(text).digest('hex')}`;
  const old = passwordOf('drover-app');
  const write = (...passwords: string[]): void => {
    const lines = kitLines('queue').map((line) =>
      line.replace(`>${old}`, passwords.map(hash).join(' ')),
    );
    writeFileSync(aclfile, `${lines.join('\n')}\n`, { mode: 0o600 });
  };
  write(old);
  const login = ['drover-operator', passwordOf('drover-operator')] as const;
  const server = await startRedis({ config: { aclfile }, auth: login });
  onTestFinished(() => server.stop());
  const operator = clientOf(`redis://${login.join(':')}@127.0.0.1:${server.port}`);
  const mayEnter = async (password: string): Promise<boolean> =>
    (await cli(server.port, 'drover-app', password, 'ping')).stdout === 'PONG\n';
  write(old, 'new');
  await operator.call('ACL', 'LOAD');
  expect([await mayEnter(old), await mayEnter('new')]).toEqual([true, true]);
  const app = clientOf(`redis://drover-app:new@127.0.0.1:${server.port}`);
  await app.set('bull:x', '1');
  write('new');
  await operator.call('ACL', 'LOAD');
  expect([await mayEnter(old), await mayEnter('new')]).toEqual([false, true]);
  // Redis 7.0 cuts every connection when it takes up the file: whoever has a password comes back by itself.
  expect(await app.get('bull:x')).toBe('1');
});
