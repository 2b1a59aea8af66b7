/**
 * What each role of users needs of Redis, and the ACL line that gives it. Pure.
 *
 * The commands inside scripts come from the installed BullMQ (`script-commands.ts`); here is what its classes and Drover
 * itself send. A test runs their operations under these rights and finds no refusal.
 */

/** Who connects. `app` produces and works in one process. */
export type AclRole = 'producer' | 'worker' | 'app' | 'dash';

/** All roles. */
export const ACL_ROLES: readonly AclRole[] = ['producer', 'worker', 'app', 'dash'];

const EVERYBODY = [
  ...['client|setname', 'client|id', 'select', 'ping', 'info', 'multi', 'exec', 'discard'],
  ...[
    'eval',
    'evalsha',
    'script|load',
    'script|exists',
    'time',
    'exists',
    'get',
    'hget',
    'hgetall',
    'hkeys',
    'hvals',
    'getrange',
  ],
  ...[
    'hmget',
    'hexists',
    'hlen',
    'hscan',
    'hstrlen',
    'llen',
    'lrange',
    'lpos',
    'scard',
    'sismember',
  ],
  ...['smembers', 'sscan', 'type', 'ttl', 'pttl', 'strlen', 'zcard', 'zcount', 'zrange', 'zscore'],
  ...['zrank', 'zscan'],
  ...['zrevrange', 'zrangebyscore', 'zrevrangebyscore', 'xlen', 'xrange', 'xrevrange', 'xread'],
];
const LOOKS = ['scan', 'client|list', 'mget', 'zmscore', 'srandmember', 'memory|usage'];
const WRITES = [
  ...[
    'set',
    'del',
    'unlink',
    'expire',
    'pexpire',
    'persist',
    'hset',
    'hdel',
    'hincrby',
    'incr',
    'incrby',
  ],
  ...['rpush', 'lpush', 'sadd', 'srem', 'zadd', 'zrem', 'xadd', 'xtrim', 'bzpopmin', 'ltrim'],
  'wait',
];

/** What is told less or in estimates without them; nothing fails. */
export const DISPENSABLE: readonly string[] = ['client|list', 'memory|usage'];

/** Commands of a role. @param scripts those that BullMQ's scripts call */
export function commandsOf(role: AclRole, scripts: readonly string[]): readonly string[] {
  if (role === 'dash') return [...EVERYBODY, ...LOOKS];
  const own = role === 'app' ? LOOKS : [];
  return [...new Set([...EVERYBODY, ...own, ...WRITES, ...scripts])].sort();
}

/** A word as a shell takes it: rules have signs that mean something there. */
export function quoted(word: string): string {
  return /^[\w@.:+-]+$/.test(word) ? word : `'${word}'`;
}

/** The command that makes the user of an ACL line. */
export function setUserCommand(line: string): string {
  const password = '#<sha256 of the password>';
  const [before, after] = line.replace(/^user /, '').split(password);
  const words = (text = ''): string[] => text.split(' ').filter(Boolean).map(quoted);
  return ['redis-cli ACL SETUSER', ...words(before), quoted(password), ...words(after)].join(' ');
}

/**
 * The rule of a role, for ACL SETUSER or an aclfile.
 *
 * @param keys what keys it may use begin with, such as those of queues and of Drover
 */
export function aclLine(
  role: AclRole,
  {
    user = `drover-${role}`,
    keys,
    scripts,
  }: { user?: string; keys: readonly string[]; scripts: readonly string[] },
): string {
  const patterns = keys.map((start) => `~${start}*`);
  const commands = commandsOf(role, scripts).map((name) => `+${name}`);
  return [
    'user',
    user,
    'on',
    '#<sha256 of the password>',
    'resetchannels',
    ...patterns,
    '-@all',
    ...commands,
  ].join(' ');
}
