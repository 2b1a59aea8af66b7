// @ts-check
/**
 * Installs the dependencies when they are missing or do not match the lock file, and only then.
 *
 * npm keeps in `node_modules/.package-lock.json` what it installed, and writes it last, so that a broken-off
 * installation has none. That file is compared with `package-lock.json` by content; times say nothing
 * after a checkout. A stamp remembers the last good comparison and the platform it was made on.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './processes.mjs';
import { SetupError, say } from './say.mjs';

/** @typedef {import('./dependencies.mjs').LockFile} LockFile */

const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * Makes `node_modules` match the lock file; workspaces come along.
 *
 * @throws {SetupError} when npm fails, or Node is too old
 */
export async function ensureDependencies() {
  requireNode(process.versions.node);
  const hasLock = existsSync(join(root, 'package-lock.json'));
  if (hasLock && isCurrent()) return;
  const command = hasLock ? 'ci' : 'install';
  say(`installs the dependencies (npm ${command})`);
  // Development dependencies are needed to build, whatever NODE_ENV says.
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  const code = await npm([command, '--include=dev', ...quiet]);
  if (code !== 0) {
    throw new SetupError(
      `npm ${command} failed with exit code ${code}; its own message is above. ` +
        'The first installation needs a network: check the connection and the proxy settings (npm config list), then try again.',
    );
  }
  writeFileSync(stampFile(), stamp());
}

/**
 * What is installed against what the lock file wants.
 *
 * @param {LockFile} wanted  `package-lock.json`
 * @param {LockFile} installed  `node_modules/.package-lock.json`
 */
export function matches(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, want]) => {
    if (path === '') return true; // the project itself is not installed
    const have = installed.packages[path];
    // Packages for other platforms stay out, and so do peers that nobody needs.
    if (!have) return Boolean(want.optional || want.devOptional || want.peer);
    return have.version === want.version && have.integrity === want.integrity;
  });
}

function isCurrent() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const last = existsSync(stampFile()) ? readFileSync(stampFile(), 'utf8') : null;
  if (last === stamp()) return true;
  // Another platform's node_modules, for example in a folder shared with a container, holds the wrong binaries.
  if (last !== null && !last.startsWith(`${PLATFORM} `)) return false;
  /** @param {string} file @returns {LockFile} */
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  if (!matches(read(join(root, 'package-lock.json')), read(installedFile))) return false;
  writeFileSync(stampFile(), stamp());
  return true;
}

function stampFile() {
  return join(root, 'node_modules', '.drover-stamp');
}

function stamp() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) {
    hash.update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : '');
  }
  return `${PLATFORM} ${hash.digest('hex')}`;
}

/** @param {readonly string[]} args */
function npm(args) {
  // Inside `npm start` npm tells where it is; this very npm is right, and needs no shell on Windows.
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') ? run(process.execPath, [cli, ...args]) : run('npm', args);
}

/** @param {string} version */
function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${version} is too old: install Node 20.19 or newer`);
}
