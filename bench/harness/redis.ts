/**
 * A Redis of the benchmark's own: free loopback port, temporary folder, nothing written to disk.
 *
 * It is ended by its process id, also when the benchmark itself is killed: then a shell that waits on a
 * pipe from this process does it. No other server is ever touched.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { within } from './clock.ts';

const START_TIMEOUT_MS = 10_000;
/** Below the range from which systems hand out ports to outgoing connections. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A running server. */
export interface PrivateRedis extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly version: string;
  /** A connection for looking at the server; sides never use it. */
  readonly control: Redis;
  flush(): Promise<void>;
  /** Processor time used since the start, user and system, in seconds. */
  cpuSeconds(): Promise<number>;
  /** Clients beside `control`. */
  clients(): Promise<number>;
  /** SIGKILL, as a crash does it. */
  kill(): Promise<void>;
  /** SIGSTOP: sockets stay open, nothing answers any more. */
  freeze(): void;
}

/** The binary that `npm run bench` found, or the one on PATH. */
export function redisBinary(): string {
  return process.env.DROVER_TEST_REDIS_SERVER || 'redis-server';
}

/** Starts a server and waits until it answers; on a free port unless one is wanted. */
export async function startRedis(wanted: { port?: number } = {}): Promise<PrivateRedis> {
  if (wanted.port !== undefined) return startOn(wanted.port);
  // Between finding a free port and using it another process may take it.
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(await freePort());
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function startOn(port: number): Promise<PrivateRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'drover-bench-redis-'));
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true });
  const flags = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(redisBinary(), args, { stdio: 'ignore' });
  await once(server, 'spawn');
  endWithThisProcess(server);
  process.once('exit', removeDir);

  const url = `redis://127.0.0.1:${port}`;
  const control = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  control.on('error', () => undefined); // it retries until the deadline below

  const kill = async (): Promise<void> => {
    control.disconnect();
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  const stop = async (): Promise<void> => {
    await kill();
    removeDir();
    process.off('exit', removeDir);
  };
  try {
    const info = await within(control.info('server'), START_TIMEOUT_MS, 'starting Redis');
    if (fieldOf(info, 'process_id') !== String(server.pid)) {
      throw new Error(`another Redis listens on port ${port}`);
    }
    const ownId = String(await control.client('ID'));
    return {
      port,
      url,
      control,
      version: fieldOf(info, 'redis_version'),
      flush: async () => {
        await control.flushall();
      },
      cpuSeconds: async () => {
        const cpu = await control.info('cpu');
        return Number(fieldOf(cpu, 'used_cpu_user')) + Number(fieldOf(cpu, 'used_cpu_sys'));
      },
      clients: async () => {
        const lines = String(await control.client('LIST'))
          .trim()
          .split('\n');
        return lines.filter((line) => !line.startsWith(`id=${ownId} `)).length;
      },
      kill,
      freeze: () => void server.kill('SIGSTOP'),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A loopback port on which nothing listens. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found from ${FIRST_PORT} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });
}

function fieldOf(info: string, name: string): string {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}

/** Kills a server when this process is gone, whatever ended it. */
export function endWithThisProcess(server: ChildProcess): void {
  const script = 'read _; kill -s KILL "$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(server.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => undefined); // no shell: then only the ordinary stop ends the server
  guard.unref();
  const pipe = guard.stdin as Socket | null; // a pipe's handle must not keep this process alive
  pipe?.once('error', () => undefined);
  pipe?.unref();
  server.once('exit', () => guard.kill('SIGKILL'));
}
