// @ts-check
/**
 * The private Redis in a container, for machines where no server can be installed but Docker works.
 *
 * Same promises as `private-redis.mjs`: loopback port, data in the clone, ended with the program. The
 * container's name is made from the folder, so a container that an earlier run left over is found and
 * replaced. Not covered by the tests, which never need a container engine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { claimDataFolder } from './data-folder.mjs';
import { freePort } from './free-port.mjs';
import { outputOf, run } from './processes.mjs';
import { SetupError } from './say.mjs';
import { waitForPong } from './wait-for-pong.mjs';

const IMAGE = 'redis:7';

/**
 * @param {{ name: string, port: number, dataDir: string, user: string | null }} options
 * @returns {string[]} arguments of `docker`
 */
export function dockerArgs({ name, port, dataDir, user }) {
  // As the caller's own user, so that the files in the clone can be removed again.
  const asUser = user === null ? [] : ['--user', user];
  const place = ['-p', `127.0.0.1:${port}:6379`, '-v', `${dataDir}:/data`];
  const settings = '--appendonly yes --appendfsync everysec --maxmemory-policy noeviction';
  const server = ['redis-server', ...settings.split(' ')];
  return ['run', '--rm', '--name', name, ...asUser, ...place, IMAGE, ...server];
}

/**
 * @param {{ dataDir: string }} options
 * @returns {Promise<import('./private-redis.mjs').PrivateRedis>}
 * @throws {SetupError} when the folder is in use or the container does not come up
 */
export async function startDockerRedis({ dataDir }) {
  const claim = await claimDataFolder(dataDir);
  const port = await freePort();
  const name = `drover-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const user = process.getuid && process.getgid ? `${process.getuid()}:${process.getgid()}` : null;
  outputOf('docker', ['rm', '--force', name]);
  if (outputOf('docker', ['image', 'inspect', IMAGE]) === null) {
    await run('docker', ['pull', IMAGE]);
  }
  const client = spawn('docker', dockerArgs({ name, port, dataDir, user }), {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  /** @type {string | null} */
  let end = null;
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    client.once('error', (error) => resolve(error.message));
    client.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  exited.then((how) => {
    end = how;
  });
  const stop = async () => {
    if (end === null) {
      await run('docker', ['stop', '--time', '10', name]);
      await exited;
    }
    claim.release();
  };
  try {
    await waitForPong({ port, deadlineMs: 60_000, hasFailed: () => end && `it ended: ${end}` });
  } catch (error) {
    await stop();
    throw new SetupError(
      `the Redis container did not start: ${/** @type {Error} */ (error).message}`,
    );
  }
  return { url: `redis://127.0.0.1:${port}`, port, exited, stop };
}
