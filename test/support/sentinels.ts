/**
 * Sentinels of the test's own that watch one primary: a majority of them promotes a replica when it is gone.
 *
 * Own ports and folders on the loopback; ended with the test process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { waitForPong } from '../../scripts/setup/wait-for-pong.mjs';
import { redisBinary } from './redis-server.ts';

/** What the primary is called. */
export const PRIMARY_NAME = 'mymaster';

/** How many there are, and how they get in. */
export interface SentinelOptions {
  readonly count?: number;
  readonly downAfterMs?: number;
  /** As whom they connect to the servers that they watch. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** Starts `count` Sentinels that ask every `downAfterMs` whether the primary lives. */
export async function startSentinels(
  primaryPort: number,
  options: SentinelOptions = {},
): Promise<Sentinels> {
  const sentinels = new Sentinels();
  const { count = 3, downAfterMs = 2_000, login } = options;
  for (let i = 0; i < count; i += 1) await sentinels.add(primaryPort, count, downAfterMs, login);
  return sentinels;
}

/** Made by `startSentinels`. */
export class Sentinels {
  readonly addresses: Array<{ host: string; port: number }> = [];
  readonly #running: Array<{ process: ChildProcess; dir: string }> = [];

  async add(
    primaryPort: number,
    count: number,
    downAfterMs: number,
    login?: SentinelOptions['login'],
  ): Promise<void> {
    const port = await freePort();
    const dir = mkdtempSync(join(tmpdir(), 'drover-sentinel-'));
    const quorum = Math.floor(count / 2) + 1;
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${primaryPort} ${quorum}`,
      `sentinel down-after-milliseconds ${PRIMARY_NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${PRIMARY_NAME} 4000`,
      ...(login ? [`sentinel auth-user ${PRIMARY_NAME} ${login.user}`] : []),
      ...(login ? [`sentinel auth-pass ${PRIMARY_NAME} ${login.password}`] : []),
    ];
    writeFileSync(join(dir, 'sentinel.conf'), `${lines.join('\n')}\n`);
    const child = spawn(redisBinary(), ['sentinel.conf', '--sentinel'], {
      cwd: dir,
      stdio: 'ignore',
    });
    endWithThisProcess(child, 'KILL');
    this.#running.push({ process: child, dir });
    await waitForPong({ port, auth: [], deadlineMs: 10_000 });
    this.addresses.push({ host: '127.0.0.1', port });
  }

  /** Ends them all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process: child, dir } of this.#running.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(dir, { recursive: true, force: true });
    }
  }
}
