/** The console over any deployment: `drover serve`, as a process, on a real Redis that comes and goes. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { DROVER, drover } from './command-line.ts';

const PASSWORD = 'serve-secret-1';
let server: RedisServer;
let app: ChildApp | undefined;
beforeAll(async () => {
  server = await startRedis({ password: PASSWORD });
  return () => server.stop();
});
afterEach(async () => {
  app?.kill('SIGKILL');
  await app?.exited;
  app = undefined;
});

async function serve(...flags: string[]): Promise<{ url: string; app: ChildApp }> {
  const started = startApp(DROVER, {
    args: ['serve', ...flags],
    env: { REDIS_URL: server.url },
    cwd: server.dir,
  });
  app = started;
  const url = await started.line(' is at http').then((line) => / is at (\S+)$/.exec(line)![1]!);
  return { url, app: started };
}

describe('serve', () => {
  it('says where it is and who may come in, answers, and ends in time on SIGTERM', async () => {
    const port = await freePort();
    const { url, app } = await serve('--port', String(port), '--environment', 'production');
    expect(url).toBe(`http://127.0.0.1:${port}`);
    await app.line('may come: whoever is on this machine');
    await app.line('changes:  allowed');
    const live = await fetch(`${url}/health/live`);
    expect(live.status).toBe(200);
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('"environment":"production"');
    app.kill('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output.join('\n')).not.toContain(PASSWORD);
  });

  it('heals when Redis comes back', async () => {
    const { url } = await serve('--port', '0');
    const status = async (): Promise<number> => (await fetch(`${url}/health/redis`)).status;
    await until(async () => (await status()) === 200);
    await server.kill();
    await until(async () => (await status()) === 503, { timeoutMs: 20_000 });
    await server.restart();
    await until(async () => (await status()) === 200, { timeoutMs: 20_000 });
  });

  it('a port that is taken and was asked for is an error', async () => {
    const other = createServer(() => {}).listen(0, '127.0.0.1');
    await until(() => other.listening);
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await drover(['serve', '--port', String(port)], {
      env: { REDIS_URL: server.url },
    });
    other.close();
    expect(code).toBe(2);
    expect(stderr).toContain(`Port ${port} is taken`);
  });

  it.each<[flags: string[], said: string]>([
    [['--host', '0.0.0.0'], 'can be reached by other machines'],
    [['--host', '::'], 'can be reached by other machines'],
    [['--read-only', '--write'], 'exclude each other'],
    [['--user', 'ops'], '--password-file go together'],
    [['--port', '99999'], '--port must be'],
    [['--queues', 'mail*'], '--user'],
  ])('refuses %j before it opens anything', async (flags, said) => {
    const env = { REDIS_URL: server.url };
    const { code, stderr } = await drover(['serve', ...flags], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('a password that is too short is refused and not shown', async () => {
    const file = join(server.dir, 'short');
    writeFileSync(file, 'abc123\n');
    const { code, stderr } = await drover(['serve', '--user', 'ops', '--password-file', file], {
      env: { REDIS_URL: server.url },
    });
    expect(code).toBe(2);
    expect(stderr).not.toContain('abc123');
  });
});
