// @ts-check
/**
 * A Redis of the project's own: free loopback port, data inside the clone, ended with the program.
 *
 * The same folder is used again next time, so jobs survive. It never connects to, reconfigures or ends a
 * server that it did not start.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataFolder } from './data-folder.mjs';
import { freePort } from './free-port.mjs';
import { endWithThisProcess } from './guard.mjs';
import { SetupError } from './say.mjs';
import { waitForPong } from './wait-for-pong.mjs';

const STOP_DEADLINE_MS = 10_000;

/**
 * The server's configuration. No `dir`: it runs in the data folder, so a path with spaces needs no quoting.
 *
 * @param {number} port
 */
export function privateConfig(port) {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    'protected-mode yes',
    'appendonly yes',
    'appendfsync everysec',
    'save 3600 1',
    'save 300 100',
    'save 60 10000',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

/**
 * Starts the server and waits until it answers.
 *
 * @param {{ binary: string, dataDir: string, deadlineMs?: number }} options
 * @returns {Promise<import('./private-redis.mjs').PrivateRedis>}
 * @throws {SetupError} when the folder is in use or the server does not come up
 */
export async function startPrivateRedis({ binary, dataDir, deadlineMs = 60_000 }) {
  const claim = await claimDataFolder(dataDir);
  const port = await freePort();
  const log = join(dataDir, 'redis.log');
  writeFileSync(join(dataDir, 'redis.conf'), privateConfig(port));
  // The log holds one run. It is the server's stdout, so that errors of the configuration get there too.
  const logHandle = openSync(log, 'w');
  const server = spawn(binary, ['redis.conf'], {
    cwd: dataDir,
    // Its own process group: a Ctrl-C in the terminal must reach the application first, not its Redis.
    detached: true,
    stdio: ['ignore', logHandle, logHandle],
  });
  closeSync(logHandle);
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  /** @type {string | null} */
  let end = null;
  exited.then((how) => {
    end = how;
  });
  endWithThisProcess(server, 'TERM');

  const stop = async () => {
    if (end === null) {
      server.kill('SIGTERM');
      const late = setTimeout(() => server.kill('SIGKILL'), STOP_DEADLINE_MS);
      await exited;
      clearTimeout(late);
    }
    claim.release();
  };

  try {
    if (server.pid !== undefined) claim.recordServer(server.pid);
    const hasFailed = () => (end === null ? null : `it ended: ${end}`);
    await waitForPong({ port, deadlineMs, hasFailed });
  } catch (error) {
    await stop();
    const lastLines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(
      `the private Redis (${binary}) did not start: ${reason}\n${lastLines}\nFull log: ${log}`,
    );
  }
  return { url: `redis://127.0.0.1:${port}`, port, exited, stop };
}
