/** A server set as the project recommends it: nothing that is found has its cause in the settings. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { aclLine } from '../../src/doctor/acl-roles.ts';
import { readScriptCommands } from '../../src/doctor/script-commands.ts';
import { createClient } from '../support/coordinators.ts';
import { until } from '../support/until.ts';
import { found, look, startLooking, startServer } from './doctors.ts';

/** Directives of a queue instance that Redis 7.0 knows. */
const RECOMMENDED: Readonly<Record<string, string>> = {
  ...{ bind: '127.0.0.1', 'protected-mode': 'yes', 'tcp-backlog': '511', timeout: '0' },
  ...{ 'tcp-keepalive': '60', maxclients: '10000', maxmemory: '256mb' },
  ...{ 'maxmemory-policy': 'noeviction', 'maxmemory-clients': '10%' },
  'client-output-buffer-limit': 'normal 256mb 64mb 60 replica 256mb 64mb 60 pubsub 32mb 8mb 60',
  ...{ 'client-query-buffer-limit': '64mb', 'proto-max-bulk-len': '64mb' },
  ...{ appendonly: 'yes', appendfsync: 'everysec', 'no-appendfsync-on-rewrite': 'no' },
  ...{ appenddirname: 'appendonlydir', appendfilename: 'appendonly.aof' },
  ...{ 'auto-aof-rewrite-percentage': '100', 'auto-aof-rewrite-min-size': '64mb' },
  ...{ 'aof-use-rdb-preamble': 'yes', 'aof-rewrite-incremental-fsync': 'yes' },
  ...{ 'rdb-save-incremental-fsync': 'yes', 'aof-load-truncated': 'yes' },
  ...{ 'aof-timestamp-enabled': 'yes', save: '3600 1 300 100 60 10000', dbfilename: 'dump.rdb' },
  ...{ rdbcompression: 'yes', rdbchecksum: 'yes', 'rdb-del-sync-files': 'no' },
  ...{ 'stop-writes-on-bgsave-error': 'yes', 'sanitize-dump-payload': 'clients' },
  ...{ 'shutdown-timeout': '10', 'shutdown-on-sigterm': 'default' },
  ...{ 'latency-monitor-threshold': '100', 'latency-tracking': 'yes' },
  ...{ 'slowlog-log-slower-than': '10000', 'slowlog-max-len': '512', hz: '10' },
  ...{ 'dynamic-hz': 'yes', 'lazyfree-lazy-eviction': 'yes', 'lazyfree-lazy-expire': 'yes' },
  ...{ 'lazyfree-lazy-server-del': 'yes', 'lazyfree-lazy-user-del': 'yes' },
  ...{ 'lazyfree-lazy-user-flush': 'yes', 'replica-lazy-flush': 'yes', 'io-threads': '1' },
  ...{ 'busy-reply-threshold': '5000', 'disable-thp': 'yes', 'jemalloc-bg-thread': 'yes' },
  ...{ 'stream-node-max-bytes': '4096', 'stream-node-max-entries': '100' },
  ...{ 'list-max-listpack-size': '-2', 'repl-diskless-sync': 'yes' },
  ...{ 'repl-diskless-sync-delay': '5', 'repl-backlog-size': '64mb', 'repl-backlog-ttl': '3600' },
  ...{ 'repl-timeout': '60', 'replica-read-only': 'yes', 'min-replicas-to-write': '0' },
  ...{ 'min-replicas-max-lag': '10', 'acllog-max-len': '256' },
  ...{ 'acl-pubsub-default': 'resetchannels', 'enable-debug-command': 'no' },
  ...{ 'enable-module-command': 'no', 'enable-protected-configs': 'no' },
  ...{ 'notify-keyspace-events': '', 'crash-log-enabled': 'yes', 'crash-memcheck-enabled': 'no' },
  ...{ supervised: 'no', databases: '16' },
};

