/** A server set as the project recommends it: nothing that is found has its cause in the settings. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Coordinator, defineQueue } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import { drover } from '../faces/command-line.ts';
import { createClient, createCoordinator } from '../support/coordinators.ts';
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
  ...{ supervised: 'no', databases: '16', 'oom-score-adj': 'yes' },
  'oom-score-adj-values': '0 200 800',
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

const ROLES = ['app', 'viewer'] as const;
type User = (typeof ROLES)[number] | 'admin';

const hash = (password: string): string =>
  `#${createHash('sha256').update(password).digest('hex')}`;

/** A server with the rights that are printed for each role, and with somebody who may do everything. */
async function startRecommended(): Promise<(user: User) => string> {
  const dir = mkdtempSync(join(tmpdir(), 'drover-acl-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const printed = await Promise.all(
    ROLES.map(async (role) => {
      const { stdout } = await drover(['acl', 'print', role, '-r', 'redis://127.0.0.1:1']);
      return stdout.trim().replace(/#<[^>]*>/, hash(role));
    }),
  );
  const lines = [
    'user default off resetpass ~* &* +@all',
    ...printed,
    `user drover-admin on ${hash('admin')} ~* &* +@all`,
    `user drover-health on ${hash('health')} resetchannels -@all +ping`,
  ];
  const aclfile = join(dir, 'users.acl');
  writeFileSync(aclfile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const server = await startServer({
    config: { ...RECOMMENDED, aclfile },
    auth: ['drover-admin', 'admin'],
  });
  return (user) => `redis://drover-${user}:${user}@127.0.0.1:${server.port}`;
}

const photos = defineQueue('photos', {
  payload: { compressAbove: 256, offloadAbove: 1_024, redact: ['card'] },
  retention: { completed: { count: 50 }, failed: { count: 50, age: '7d' } },
  job: { attempts: 2, backoff: 10 },
});

/** An application that does all that leaves something in Redis, until the test is over. */
async function startBusyShop(url: string): Promise<Coordinator> {
  const shop = createCoordinator({ url }, { name: 'shop' });
  let done = 0;
  const make = async ({ data }: { data: unknown }): Promise<object> => {
    done += 1;
    const { i } = data as { i: number };
    if (i % 10 === 0) throw new Error(`photo ${i} cannot be read`);
    return { size: 'y'.repeat(300) };
  };
  shop.process(photos, make, { pool: { min: 1, max: 4 } });
  shop.process('mails', async () => 'sent', { pool: { min: 1, max: 2 } });
  await shop.start();
  const queue = shop.queue(photos);
  await queue.upsertJobScheduler('nightly', { every: 1_000 }, { data: { i: 1 } });
  await shop.queue('mails').add('later', {}, { delay: 3_600_000 });
  await shop.queue('mails').add('first', {}, { priority: 3 });
  let isOver = false;
  const adding = (async () => {
    for (let i = 0; !isOver; i += 1)
      await queue.add('resize', { i, card: '4111', photo: 'z'.repeat(i % 3 ? 10 : 5_000) });
  })();
  onTestFinished(async () => {
    isOver = true;
    await adding;
  });
  await until(() => done > 300);
  return shop;
}

test('a busy application on a server set as recommended gives no finding, whoever looks', async () => {
  const urlOf = await startRecommended();
  const shop = await startBusyShop(urlOf('app'));
  const admin = await startLooking(urlOf('admin'), { name: 'admin' });
  const viewer = await startLooking(urlOf('viewer'), { name: 'console', readOnly: true });
  const reports = await Promise.all([admin, shop, viewer].map((each) => look(each, {})));
  const [byAdmin, ...byRoles] = reports.map(({ findings }) =>
    findings
      .filter(({ id, seen }) => !OF_THE_MACHINE[id]?.test(seen))
      .map(({ id, severity, queue, seen }) => `${id} ${severity} ${queue ?? ''} ${seen}`),
  );
  expect(byAdmin).toEqual(UNVERIFIABLE.map((id) => expect.stringMatching(`^${id} unverified`)));
  // The printed roles read less: what they may not is said, and is no fault.
  for (const found of byRoles) {
    const told = found.filter((each) => !/^\w+ unverified/.test(each));
    expect(told.filter((each) => !/^CFG06 information .* role viewer$/.test(each))).toEqual([]);
    expect(found.length).toBeGreaterThan(UNVERIFIABLE.length);
  }
  const refused = (await createClient({ url: urlOf('admin') }).call('ACL', 'LOG')) as string[][];
  expect(refused.map((entry) => entry.join(' '))).toEqual([]);
}, 60_000);

test('CFG16: a user that the file does not have', async () => {
  const admin = (await startRecommended())('admin');
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
