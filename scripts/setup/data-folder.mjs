// @ts-check
/**
 * One owner at a time for the private server's data folder.
 *
 * Two servers that write one append-only file destroy it, and Redis itself does not lock its folder. So
 * `owner.json` names the process that uses the folder and the server it started. A running owner is
 * refused; a server left over by an owner that is gone is ended first. It ends no process but that one.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isRunning } from './processes.mjs';
import { SetupError } from './say.mjs';

/**
 * Claims the folder for this process, and makes it when it is missing.
 *
 * @param {string} folder
 * @returns {Promise<{ recordServer(pid: number): void, release(): void }>}
 * @throws {SetupError} when another running process owns it
 */
export async function claimDataFolder(folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'owner.json');
  const draft = join(folder, `owner.${process.pid}.json`);
  const owner = identityOf(process.pid);
  writeFileSync(draft, JSON.stringify({ owner }));
  try {
    while (!createFrom(draft, file)) await clearLeftOver(file);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    recordServer(pid) {
      writeFileSync(draft, JSON.stringify({ owner, server: identityOf(pid) }));
      renameSync(draft, file);
    },
    release() {
      rmSync(file, { force: true });
    },
  };
}

/**
 * A link appears with its content and fails when the name is taken: nobody reads half a file.
 *
 * @param {string} draft
 * @param {string} file
 */
function createFrom(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
async function clearLeftOver(file) {
  const { owner, server } = read(file);
  if (owner && isRunning(owner)) {
    throw new SetupError(
      `the private Redis of this folder is already in use by process ${Number.parseInt(owner, 10)}: ` +
        'end that one first, or name a Redis of your own with REDIS_URL',
    );
  }
  if (server) await endServer(server);
  rmSync(file, { force: true });
}

/**
 * @param {string} file
 * @returns {{ owner?: string, server?: string }}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // gone in between, or cut short by a full disk: nobody's
  }
}

/** @param {string} server identity */
async function endServer(server) {
  for (let waitedMs = 0; isRunning(server); waitedMs += 50) {
    if (waitedMs === 0) process.kill(Number.parseInt(server, 10), 'SIGTERM');
    if (waitedMs === 10_000) process.kill(Number.parseInt(server, 10), 'SIGKILL');
    await sleep(50);
  }
}
