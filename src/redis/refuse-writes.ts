/**
 * Keeps every command that changes something off the sockets of a process that must change nothing.
 *
 * A script is refused for any word in it that writes, whether or not it would come to that; what is not known is refused.
 */
import type { Redis, RedisOptions } from 'ioredis';
import { CoordinatorError } from '../errors.ts';
import { judgeCommands, type SentCommand } from './judge-commands.ts';

/** Commands that change keys, as Redis 6.2 to 8 and Valkey have them, and those that tell others something. */
export const WRITES: ReadonlySet<string> = new Set([
  ...['append', 'bitfield', 'bitop', 'blmove', 'blmpop', 'blpop', 'brpop', 'brpoplpush', 'bzmpop'],
  ...['bzpopmax', 'bzpopmin', 'copy', 'decr', 'decrby', 'del', 'delex', 'expire', 'expireat'],
  ...['fcall', 'flushall', 'flushdb', 'function', 'geoadd', 'georadius', 'georadiusbymember'],
  ...['geosearchstore', 'getdel', 'getex', 'getset', 'hdel', 'hexpire', 'hexpireat', 'hgetdel'],
  ...['hgetex', 'hincrby', 'hincrbyfloat', 'hmset', 'hpersist', 'hpexpire', 'hpexpireat', 'hset'],
  ...['hsetex', 'hsetnx', 'incr', 'incrby', 'incrbyfloat', 'linsert', 'lmove', 'lmpop', 'lpop'],
  ...['lpush', 'lpushx', 'lrem', 'lset', 'ltrim', 'migrate', 'move', 'mset', 'msetex', 'msetnx'],
  ...['persist', 'pexpire', 'pexpireat', 'pfadd', 'pfdebug', 'pfmerge', 'psetex', 'publish'],
  ...['rename', 'renamenx', 'restore', 'restore-asking', 'rpop', 'rpoplpush', 'rpush', 'rpushx'],
  ...['sadd', 'sdiffstore', 'set', 'setbit', 'setex', 'setnx', 'setrange', 'sinterstore', 'smove'],
  ...['sort', 'spop', 'spublish', 'srem', 'sunionstore', 'swapdb', 'unlink', 'xack', 'xackdel'],
  ...['xadd', 'xautoclaim', 'xclaim', 'xdel', 'xdelex', 'xgroup', 'xreadgroup', 'xsetid', 'xtrim'],
  ...['zadd', 'zdiffstore', 'zincrby', 'zinterstore', 'zmpop', 'zpopmax', 'zpopmin', 'zrangestore'],
  ...['zrem', 'zremrangebylex', 'zremrangebyrank', 'zremrangebyscore', 'zunionstore'],
]);

/** Commands about the server that change it, by their second word. */
const CHANGES =
  /^(acl (deluser|load|save|setuser)|client (kill|pause|unblock)|config (resetstat|rewrite|set)|debug|failover|latency reset|memory purge|module (load|unload)|replicaof|script (flush|load)|shutdown|slaveof|slowlog reset)\b/;

/** Any word in quotes: names of commands in scripts are such. */
const QUOTED = /(call\s*\(\s*)?["']([A-Za-z-]+)["']/g;

/** Scripts of BullMQ that read. Some of them tidy up what a version of long ago has left: that is left out. */
const READER = /^(get|is|paginate)/;
/**
 * Stands before a script, and has its KEYS, ARGV and what it returns: `call` answers 0 to commands that write. One step with the
 * script, whose `redis` it is.
 */
const SKIPPING_LUA = /* lua */ `
local server, skipped = redis, { ${[...WRITES].map((name) => `['${name}']=1`).join(',')} }
local redis = setmetatable({ call = function(name, ...)
  if skipped[string.lower(name)] then return 0 end
  return server.call(name, ...)
end }, { __index = server })
`;

/** The same script, without what it would write. */
export function onlyReading(lua: string): string {
  return mayWrite(lua) ? `${SKIPPING_LUA}${lua}` : lua;
}

/** Whether a script may write. */
export function mayWrite(lua: string): boolean {
  if (lua.startsWith(SKIPPING_LUA)) return false;
  for (const [, isCalled, word] of lua.matchAll(QUOTED)) {
    const isName = isCalled !== undefined || word === word!.toUpperCase();
    if (isName && WRITES.has(word!.toLowerCase())) return true;
  }
  return false;
}

/** The same clients, refusing with READ_ONLY what changes something. */
export function refusingWrites(
  createClient: (options: RedisOptions) => Redis,
): (options: RedisOptions) => Redis {
  return (options) => {
    const client = createClient(options);
    const judged = new Map<string, boolean>();
    const define = client.defineCommand.bind(client);
    client.defineCommand = (name, script) =>
      define(name, READER.test(name) ? { ...script, lua: onlyReading(script.lua) } : script);
    judgeCommands(client, (command) =>
      isRefused(client, command, judged) ? refusal(command.name.toUpperCase()) : undefined,
    );
    return client;
  };
}

function refusal(what: string): CoordinatorError {
  return new CoordinatorError(
    'READ_ONLY',
    `This process changes nothing in Redis, but ${what} would: start it without \`readOnly\`, with a user of Redis that may write`,
  );
}

function isRefused(client: Redis, command: SentCommand, judged: Map<string, boolean>): boolean {
  const name = command.name.toLowerCase();
  if (name === 'eval' || name === 'evalsha') {
    const script = String(command.args[0]);
    let isWriting = judged.get(script);
    if (isWriting === undefined) {
      const lua = name === 'eval' ? script : luaOf(client, script);
      isWriting = lua === undefined || mayWrite(lua);
      judged.set(script, isWriting);
    }
    return isWriting;
  }
  return WRITES.has(name) || CHANGES.test(`${name} ${String(command.args[0] ?? '').toLowerCase()}`);
}

/** The scripts that are defined on a client are known by their digest. */
function luaOf(client: Redis, sha: string): string | undefined {
  const { scriptsSet } = client as unknown as { scriptsSet: Record<string, Defined> };
  return Object.values(scriptsSet).find((script) => script.sha === sha)?.lua;
}

interface Defined {
  readonly sha: string;
  readonly lua: string;
}
