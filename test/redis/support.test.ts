/** The test support itself: a tool that fails silently would make every other test worthless. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, isRunning } from '../../scripts/setup/processes.mjs';
import { startApp } from '../support/child-app.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const opened: Redis[] = [];

/** A client that does not repeat anything by itself: each test sees what really happened. */
function client(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  opened.push(redis);
  return redis;
}

afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});

describe('a test server', () => {
  it('that is killed comes back on the same port with the keys it had acknowledged', async () => {
    await using server = await startRedis();
    await client(server.url).set('key', 'value');
    const { pid, port } = server;
    await server.kill();
    expect(server.isRunning).toBe(false);
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await client(server.url).get('key')).toBe('value');
  });

  it('keeps its sockets open while it is frozen, and goes on when it is thawed', async () => {
    await using server = await startRedis();
    const redis = client(server.url);
    await redis.ping();
    server.freeze();
    let answered = false;
    const pong = redis.ping().then(() => {
      answered = true;
    });
    await until(() => redis.stream.bytesWritten > 0, { what: 'the ping is sent' });
    expect(answered).toBe(false);
    server.thaw();
    await pong;
    expect(redis.status).toBe('ready');
  });

  it('comes up later on a port that was reserved', async () => {
    const port = await reserve();
    await expect(client(`redis://127.0.0.1:${port}`).ping()).rejects.toThrow();
    await using server = await startRedis({ port });
    expect(await client(server.url).ping()).toBe('PONG');
  });

  it('asks for the password or the users that the test wants', async () => {
    await using secret = await startRedis({ password: 'pass word' });
    await expect(client(secret.url.replace(/:\/\/.*@/, '://')).ping()).rejects.toThrow('NOAUTH');
    const aclLines = ['user default off', 'user app on >p ~app:* &* +@all -flushall'];
    await using closed = await startRedis({ aclLines, config: { maxmemory: '64mb' } });
    const app = client(closed.url.replace('://', '://app:p@'));
    expect(await app.set('app:1', 'x')).toBe('OK');
    await expect(app.set('other', 'x')).rejects.toThrow('NOPERM');
    await expect(app.flushall()).rejects.toThrow('NOPERM');
  });

  it('does not outlive a test process that is killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'drover-guard-'));
    const parent = join(dir, 'parent.mjs');
    const guard = new URL('../../scripts/setup/guard.mjs', import.meta.url).href;
    writeFileSync(
      parent,
      `import { spawn } from 'node:child_process';
       import { endWithThisProcess } from '${guard}';
       const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
       endWithThisProcess(child, 'KILL');
       console.log('child', child.pid);
       setInterval(() => {}, 1000);`,
    );
    await using app = startApp(parent);
    const pid = Number((await app.line(/^child \d+$/)).split(' ')[1]);
    const identity = identityOf(pid) ?? '';
    expect(isRunning(identity)).toBe(true);
    app.kill('SIGKILL');
    await until(() => !isRunning(identity), { what: 'the child is gone' });
    rmSync(dir, { recursive: true });
  });
});

