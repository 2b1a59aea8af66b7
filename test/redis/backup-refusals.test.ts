/** Whom a backup gets in to, whom it refuses, and what it says: rights, TLS, replicas, clusters, caches, strangers. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeBackup } from '../../src/backup/make/make-backup.ts';
import { openSnapshot } from '../../src/backup/make/snapshot-stream.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { type RedisParts, resolveAddress } from '../../src/config/redis-address.ts';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import {
  type RedisOptions,
  type RedisServer,
  reserve,
  startRedis,
} from '../support/redis-server.ts';
import { addressOf, backUp, namesIn, plainOf, temporaryFolder } from './backups.ts';

async function start(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** The message of a backup that is not made; nothing is left of it. */
async function refusalOf(
  server: { readonly url: string },
  options: Parameters<typeof backUp>[2] = {},
): Promise<Error & { code?: string }> {
  const folder = temporaryFolder();
  const error = await backUp(server, folderStore(folder), options).then(
    () => new Error('it was made'),
    (caught: Error) => caught,
  );
  expect(await namesIn(folder)).toEqual([]);
  return error;
}

describe('rights', () => {
  const SECRET = 'k2:p/w@secret';
  const url = ({ port }: RedisServer, user: string): string =>
    `redis://${user}:${encodeURIComponent(SECRET)}@127.0.0.1:${port}`;

  it('those of the role are enough', async () => {
    const commands = 'ping info psync replconf scan llen zcard select';
    const granted = commands.replace(/\w+/g, '+$&');
    const server = await start({
      aclLines: [`user drover-backup on >${SECRET} resetchannels %R~* -@all ${granted}`],
    });
    const admin = createClient({ url: server.adminUrl });
    await admin.hset('bull:mail:meta', 'version', 'bullmq');
    await admin.lpush('bull:mail:wait', 'a');
    const remarks: string[] = [];
    const store = folderStore(temporaryFolder());
    const { counted } = await backUp({ url: `${url(server, 'drover-backup')}/0` }, store, {
      onRemark: (text) => remarks.push(text),
    });
    expect(counted).toMatchObject({ isExact: true, queues: { mail: { least: { waiting: 1 } } } });
    expect(remarks).toEqual([]);
    expect(await admin.acl('LOG')).toEqual([]);
  });

  it('without those to count a backup is made, and says so', async () => {
    const granted = '+ping +info +lastsave +bgsave +psync +sync +replconf +config|get +dbsize';
    const server = await start({
      aclLines: [`user b on >${SECRET} resetchannels -@all ${granted}`],
    });
    await createClient({ url: server.adminUrl }).hset('bull:mail:meta', 'version', 'bullmq');
    const remarks: string[] = [];
    const store = folderStore(temporaryFolder());
    const onRemark = (text: string): void => void remarks.push(text);
    const manifest = await backUp({ url: url(server, 'b') }, store, { onRemark });
    expect(manifest.counted).toMatchObject({ isExact: false, keys: { most: 1 }, queues: {} });
    expect(remarks).toEqual([expect.stringMatching(/could not be counted.*acl print backup/)]);
    expect(await plainOf(store, manifest)).not.toHaveLength(0);
  });

  it('without those to copy it is told what to give, at the command line with 4', async () => {
    const server = await start({
      aclLines: [`user viewer on >${SECRET} ~* -@all +@read +ping +info`],
    });
    const error = await refusalOf({ url: url(server, 'viewer') });
    expect(error).toMatchObject({ code: 'BACKUP_FAILED' });
    expect(error.message).toMatch(/NOPERM.*"drover acl print backup"/);
    const cwd = temporaryFolder();
    const env = { REDIS_URL: url(server, 'viewer') };
    const ran = await drover(['backup'], { cwd, env });
    expect(ran.code).toBe(4);
    expect(await namesIn(join(cwd, 'backups'))).toEqual([]);
  });

  it('a wrong password is told, and not shown', async () => {
    const server = await start({ password: 'right' });
    const wrong = await refusalOf({ url: url(server, 'default') });
    expect(wrong).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(wrong.message).toMatch(/WRONGPASS/);
    const none = await refusalOf({ url: `redis://127.0.0.1:${server.port}` });
    expect(none.message).toMatch(/NOAUTH/);
    const env = { REDIS_URL: url(server, 'default') };
    const { code, stdout, stderr } = await drover(['backup'], { cwd: temporaryFolder(), env });
    expect(code).toBe(4);
    for (const secret of [SECRET, encodeURIComponent(SECRET)])
      expect(wrong.message + wrong.stack + stdout + stderr).not.toContain(secret);
  });
});

