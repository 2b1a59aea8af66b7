/** CON00 on real servers: why Redis cannot be reached, each told apart, and what it says works. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { diagnose, type Target } from '../../src/doctor/reachability.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, reserve } from '../support/redis-server.ts';
import { ADMIN } from './asking.ts';
import { startServer } from './doctors.ts';

const at = (port: number, more: Partial<Target> = {}): Target => ({
  ...{ host: '127.0.0.1', port },
  ...more,
});

async function says(target: Target, seen: string | RegExp, remedy: string): Promise<void> {
  const finding = await diagnose(target);
  expect(finding).toMatchObject({ id: 'CON00', severity: 'critical' });
  expect(finding.seen).toMatch(seen);
  expect(finding.remedy.join('\n')).toContain(remedy);
}

const reached = async (target: Target): Promise<void> =>
  expect((await diagnose(target)).seen).toContain('it answers');

test('nothing listens, a name without an address, and a server that is no Redis', async () => {
  const port = await reserve();
  await says(at(port), 'ECONNREFUSED', 'Start Redis');
  await startServer({ port });
  await reached(at(port));
  await says(at(6379, { host: 'no-such-host.invalid' }), 'no address', 'getent hosts');
  const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void web.close());
  const { port: webPort } = web.address() as { port: number };
  await says(at(webPort), 'something else than Redis', 'REDIS_URL');
}, 30_000);

test('a network that swallows everything, and a server that stands still', async () => {
  const server = await startServer();
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  proxy.mode = 'silence';
  await says(at(proxy.port), 'never answers', 'redis-cli');
  proxy.mode = 'pass';
  await reached(at(proxy.port));
  server.freeze();
  await says(at(server.port), 'never answers', 'SIGSTOP');
  server.thaw();
  await reached(at(server.port));
}, 60_000);

test('a running application tells that its Redis stands still before a caller gives up', async () => {
  const server = await startServer();
  const { control } = await startCoordinator(server, { metrics: false });
  await control.call('doctor.run', { quick: true }, { principal: ADMIN });
  server.freeze();
  const { findings } = await control.call('doctor.run', {}, { principal: ADMIN });
  server.thaw();
  expect(findings).toMatchObject([{ id: 'CON00', seen: expect.stringContaining('never answers') }]);
}, 15_000);

test('no password, a wrong one, a user that is off, and too many clients', async () => {
  const server = await startServer({
    aclLines: ['user default off', 'user app on >secret ~* &* +@all'],
  });
  const admin = createClient({ url: server.adminUrl });
  const app = at(server.port, { username: 'app', password: 'secret' });
  await reached(app);
  await says(at(server.port), 'NOAUTH', 'redis://drover-app:PASSWORD');
  await says({ ...app, password: 'wrong' }, 'WRONGPASS', 'redis://user:password');
  await admin.call('ACL', 'SETUSER', 'app', 'off');
  await says(app, 'WRONGPASS', 'redis-cli ACL SETUSER <user> on');
  await admin.call('ACL', 'SETUSER', 'app', 'on');
  await reached(app);
  await admin.config('SET', 'maxclients', '1');
  await says(app, 'max number of clients', 'redis-cli CONFIG SET maxclients 10000');
  await admin.config('SET', 'maxclients', '1000');
  await reached(app);
}, 60_000);

test('protected mode lets only its own machine in', async () => {
  const { default: os } = await import('node:os');
  const address = Object.values(os.networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
  if (address === undefined) {
    process.stdout.write('protected mode: not tried, this machine has only a loopback address\n');
    return;
  }
  const server = await startServer({ config: { bind: '0.0.0.0', 'protected-mode': 'yes' } });
  const target = at(server.port, { host: address });
  await says(target, 'protected mode', 'Set a password');
  await createClient(server).config('SET', 'protected-mode', 'no');
  await reached(target);
}, 30_000);

async function startTls(): Promise<{ server: RedisServer; port: number; ca: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'drover-tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key],
      ...['-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { encoding: 'utf8' },
  );
  expect(made.status, made.stderr).toBe(0);
  const port = await reserve();
  const server = await startServer({
    config: {
      ...{ 'tls-port': String(port), 'tls-cert-file': cert, 'tls-key-file': key },
      ...{ 'tls-ca-cert-file': cert, 'tls-auth-clients': 'no' },
    },
  });
  return { server, port, ca: readFileSync(cert, 'utf8') };
}

test('TLS: a plain connection to it, one to a plain port, and a certificate that is not accepted', async ({
  skip,
}) => {
  if (spawnSync('openssl', ['version']).status !== 0)
    skip('openssl is not installed: there is no certificate to serve');
  const { server, port, ca } = await startTls();
  await reached(at(port, { tls: { ca } }));
  await says(at(port), 'the server speaks TLS', 'rediss://');
  await says(
    at(server.port, { tls: { ca } }),
    'does not speak TLS',
    'redis:// instead of rediss://',
  );
  await says(at(port, { tls: {} }), /certificate is not accepted \(\w+\)/, 'redis.tls.ca');
  await createClient(server).config('SET', 'tls-auth-clients', 'yes');
  await says(at(port, { tls: { ca } }), /TLS|without a word/, '');
}, 60_000);
