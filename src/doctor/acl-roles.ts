/**
 * What each role of users needs of Redis, as data: commands, keys, channels. Pure.
 *
 * The commands inside scripts come from the installed BullMQ (`script-commands.ts`); here is what its classes, Drover
 * itself and the programs around a server send. Tests run them under these rights and find no refusal, and try every
 * other command of the server and find each refused. A right that nothing needs has no place here.
 */

import { createKeys } from '../keys.ts';

/** Who connects. `app` produces and works in one process. */
export type AclRole =
  | 'producer'
  | 'worker'
  | 'app'
  | 'operator'
  | 'viewer'
  | 'exporter'
  | 'backup'
  | 'replica'
  | 'sentinel'
  | 'health';

/** All roles. */
export const ACL_ROLES: readonly AclRole[] = [
  ...(['producer', 'worker', 'app', 'operator', 'viewer'] as const),
  ...(['exporter', 'backup', 'replica', 'sentinel', 'health'] as const),
];

/** Those whose rights a connected user is judged by. A worker has those of an application. */
export const JUDGED_ROLES: readonly AclRole[] = ['app', 'producer', 'viewer'];

/** What a role may touch. */
export interface RoleReach {
  /** Keys and channels, as a line has them. */
  rules(prefixes: { readonly queues: string; readonly own: string }): readonly string[];
  /**
   * Whether what a connection says about itself goes without saying: ioredis names itself, with a command that is
   * unknown before 7.2 and would keep such a server from starting if it stood in the line.
   */
  readonly saysWhoItIs: boolean;
}

/** Every process also counts its sockets and measures what its queues take: CLIENT LIST, MEMORY USAGE. */
const READS = [
  ...['client|setname', 'client|id', 'client|list', 'select', 'ping', 'info', 'multi', 'exec'],
  ...['discard', 'memory|usage', 'srandmember'],
  ...['eval', 'evalsha', 'script|exists', 'time', 'scan', 'type', 'ttl', 'pttl', 'exists'],
  ...['get', 'mget', 'getrange', 'strlen', 'hget', 'hgetall', 'hkeys', 'hvals', 'hmget'],
  ...['hexists', 'hlen', 'hscan', 'hstrlen', 'llen', 'lindex', 'lrange', 'lpos', 'scard'],
  ...['sismember', 'smembers', 'sscan', 'zcard', 'zcount', 'zrange', 'zscore', 'zmscore', 'zrank'],
  ...['zscan', 'zrevrange', 'zrangebyscore', 'zrevrangebyscore', 'xlen', 'xrange', 'xrevrange'],
  'xread',
];
const WRITES = [
  ...['script|load', 'set', 'del', 'unlink', 'expire', 'pexpire', 'persist', 'hset', 'hdel'],
  ...['hincrby', 'incr', 'incrby', 'rpush', 'lpush', 'ltrim', 'sadd', 'srem', 'zadd', 'zrem'],
  ...['xadd', 'xtrim', 'wait'],
];
/** Takes jobs: what only a worker does. */
const TAKES = ['bzpopmin', 'zpopmin', 'rpoplpush'];
const SERVER_LOOKS = ['slowlog|get', 'latency|latest'];
/** For the doctor, and `acl|load` for a change of passwords: it takes up what is in the file and can write nothing there. */
const OPERATES = [
  ...['config|get', 'acl|whoami', 'acl|getuser', 'acl|list', 'acl|cat', 'acl|log', 'acl|load'],
];
/** What a person at redis-cli looks with. */
const BY_HAND = [
  ...['dbsize', 'lastsave', 'role', 'slowlog|len', 'latency|doctor', 'latency|history'],
  ...['latency|histogram', 'memory|stats', 'memory|doctor'],
];

/** What an operator may beyond an application: all of it about the server, and none of it changes its data. */
export const OVERSEES: readonly string[] = [...SERVER_LOOKS, ...OPERATES, ...BY_HAND];

/** Sent by programs around a server; nothing in them runs scripts. */
const PROGRAMS = {
  exporter: [
    ...['ping', 'select', 'client|setname', 'client|list', 'info', 'config|get', 'slowlog|get'],
    ...['slowlog|len', 'latency|latest', 'latency|histogram', 'scan', 'type', 'get', 'pfcount'],
    ...['strlen', 'llen', 'scard', 'zcard', 'hlen', 'xlen', 'xinfo|stream', 'xinfo|groups'],
    'memory|usage',
  ],
  backup: [
    ...['ping', 'select', 'client|setname', 'info', 'config|get', 'lastsave', 'dbsize', 'scan'],
    ...['llen', 'zcard', 'get', 'psync', 'sync', 'replconf', 'hset', 'hget', 'hgetall'],
  ],
  replica: ['ping', 'psync', 'replconf'],
  sentinel: [
    ...['ping', 'info', 'role', 'multi', 'exec', 'slaveof', 'config|rewrite', 'client|setname'],
    ...['client|kill', 'script|kill', 'subscribe', 'publish'],
  ],
  health: ['ping'],
} as const;

/** What is told less or in estimates without them; nothing fails. */
export const DISPENSABLE: readonly string[] = [
  ...['client|list', 'memory|usage', 'slowlog|get', 'latency|latest'],
];

/** Commands of a role, in the order of the alphabet. @param scripts those that BullMQ's scripts call */
export function commandsOf(role: AclRole, scripts: readonly string[]): readonly string[] {
  return [...new Set(allOf(role, scripts))].sort();
}

function allOf(role: AclRole, scripts: readonly string[]): readonly string[] {
  switch (role) {
    case 'viewer':
      return [...READS, ...SERVER_LOOKS];
    case 'producer':
      return [...READS, ...WRITES, ...scripts].filter((name) => !TAKES.includes(name));
    // A worker adds, too: children of flows, what is replayed, what schedulers are to start.
    case 'worker':
    case 'app':
      return [...READS, ...WRITES, ...TAKES, ...scripts];
    case 'operator':
      return [...allOf('app', scripts), ...OVERSEES];
    default:
      return PROGRAMS[role];
  }
}

/** What a role may touch, and whether it may say who it is. */
export function reachOf(role: AclRole): RoleReach {
  const none = (): readonly string[] => [];
  switch (role) {
    case 'exporter':
      // Lengths of queues. Drover's own keys hold bodies of jobs as plain strings.
      return { rules: ({ queues }) => [below(queues)], saysWhoItIs: false };
    case 'backup':
      return { rules: ({ own }) => ['%R~*', `~${createKeys(own).backups()}`], saysWhoItIs: true };
    case 'sentinel':
      return { rules: () => ['&__sentinel__:hello'], saysWhoItIs: false };
    case 'replica':
    case 'health':
      return { rules: none, saysWhoItIs: false };
    default:
      return { rules: ({ queues, own }) => [below(queues), below(own)], saysWhoItIs: true };
  }
}

function below(prefix: string): string {
  return `~${[prefix, '*'].join(':')}`;
}
