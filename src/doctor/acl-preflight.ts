/**
 * Asks Redis, before anything is started, whether this user may run what queues need.
 *
 * `redis.acl_check_cmd` answers without running the command; every user that may EVAL can ask it (Redis 7.0).
 */
import type { Redis } from 'ioredis';
import { commandsOf, JUDGED_ROLES } from './acl-roles.ts';
import { known, type Reading, unknown } from './reading.ts';
import { readScriptCommands } from './script-commands.ts';
import { tolerant } from './tolerant.ts';

/**
 * ARGV: commands with their arguments, the parts of each divided by a line feed. No KEYS: nothing is read or written.
 * Returns for each 1 (allowed), 0 (denied) or -1 (this server does not know it). One step, for one round trip.
 */
const MAY_RUN_LUA = /* lua */ `
local may = {}
for i = 1, #ARGV do
  local words = {}
  for word in string.gmatch(ARGV[i], '[^\\n]+') do words[#words + 1] = word end
  local isKnown, isAllowed = pcall(redis.acl_check_cmd, unpack(words))
  may[i] = isKnown and (isAllowed and 1 or 0) or -1
end
return may`;

/**
 * Which of these commands this user may not run; none where that cannot be asked (before Redis 7.0).
 *
 * A command that is refused is written down by Redis as if somebody had tried something: so it is asked for first.
 */
export async function deniedAmong(
  redis: Redis,
  commands: readonly (readonly string[])[],
): Promise<ReadonlySet<string>> {
  const lines = commands.map((words) => words.join('\n'));
  const asked = await tolerant(
    'EVAL',
    async () => (await redis.eval(MAY_RUN_LUA, 0, ...lines)) as number[],
  );
  const names = commands.map((words) => words.slice(0, 2).join(' ').toUpperCase());
  return new Set(asked.isRead ? names.filter((_, i) => asked.value[i] === 0) : []);
}

/** Commands whose keys are not their first argument, or that have none. */
const SHAPES: Readonly<Record<string, (key: string) => readonly string[]>> = {
  'client|setname': () => ['client', 'setname', 'x'],
  'client|id': () => ['client', 'id'],
  'client|list': () => ['client', 'list'],
  'slowlog|get': () => ['slowlog', 'get', '1'],
  'latency|latest': () => ['latency', 'latest'],
  'script|load': () => ['script', 'load', 'return 1'],
  'script|exists': () => ['script', 'exists', 'x'],
  ...Object.fromEntries(
    ['ping', 'info', 'multi', 'exec', 'discard', 'time'].map((name) => [name, () => [name]]),
  ),
  // Every argument of these is a key.
  ...Object.fromEntries(
    ['del', 'unlink', 'exists', 'mget'].map((name) => [name, (key: string) => [name, key]]),
  ),
  'memory|usage': (key) => ['memory', 'usage', key],
  wait: () => ['wait', '0', '0'],
  select: () => ['select', '0'],
  scan: () => ['scan', '0'],
  eval: (key) => ['eval', 'return 1', '1', key],
  evalsha: (key) => ['evalsha', 'x', '1', key],
  xread: (key) => ['xread', 'streams', key, '0'],
  bzpopmin: (key) => ['bzpopmin', key, '1'],
  rename: (key) => ['rename', key, key],
  rpoplpush: (key) => ['rpoplpush', key, key],
};

/** Role → commands that this user lacks for it. @param sampleKeys one of each prefix that is used */
export async function missingRights(
  redis: Redis,
  sampleKeys: readonly string[],
): Promise<Reading<ReadonlyMap<string, readonly string[]>>> {
  const scripts = await readScriptCommands();
  if (!scripts.isRead) return scripts;
  const all = [...new Set(JUDGED_ROLES.flatMap((role) => commandsOf(role, scripts.value)))];
  const tries = all.flatMap((name) => sampleKeys.map((key) => [name, wordsOf(name, key)] as const));
  const lines = tries.map(([, words]) => words.join('\n'));
  const asked = await tolerant(
    'EVAL',
    async () => (await redis.eval(MAY_RUN_LUA, 0, ...lines)) as number[],
  );
  if (!asked.isRead)
    return /may not run/.test(asked.reason)
      ? known(new Map(JUDGED_ROLES.map((role) => [role, ['eval']])))
      : asked;
  if (asked.value.every((may) => may === -1))
    return unknown('rights can be asked for from Redis 7.0 on');
  const denied = new Set(tries.filter((_, i) => asked.value[i] === 0).map(([name]) => name));
  return known(
    new Map(
      JUDGED_ROLES.map((role) => [
        role,
        commandsOf(role, scripts.value).filter((name) => denied.has(name)),
      ]),
    ),
  );
}

function wordsOf(name: string, key: string): readonly string[] {
  return SHAPES[name]?.(key) ?? [name, key, '0', '0'];
}
