/**
 * A Redis with the kit's configuration of the queue instance, on a data folder that outlives it.
 *
 * Started on the same folder once more it comes back with what is in there. Without the kit's users, on loopback.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { monotonicMs, sleep } from './clock.ts';
import { endWithThisProcess, freePort, redisBinary } from './redis.ts';

const CONFIGURATION = fileURLToPath(
  new URL('../../../kit/config/redis-queue.conf', import.meta.url),
);
const LOAD_TIMEOUT_MS = 120_000;

/** A running server. */
export interface DurableRedis extends AsyncDisposable {
  readonly port: number;
  readonly control: Redis;
  /** SIGKILL. Its folder stays as it is. */
  kill(): Promise<void>;
}

/** Starts it and waits until it has loaded its data. */
export async function startDurableRedis(dir: string): Promise<DurableRedis> {
  const port = await freePort();
  const log = join(dir, 'redis.log');
  const flags = {
    ...{ port, bind: '127.0.0.1', dir, aclfile: '', maxmemory: '4gb', logfile: log },
    // A rewrite would begin a new file in the middle of a round.
    'auto-aof-rewrite-percentage': 0,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(redisBinary(), [CONFIGURATION, ...args], { stdio: 'ignore' });
  await once(server, 'spawn');
  endWithThisProcess(server);
  const control = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
  control.on('error', () => undefined); // it is asked again below
  const kill = async (): Promise<void> => {
    control.disconnect();
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  const end = monotonicMs() + LOAD_TIMEOUT_MS;
  while ((await control.ping().catch(() => '')) !== 'PONG') {
    if (server.exitCode !== null || monotonicMs() > end) {
      await kill();
      throw new Error(`redis-server does not start: ${readFileSync(log, 'utf8').slice(-500)}`);
    }
    await sleep(20);
  }
  return { port, control, kill, [Symbol.asyncDispose]: kill };
}
