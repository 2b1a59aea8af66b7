// @ts-check
/**
 * Finds a Redis, or installs one where that can be done without asking.
 *
 * Looks at the machine, lets `plan-redis.mjs` decide, does what it says, and says what it does. When an
 * installation fails the next plan is taken. It never connects to a server, and never starts one.
 */
import { existsSync } from 'node:fs';
import { namedBy, planRedis } from './plan-redis.mjs';
import { findOnPath, outputOf, run } from './processes.mjs';
import { SetupError, say as sayAloud } from './say.mjs';

/** @typedef {import('./plan-redis.mjs').RedisFacts} RedisFacts */
/** @typedef {import('./find-redis.mjs').FoundRedis} FoundRedis */

const SERVERS = ['redis-server', 'valkey-server'];
const LINUX_MANAGERS = /** @type {const} */ (['apt-get', 'dnf', 'yum', 'pacman', 'zypper', 'apk']);
const MAC_MANAGERS = /** @type {const} */ (['brew']);

/**
 * @param {object} [options]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {boolean} [options.onlyBinary] ignore what the user named and Docker: tests start their own servers
 * @param {(line: string) => void} [options.say]
 * @returns {Promise<FoundRedis>}
 * @throws {SetupError} with the command to run, when nothing can be done without asking
 */
export async function findRedis({ env = process.env, onlyBinary = false, say = sayAloud } = {}) {
  let facts = lookAround(env, onlyBinary);
  for (;;) {
    const plan = planRedis(facts);
    switch (plan.kind) {
      case 'named':
      case 'binary':
      case 'docker':
        return plan;
      case 'apt':
        say('no Redis found: installs one (apt-get update, apt-get install redis-server)');
        await installWithApt(plan.prefix);
        break;
      case 'brew':
        say('no Redis found: installs one (brew install redis)');
        await run('brew', ['install', 'redis']);
        break;
      case 'ask':
        throw new SetupError(
          `no Redis found, and none can be installed without asking you. Run:\n\n  ${plan.command}\n\n` +
            (onlyBinary ? '' : 'or name one: REDIS_URL=redis://localhost:6379 npm start\n'),
        );
    }
    const binary = findServer(env);
    if (!binary) say('that did not work');
    // A failed installation leads on to Docker, or to the command for the person.
    facts = { ...facts, binary, canInstall: false };
  }
}

/**
 * What counts for the plan. Slow questions are asked only when their answer matters.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} onlyBinary
 * @returns {RedisFacts}
 */
function lookAround(env, onlyBinary) {
  const named = onlyBinary ? null : namedBy(env);
  const binary = findServer(env);
  const isSettled = named !== null || binary !== null;
  const isRoot = process.getuid?.() === 0;
  const managers = process.platform === 'darwin' ? MAC_MANAGERS : LINUX_MANAGERS;
  return {
    platform: process.platform,
    named,
    binary,
    isRoot,
    canInstall: true,
    packageManager: managers.find((name) => findOnPath([name], env.PATH)) ?? null,
    hasSudoWithoutPassword: !isSettled && !isRoot && outputOf('sudo', ['-n', 'true']) !== null,
    docker:
      !isSettled &&
      !onlyBinary &&
      outputOf('docker', ['version', '--format', '{{.Server.Version}}']) !== null,
  };
}

/** @param {NodeJS.ProcessEnv} env */
function findServer(env) {
  const homebrew = ['/opt/homebrew/bin', '/usr/local/bin'].join(':');
  return findOnPath(SERVERS, env.PATH) ?? findOnPath(SERVERS, homebrew);
}

/** @param {readonly string[]} prefix */
async function installWithApt(prefix) {
  /** @param {readonly string[]} command */
  const asRoot = (command) => {
    const [first = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command];
    return run(first, rest);
  };
  // A fresh machine or image has no package lists, so the update always comes first.
  await asRoot(['apt-get', 'update', '-q']);
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends'];
  if ((await asRoot([...install, 'redis-server'])) !== 0) return;
  // Debian starts the package's service at once; nobody asked for a Redis on port 6379.
  if (existsSync('/run/systemd/system')) {
    await asRoot(['systemctl', 'disable', '--now', 'redis-server.service']);
  }
}
