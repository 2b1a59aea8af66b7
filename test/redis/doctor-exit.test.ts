/** `drover doctor` of a Redis that is not reached: each reason told apart by the program, as a process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { reserve } from '../support/redis-server.ts';
import { startServer } from './doctors.ts';

/** A server with TLS on its one port, and the folder of its certificate. */
async function startTls(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'drover-tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key],
    ...['-out', cert, '-subj', '/CN=localhost'],
  ]);
  const port = await reserve();
  await startServer({
    config: {
      ...{ 'tls-port': String(port), 'tls-cert-file': cert, 'tls-key-file': key },
      ...{ 'tls-ca-cert-file': cert, 'tls-auth-clients': 'no' },
    },
  });
  return port;
}

test('each reason why Redis is not reached ends with 5, its name and its remedy, whatever was asked', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { port: silentPort } = silent.address() as { port: number };
  const [nobody, tls, locked, full, plain] = await Promise.all([
    ...[reserve(), startTls(), startServer({ password: 'secret' }), startServer(), startServer()],
  ] as const);
  await createClient(full).config('SET', 'maxclients', '1');
  const at = (port: number, start = 'redis://'): string => `${start}127.0.0.1:${port}`;
  const reasons: readonly [url: string, seen: RegExp, remedy: RegExp][] = [
    [at(nobody), /nothing listens there \(ECONNREFUSED\)/, /Start Redis/],
    ['redis://no-such-host.invalid', /the name has no address/, /getent hosts no-such-host/],
    [at(silentPort), /takes the connection and never answers/, /SIGSTOP/],
    [at(tls), /the server speaks TLS/, /rediss:\/\//],
    [at(tls, 'rediss://'), /certificate is not accepted/, /NODE_EXTRA_CA_CERTS/],
    [at(plain.port, 'rediss://'), /does not speak TLS/, /redis:\/\/ instead/],
    [at(locked.port), /NOAUTH/, /user and password/],
    [at(locked.port, 'redis://:not-the-one@'), /WRONGPASS/, /ACL GETUSER/],
    [at(full.port), /max number of clients/, /CONFIG SET maxclients/],
  ];
  const ran = await Promise.all(
    reasons.map(([url], i) =>
      drover(['doctor', '-r', url, ...(i === 0 ? ['--fix', '--yes'] : [])]),
    ),
  );
  for (const [i, { code, stdout, stderr }] of ran.entries()) {
    expect({ code, stderr }).toEqual({ code: 5, stderr: '' });
    expect(stdout).toMatch(reasons[i]![1]);
    expect(stdout).toMatch(reasons[i]![2]);
    expect(stdout).not.toContain('not-the-one');
  }
}, 60_000);