/** What this machine may add, and why it is not the configuration. */
const OF_THE_MACHINE: Readonly<Record<string, RegExp>> = {
  // Kernel, limits and disk of whoever runs the tests.
  CFG13: /overcommit_memory|somaxconn|may open|free \(/,
  // The machine is busy with other tests.
  LAT01: /a PING takes up to/,
  PER02: /fsync/,
  LAT05: /main thread/,
};

/** What nobody can tell here, and why. */
const UNVERIFIABLE = ['PER05'];

const hash = (password: string): string =>
  `#${createHash('sha256').update(password).digest('hex')}`;

async function startRecommended(): Promise<{ app: string; admin: string; harness: string }> {
  const scripts = await readScriptCommands();
  if (!scripts.isRead) throw new Error(scripts.reason);
  const dir = mkdtempSync(join(tmpdir(), 'drover-acl-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const keys = ['bull:', 'coordinator:'];
  const app = aclLine('app', { keys, scripts: scripts.value });
  const lines = [
    'user default off resetpass ~* &* +@all',
    app.replace(/#<[^>]*>/, hash('app')),
    `user drover-admin on ${hash('admin')} ~* &* +@all`,
    `user drover-health on ${hash('health')} resetchannels -@all +ping`,
  ];
  const aclfile = join(dir, 'users.acl');
  writeFileSync(aclfile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const server = await startServer({
    config: { ...RECOMMENDED, aclfile },
    auth: ['drover-admin', 'admin'],
  });
  const url = (user: string, password: string): string =>
    `redis://${user}:${password}@127.0.0.1:${server.port}`;
  return {
    ...{ app: url('drover-app', 'app'), admin: url('drover-admin', 'admin') },
    harness: url('drover-admin', 'admin'),
  };
}

test('a server set as recommended gives no finding that its settings cause', async () => {
  const { app, admin, harness } = await startRecommended();
  const shop = await startLooking(app);
  let done = 0;
  shop.process('mails', async () => {
    done += 1;
  });
  for (let i = 0; i < 50; i += 1) await shop.queue('mails').add('send', { i });
  await until(() => done === 50);

  const operator = await startLooking(admin, { name: 'console' });
  const { findings } = await look(operator, {});
  const others = findings.filter(({ id, seen }) => !OF_THE_MACHINE[id]?.test(seen));
  expect(others.map(({ id, severity, seen }) => `${id} ${severity} ${seen}`)).toEqual(
    UNVERIFIABLE.map((id) => expect.stringMatching(new RegExp(`^${id} unverified`))),
  );

  // The application's own user reads less, and finds nothing either.
  const redis = createClient({ url: harness });
  const own = (await look(shop, {})).findings.filter(
    ({ id, severity, seen }) => severity !== 'unverified' && !OF_THE_MACHINE[id]?.test(seen),
  );
  expect(own).toEqual([]);
  const refused = (await redis.call('ACL', 'LOG', '100')) as string[][];
  expect(
    refused.map(
      (entry) => `${entry[entry.indexOf('context') + 1]} ${entry[entry.indexOf('object') + 1]}`,
    ),
  ).toEqual([]);
}, 60_000);

test('CFG16: a user that the file does not have', async () => {
  const { admin } = await startRecommended();
  const coordinator = await startLooking(admin);
  const redis = createClient({ url: admin });
  expect(await found(coordinator, 'CFG16')).toEqual([]);
  await redis.call('ACL', 'SETUSER', 'guest', 'on', 'nopass', '~x', '+get');
  const [finding] = await found(coordinator, 'CFG16');
  expect(finding).toMatchObject({ severity: 'warning', seen: 'these users differ: guest' });
  expect(finding!.remedy[0]).toContain('redis-cli ACL SAVE');
  await redis.call('ACL', 'SAVE');
  expect(await found(coordinator, 'CFG16')).toEqual([]);
  await redis.call('ACL', 'SETUSER', 'drover-health', 'off');
  expect(await found(coordinator, 'CFG16')).toMatchObject([
    { seen: 'these users differ: drover-health' },
  ]);
  expect(finding!.remedy[1]).toContain('redis-cli ACL LOAD');
  await redis.call('ACL', 'LOAD');
  expect(await found(coordinator, 'CFG16')).toEqual([]);
}, 30_000);
