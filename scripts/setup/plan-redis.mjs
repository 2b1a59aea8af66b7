// @ts-check
/**
 * Decides where a Redis comes from, given what is true of this machine.
 *
 * Pure. The order is a promise: what the user named, then what is installed, then what can be installed
 * without asking, then Docker, then the command for the person to run.
 */

/** @typedef {import('./plan-redis.mjs').RedisFacts} RedisFacts */
/** @typedef {import('./plan-redis.mjs').RedisPlan} RedisPlan */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {'REDIS_URL' | 'REDIS_HOST' | null} the variable by which the user named a Redis; an empty one does not count
 */
export function namedBy(env) {
  if (env.REDIS_URL) return 'REDIS_URL';
  return env.REDIS_HOST ? 'REDIS_HOST' : null;
}

/**
 * The environment without any Redis setting.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutRedis(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('REDIS_')));
}

/**
 * @param {RedisFacts} facts
 * @returns {RedisPlan}
 */
export function planRedis(facts) {
  if (facts.named) return { kind: 'named', by: facts.named };
  if (facts.binary) return { kind: 'binary', path: facts.binary };
  if (facts.canInstall && facts.packageManager === 'apt-get') {
    if (facts.isRoot) return { kind: 'apt', prefix: [] };
    if (facts.hasSudoWithoutPassword) return { kind: 'apt', prefix: ['sudo', '-n'] };
  }
  if (facts.canInstall && facts.packageManager === 'brew') return { kind: 'brew' };
  if (facts.docker) return { kind: 'docker' };
  return { kind: 'ask', command: commandFor(facts) };
}

/**
 * What the person has to run, as exactly as the machine can be told apart.
 *
 * @param {RedisFacts} facts
 */
function commandFor({ platform, packageManager, isRoot }) {
  if (platform === 'win32')
    return 'wsl --install, and then `npm start` inside it (or start Docker Desktop)';
  if (platform === 'darwin') {
    return packageManager === 'brew'
      ? 'brew install redis'
      : 'install Homebrew, then: brew install redis';
  }
  const sudo = isRoot ? '' : 'sudo ';
  switch (packageManager) {
    case 'apt-get':
      return `${sudo}apt-get update && ${sudo}apt-get install -y redis-server`;
    case 'dnf':
      // Newer Fedora and RHEL carry only Valkey, older ones only Redis.
      return `${sudo}dnf install -y valkey || ${sudo}dnf install -y redis`;
    case 'yum':
      return `${sudo}yum install -y redis`;
    case 'pacman':
      return `${sudo}pacman -S --noconfirm valkey`;
    case 'zypper':
      return `${sudo}zypper install -y redis`;
    case 'apk':
      return `${sudo}apk add redis`;
    default:
      return 'install redis-server or valkey-server so that it is on PATH, or start Docker';
  }
}