describe('ways in', () => {
  it('a socket of the system', async () => {
    const socket = join(temporaryFolder(), 'redis.sock');
    await start({ config: { unixsocket: socket } });
    const store = folderStore(temporaryFolder());
    const manifest = await backUp({ url: `unix://${socket}` }, store);
    expect(await plainOf(store, manifest)).not.toHaveLength(0);
  });

  it('TLS, with the right authority only', async ({ skip }) => {
    const folder = temporaryFolder();
    if (!makeCertificates(folder)) skip('the program openssl is not installed');
    const port = await reserve();
    const file = (name: string): string => join(folder, name);
    await start({
      config: {
        ...{ 'tls-port': String(port), 'tls-auth-clients': 'no' },
        ...{ 'tls-cert-file': file('server.crt'), 'tls-key-file': file('server.key') },
        'tls-ca-cert-file': file('ca.crt'),
      },
    });
    const store = folderStore(temporaryFolder());
    const over = (parts: RedisParts) =>
      makeBackup({ address: resolveAddress(undefined, parts)!, store, connectMs: 2_000 });
    const ca = readFileSync(file('ca.crt'));
    const manifest = await over({ host: 'localhost', port, tls: { ca } });
    expect(await plainOf(store, manifest)).not.toHaveLength(0);
    await expect(over({ host: '127.0.0.1', port, tls: true })).rejects.toThrow(/certificate/);
    await expect(over({ host: 'localhost', port })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
    const env = { REDIS_URL: `rediss://localhost:${port}`, NODE_EXTRA_CA_CERTS: file('ca.crt') };
    const ran = await drover(['backup'], { cwd: temporaryFolder(), env });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const plain = { REDIS_URL: `redis://localhost:${port}` };
    const refused = await drover(['backup'], { cwd: temporaryFolder(), env: plain });
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/Use rediss:\/\//)]);
  });

  it('no TLS where it is asked for', async () => {
    const { port } = await start();
    const error = await refusalOf({ url: `rediss://127.0.0.1:${port}` }, { connectMs: 500 });
    expect(error.message).toMatch(/SSL/);
  });

  it('Sentinels are no server to back up', async () => {
    const sentinels = [{ host: '127.0.0.1', port: 1 }];
    const address = resolveAddress(undefined, { sentinels, sentinelName: 'mymaster' })!;
    const failed = makeBackup({ address, store: folderStore(temporaryFolder()) });
    await expect(failed).rejects.toThrow(/address of the primary itself/);
  });
});

/** An authority, and what it says of localhost; false without openssl. */
function makeCertificates(folder: string): boolean {
  const run = (args: string): boolean =>
    spawnSync('openssl', args.split(' '), { cwd: folder, stdio: 'ignore' }).status === 0;
  const key = '-newkey rsa:2048 -nodes -days 2';
  return (
    run(`req -x509 ${key} -keyout ca.key -out ca.crt -subj /CN=ca`) &&
    run(
      `req -x509 ${key} -CA ca.crt -CAkey ca.key -keyout server.key -out server.crt -subj /CN=localhost -addext subjectAltName=DNS:localhost`,
    )
  );
}

describe('what it is made of', () => {
  it('a cache is refused, unless somebody insists', async () => {
    const server = await start({
      config: { 'maxmemory-policy': 'allkeys-lru', maxmemory: '100mb', appendonly: 'no' },
    });
    const error = await refusalOf(server);
    expect(error.message).toMatch(/evicts keys \(maxmemory-policy allkeys-lru\).*--force/);
    const store = folderStore(temporaryFolder());
    expect(await backUp(server, store, { isForced: true })).toMatchObject({ label: 'queue' });
  });

  it('a replica is a good source while its primary is there, and none without', async () => {
    const primary = await start();
    await createClient(primary).set('a', 'b');
    const replica = await start({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
    const redis = createClient(replica);
    await expect
      .poll(() => redis.info('replication'), { timeout: 10_000 })
      .toMatch(/link_status:up/);
    expect(await backUp(replica, folderStore(temporaryFolder()))).toMatchObject({ version: 1 });
    await primary.kill();
    await expect.poll(() => redis.info('replication')).toMatch(/link_status:down/);
    expect((await refusalOf(replica)).message).toMatch(/link to its primary is down/);
  });

  it.each(['A', '', '-a', 'a b', '../a', 'a'.repeat(60)])(
    'the label "%s" is refused',
    async (label) => {
      const error = await refusalOf({ url: 'redis://127.0.0.1:1' }, { label });
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );
});

/** A server that says what it is told to: to a command the first answer whose beginning it has. */
async function startScript(answers: Readonly<Record<string, string>>): Promise<{ url: string }> {
  const answer = (socket: Socket, text: string): void => {
    for (const command of text.split(/(?=\*\d+\r\n\$)/)) {
      const words = command.split('\r\n').filter((_, i) => i > 0 && i % 2 === 0);
      const line = words.join(' ').toUpperCase();
      const [, said] = Object.entries(answers).find(([start]) => line.startsWith(start)) ?? [];
      socket.write(said ?? '+OK\r\n');
    }
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => answer(socket, data.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const ID = 'a'.repeat(40);
const USUAL = { PING: '+PONG\r\n', SCAN: '*2\r\n$1\r\n0\r\n*0\r\n' };

describe('servers that answer otherwise', () => {
  it.each([
    ['that load', { INFO: bulk('loading:1\r\nloading_eta_seconds:7') }, /own data from disk \(7 s/],
    [
      'of a cluster',
      { INFO: bulk('redis_mode:cluster'), CLUSTER: bulk('cluster_size:3') },
      /one of 3 shards.*back up each/,
    ],
    [
      'of a cluster that may not be asked',
      { INFO: bulk('redis_mode:cluster'), CLUSTER: '-NOPERM no\r\n' },
      /one of several shards/,
    ],
    ['of another make', { INFO: bulk('dragonfly_version:df-v1.2.3') }, /Dragonfly/],
    [
      'that manage themselves',
      { INFO: bulk('redis_mode:standalone'), PSYNC: "-ERR unknown command 'PSYNC'\r\n" },
      /backups of its provider/,
    ],
    [
      'without their primary',
      { INFO: bulk(''), PSYNC: '-NOMASTERLINK no\r\n' },
      /take the primary/,
    ],
    [
      'that send no RDB',
      { INFO: bulk(''), PSYNC: `+FULLRESYNC ${ID} 1\r\n$20\r\n${'x'.repeat(20)}` },
      /gives no snapshot that can be read/,
    ],
    ['that are no Redis', { PING: 'HTTP/1.1 400 Bad Request\r\n' }, /no Redis \("HTTP/],
  ] as [string, Record<string, string>, RegExp][])('%s are told', async (_, answers, message) => {
    expect((await refusalOf(await startScript({ ...USUAL, ...answers }))).message).toMatch(message);
  });

  it('that say nothing are given up', async () => {
    const mute = await startScript({ PING: '+PONG\r\n', PSYNC: '\n\n' });
    const failed = openSnapshot(addressOf(mute), { silenceMs: 200 });
    await expect(failed).rejects.toThrow(/has said nothing for 200ms/);
  });

  it.each([
    [
      'length',
      `\n\n+FULLRESYNC ${ID} 12\r\n\n\n$14\r\nREDIS0011\n\n\nEFtrailing`,
      'REDIS0011\n\n\nEF',
    ],
    [
      'mark',
      `+FULLRESYNC ${ID} 12\r\n\n$EOF:${'m'.repeat(40)}\r\nREDIS0011mmmEF${'m'.repeat(40)}`,
      'REDIS0011mmmEF',
    ],
  ])('a snapshot by its %s is taken out of what comes', async (_, sent, expected) => {
    const server = await startScript({ PING: '+PONG\r\n', PSYNC: sent });
    const { content, ...rest } = await openSnapshot(addressOf(server));
    let text = '';
    for await (const chunk of content) text += Buffer.from(chunk).toString();
    expect(text).toBe(expected);
    expect(rest).toMatchObject({ streamId: ID, offset: 12, rdbVersion: 11 });
  });
});
