/**
 * The ACL files of the kit, as templates: a line for each user, and `#{NAME}` where the hash of a password belongs. Pure.
 *
 * No comments: Redis does not start with one in an ACL file. The default user keeps all rights and lets nobody in, as
 * Redis replays its append-only file as that user: without them it would start with most of the queue gone.
 */
import { DEFAULT_BULL_PREFIX } from '../keys.ts';
import { aclLine } from './acl-line.ts';
import { type AclRole, commandsOf, OVERSEES } from './acl-roles.ts';

const PREFIXES = { queues: DEFAULT_BULL_PREFIX, own: 'coordinator' };
const DEFAULT_USER = 'user default off resetpass ~* &* +@all';

/** Users of the queue instance. A Sentinel is no part of the kit. */
export const QUEUE_USERS: readonly AclRole[] = [
  ...(['app', 'producer', 'worker', 'operator', 'viewer'] as const),
  ...(['exporter', 'backup', 'replica', 'health'] as const),
];

/** Users of the cache instance. */
export const CACHE_USERS: readonly CacheUser[] = ['app', 'operator', 'exporter', 'health'];
type CacheUser = 'app' | 'operator' | 'exporter' | 'health';

/** The template of the queue instance. @param scripts commands that BullMQ's scripts call */
export function queueUsers(scripts: readonly string[]): string {
  const lines = QUEUE_USERS.map((role) =>
    aclLine(role, { prefixes: PREFIXES, scripts, password: placeOf('QUEUE', role) }),
  );
  return fileOf(lines);
}

/** The template of the cache instance. */
export function cacheUsers(): string {
  return fileOf(
    CACHE_USERS.map((user) =>
      ['user', `drover-${user}`, 'on', placeOf('CACHE', user), ...CACHE_RULES[user]].join(' '),
    ),
  );
}

function fileOf(lines: readonly string[]): string {
  return `${[DEFAULT_USER, ...lines].join('\n')}\n`;
}

function placeOf(instance: 'QUEUE' | 'CACHE', user: AclRole): string {
  const whose = user === 'app' ? '' : `${user.toUpperCase()}_`;
  return `#{REDIS_${instance}_${whose}PASSWORD}`;
}

const plus = (names: readonly string[]): readonly string[] => names.map((name) => `+${name}`);

/**
 * A cache is its application's own: any key, any channel, every kind of value, Lua for rate limiters. Neither what empties
 * it or walks through it at once, nor what is about the server. Kinds of values are categories, which new versions fill with
 * commands of that kind only; `@read` and `@write` would take in whatever else a server can hold.
 */
const CACHE_APP = [
  ...['~*', 'resetchannels', '&*', '-@all', '+@connection', '+@transaction', '+@string', '+@hash'],
  ...['+@list', '+@set', '+@sortedset', '+@bitmap', '+@hyperloglog', '+@geo', '+@stream'],
  ...['+@pubsub', '-@dangerous'],
  ...plus([
    ...['info', 'eval', 'evalsha', 'script|load', 'script|exists', 'time', 'scan'],
    ...['del', 'unlink', 'exists', 'type', 'touch', 'rename', 'renamenx', 'copy', 'expire'],
    ...['pexpire', 'expireat', 'pexpireat', 'expiretime', 'pexpiretime', 'persist', 'ttl', 'pttl'],
  ]),
];

const CACHE_RULES: Readonly<Record<CacheUser, readonly string[]>> = {
  app: CACHE_APP,
  operator: [
    ...CACHE_APP,
    ...plus([...OVERSEES, 'client|list', 'memory|usage']),
    // A cache may be emptied; by a person, and not by whoever takes over the application.
    '+flushdb',
  ],
  exporter: ['~*', 'resetchannels', '-@all', ...plus(commandsOf('exporter', []))],
  health: ['resetchannels', '-@all', ...plus(commandsOf('health', []))],
};