describe('the proxy', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  afterEach(() => proxy.close());

  const open = async (): Promise<Redis> => {
    const redis = client(proxy.url);
    await redis.ping();
    return redis;
  };

  it('swallows established connections in a black hole, while new ones pass', async () => {
    proxy = await startProxy({ target: server });
    const old = await open();
    let heard = false;
    old.stream.on('data', () => {
      heard = true;
    });
    old.stream.on('close', () => {
      heard = true;
    });
    proxy.mode = 'blackhole';
    old.ping().catch(() => undefined);
    const fresh = await open();
    expect(await fresh.ping()).toBe('PONG');
    proxy.cut();
    await until(() => fresh.status === 'end', { what: 'the new connection is cut' });
    expect(heard).toBe(false);
    expect(old.status).toBe('ready');
    await until(() => proxy.connections() === 0);
  });

  it('refuses new connections, keeps the old ones, and passes again', async () => {
    proxy = await startProxy({ target: server });
    const old = await open();
    proxy.mode = 'refuse';
    await expect(client(proxy.url).ping()).rejects.toThrow();
    expect(await old.ping()).toBe('PONG');
    proxy.mode = 'pass';
    expect(await until(() => client(proxy.url).ping())).toBe('PONG');
  });

  it('cuts all connections', async () => {
    proxy = await startProxy({ target: server });
    const clients = [await open(), await open()];
    expect(proxy.connections()).toBe(2);
    proxy.cut();
    await until(() => clients.every((redis) => redis.status === 'end'));
    await until(() => proxy.connections() === 0);
  });

  it('loses a reply, while the server has executed the request', async () => {
    proxy = await startProxy({ target: server });
    const redis = await open();
    const cut = proxy.cutReply({ after: (bytes) => bytes.includes('lost-reply') });
    expect(await redis.set('another', 1)).toBe('OK');
    await expect(redis.set('lost-reply', 1)).rejects.toThrow();
    await cut;
    expect(await client(server.url).get('lost-reply')).toBe('1');
    expect(await (await open()).get('lost-reply')).toBe('1');
  });

  it('shares a limited link fairly between its connections', async () => {
    proxy = await startProxy({ target: server });
    const clients = [await open(), await open()];
    proxy.limit(100_000);
    const startedAt = performance.now();
    const finishedAt = await Promise.all(
      clients.map(async (redis, index) => {
        await redis.set(`big-${index}`, 'x'.repeat(50_000));
        return performance.now() - startedAt;
      }),
    );
    const slowest = Math.max(...finishedAt);
    expect(slowest).toBeGreaterThan(800);
    expect(slowest).toBeLessThan(3_000);
    expect(Math.min(...finishedAt)).toBeGreaterThan(slowest * 0.8);
    proxy.limit(Infinity);
    expect((await clients[0]?.get('big-0'))?.length).toBe(50_000);
  });

  it('delays both directions', async () => {
    proxy = await startProxy({ target: server });
    const redis = await open();
    proxy.delay(100);
    const startedAt = performance.now();
    await redis.ping();
    expect(performance.now() - startedAt).toBeGreaterThan(195);
  });

  it('sends new connections to another server, and shows all traffic', async () => {
    await using other = await startRedis();
    await client(other.url).set('who', 'the other');
    const seen: string[] = [];
    proxy = await startProxy({
      target: server,
      onData: (chunk, from) => seen.push(`${from} ${chunk}`),
    });
    const old = await open();
    proxy.retarget({ port: other.port });
    const fresh = await open();
    expect(await old.get('who')).toBe(null);
    expect(await fresh.get('who')).toBe('the other');
    expect(seen.some((text) => text.startsWith('server') && text.includes('the other'))).toBe(true);
  });
});

describe('a child application', () => {
  const dir = mkdtempSync(join(tmpdir(), 'drover-app-'));
  const file = join(dir, 'app.mjs');
  writeFileSync(
    file,
    `process.on('SIGTERM', () => { console.error('bye'); process.exit(3); });
     console.log('url', process.env.REDIS_URL ?? 'none', process.env.EXTRA, process.argv[2]);
     setInterval(() => {}, 1000);`,
  );
  afterAll(() => rmSync(dir, { recursive: true }));

  it('sees no Redis of the environment, and tells its lines and its end', async () => {
    process.env.REDIS_URL = 'redis://nobody:1';
    await using app = startApp(file, { args: ['argument'], env: { EXTRA: 'extra' } });
    delete process.env.REDIS_URL;
    expect(await app.line(/^url/)).toBe('url none extra argument');
    app.kill('SIGTERM');
    expect(await app.line('bye')).toBe('bye');
    expect(await app.exited).toEqual({ code: 3, signal: null });
    await expect(app.line('never')).rejects.toThrow('the application ended');
  });
});

describe('until', () => {
  it('returns the first truthy answer', async () => {
    let asked = 0;
    expect(await until(() => (++asked === 3 ? 'third' : undefined))).toBe('third');
  });

  it('says what it waited for, and why that did not come', async () => {
    const waiting = until(() => Promise.reject(new Error('not there')), {
      timeoutMs: 50,
      what: 'the moon is blue',
    });
    await expect(waiting).rejects.toThrow(/50 ms in vain until the moon is blue.*not there/);
  });
});
