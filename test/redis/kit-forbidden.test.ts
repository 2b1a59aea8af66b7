/** What a user of the kit was not given is refused: every other command of the server, and what harms most for real. */
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { aclLine } from '../../src/doctor/acl-line.ts';
import { CACHE_USERS, QUEUE_USERS } from '../../src/doctor/kit-users.ts';
import { clientOf, type KitServer, passwordOf, startKit } from './kit-users.ts';

/** Are told to anybody who connects, whatever the rules. */
const ALWAYS = ['auth', 'hello', 'quit', 'reset'];

/** Instance → its users, and a Sentinel's, whose line is printed and in no file of the kit. */
const USERS = [
  ...QUEUE_USERS.map((role) => ['queue', role] as const),
  ['queue', 'sentinel'] as const,
  ...CACHE_USERS.map((role) => ['cache', role] as const),
];

function start(instance: 'queue' | 'cache'): Promise<KitServer> {
  const line = aclLine('sentinel', {
    ...{ prefixes: { queues: 'bull', own: 'coordinator' }, scripts: [] },
    password: `>${passwordOf('drover-sentinel')}`,
  });
  // Else it would refuse that to everybody, whatever the rules.
  return startKit(instance, { more: [line], config: { 'enable-module-command': 'local' } });
}

interface Command {
  readonly name: string;
  /** How many words it needs at least. */
  readonly words: number;
}

/** Every command of a server but those that only hold others. */
async function everyCommand(redis: Redis): Promise<readonly Command[]> {
  const names = (await redis.call('COMMAND', 'LIST')) as string[];
  const holders = new Set(
    names.flatMap((name) => (name.includes('|') ? [name.split('|')[0]] : [])),
  );
  const own = names.filter((name) => !holders.has(name));
  const infos = (await redis.call('COMMAND', 'INFO', ...own)) as [string, number][];
  return infos.map(([name, arity]) => ({ name, words: Math.abs(arity) }));
}

/** Commands that a line gives, with those of its categories. */
async function givenBy(line: string, redis: Redis): Promise<ReadonlySet<string>> {
  const given = new Set(ALWAYS);
  for (const rule of line.split(' ').filter((word) => /^[+-]/.test(word))) {
    const name = rule.slice(1);
    const names =
      name === '@all'
        ? [...given].filter((each) => !ALWAYS.includes(each))
        : name.startsWith('@')
          ? ((await redis.call('ACL', 'CAT', name.slice(1))) as string[])
          : [name];
    for (const each of names) rule.startsWith('+') ? given.add(each) : given.delete(each);
  }
  return given;
}

test.each(USERS)(
  '%s, %s: every command that its line does not name is refused',
  async (instance, role) => {
    const kit = await start(instance);
    const user = `drover-${role}`;
    const given = await givenBy(kit.lines.get(user)!, kit.admin);
    const others = (await everyCommand(kit.admin)).filter(({ name }) => !given.has(name));
    const answers = kit.admin.pipeline();
    for (const { name, words } of others) {
      const split = name.split('|');
      // Keys that it may use, so that the command is what is refused.
      const rest = Array.from({ length: Math.max(0, words - split.length) }, () => 'bull:x');
      answers.call('ACL', 'DRYRUN', user, ...split, ...rest);
    }
    const replies = (await answers.exec())!;
    const wrong = others.filter(
      ({ name }, i) =>
        !String(replies[i]![1] ?? replies[i]![0]).includes(
          `no permissions to run the '${name}' command`,
        ),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(others.length).toBeGreaterThan(instance === 'cache' ? 90 : 200);
  },
);

/** Tried for real, as their sender writes them. */
const DANGEROUS: readonly (readonly string[])[] = [
  ...[['FLUSHALL'], ['FLUSHDB'], ['KEYS', '*'], ['SWAPDB', '0', '1'], ['RANDOMKEY'], ['MONITOR']],
  ...[
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['CONFIG', 'REWRITE'],
    ['CONFIG', 'RESETSTAT'],
  ],
  ...[
    ['DEBUG', 'SLEEP', '0'],
    ['SHUTDOWN', 'NOSAVE'],
    ['REPLICAOF', '127.0.0.1', '1'],
  ],
  ...[['FAILOVER'], ['SAVE'], ['BGSAVE'], ['BGREWRITEAOF'], ['MODULE', 'LOAD', '/tmp/x.so']],
  ...[
    ['MIGRATE', '127.0.0.1', '1', 'bull:mails:wait', '0', '5'],
    ['DUMP', 'bull:mails:wait'],
  ],
  ...[
    ['RESTORE', 'bull:x', '0', 'x'],
    ['MOVE', 'bull:mails:wait', '1'],
    ['SORT', 'bull:mails:wait'],
  ],
  ...[
    ['ACL', 'SETUSER', 'me', 'on', 'nopass', '+@all', '~*'],
    ['ACL', 'DELUSER', 'drover-app'],
  ],
  ...[
    ['ACL', 'SAVE'],
    ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ['CLIENT', 'PAUSE', '1'],
  ],
  ...[
    ['SCRIPT', 'FLUSH'],
    ['SCRIPT', 'KILL'],
    ['FUNCTION', 'FLUSH'],
  ],
  ...[['FUNCTION', 'LOAD', "#!lua name=x\nredis.register_function('f', function() return 1 end)"]],
  ...[
    ['SLOWLOG', 'RESET'],
    ['LATENCY', 'RESET'],
    ['MEMORY', 'PURGE'],
    ['CLUSTER', 'RESET'],
  ],
];

/** What keys of others are tried with: readings, changes, and scripts that are told of the key, or are not. */
const ON_OTHERS: readonly (readonly string[])[] = [
  ...[
    ['GET', 'other:1'],
    ['SET', 'other:1', 'x'],
    ['DEL', 'other:1'],
    ['UNLINK', 'other:1'],
  ],
  ...[
    ['RENAME', 'bull:mails:wait', 'other:2'],
    ['RENAME', 'other:1', 'bull:other'],
  ],
  ...[
    ['LRANGE', 'other:list', '0', '-1'],
    ['RPOPLPUSH', 'other:list', 'bull:mails:wait'],
  ],
  ...[['EVAL', "return redis.call('GET', KEYS[1])", '1', 'other:1']],
  ...[['EVAL', "return redis.call('DEL', KEYS[1])", '2', 'other:1', 'bull:mails:wait']],
  ...[['EVAL', "return redis.call('GET', 'other:1')", '0']],
  ...[['EVAL', "return redis.call('DEL', ARGV[1])", '1', 'bull:mails:wait', 'other:1']],
  ...[
    ['EVAL', "return redis.call('FLUSHALL')", '0'],
    ['EVAL', "return redis.call('KEYS', '*')", '0'],
  ],
  ...[['EVAL', "return redis.call('CONFIG', 'GET', 'dir')", '0']],
  ...[
    ['XREAD', 'STREAMS', 'other:stream', '0'],
    ['PUBLISH', 'news', 'x'],
    ['SUBSCRIBE', 'news'],
  ],
];

/** Of a command, and of one inside a script: some are allowed to none. */
const REFUSED = /^NOPERM|The user executing the script can't|not allowed from script/;

const isGiven = (given: ReadonlySet<string>, [name, word]: readonly string[]): boolean =>
  given.has(name!.toLowerCase()) || given.has(`${name}|${word}`.toLowerCase());

test.each(USERS)(
  '%s, %s: what harms most is tried for real, and the data is unharmed',
  async (instance, role) => {
    const kit = await start(instance);
    const { admin } = kit;
    await admin.mset({ 'other:1': 'theirs', 'bull:mails:id': '1', 'coordinator:tokens': 'x' });
    await admin.rpush('bull:mails:wait', '1', '2');
    await admin.rpush('other:list', '1');
    await admin.xadd('other:stream', '*', 'a', 'b');
    const digest = await admin.call('DEBUG', 'DIGEST');
    const users = await admin.call('ACL', 'LIST');
    const user = `drover-${role}`;
    const given = await givenBy(kit.lines.get(user)!, admin);
    const harmful = DANGEROUS.filter((words) => !isGiven(given, words));
    // All keys of a cache are its application's, and whoever makes backups reads those of everybody.
    const isReader = role === 'backup';
    const foreign = ON_OTHERS.filter((words) => !(isReader && isGiven(given, words)));
    const tried = [...harmful, ...(instance === 'cache' ? [] : foreign)];
    const client = new Redis(kit.urlOf(user), { enableReadyCheck: false, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    const done: string[] = [];
    for (const words of tried) {
      const [name, ...rest] = words;
      const answer = await client.call(name!, ...rest).catch((error: Error) => error);
      if (!(answer instanceof Error && REFUSED.test(answer.message)))
        done.push(`${words.join(' ')}: ${answer}`);
    }
    client.disconnect();
    expect(done).toEqual([]);
    expect(await admin.call('DEBUG', 'DIGEST')).toBe(digest);
    expect(await admin.call('ACL', 'LIST')).toEqual(users);
    expect(await admin.config('GET', 'maxmemory')).toEqual(['maxmemory', '0']);
    expect(tried.length).toBeGreaterThan(30);
  },
);

test('a transaction with one forbidden command does nothing', async () => {
  const kit = await startKit('queue');
  const client = clientOf(kit.urlOf('drover-app'));
  const transaction = client.multi().set('bull:a', '1').call('FLUSHALL').exec();
  await expect(transaction).rejects.toThrow(/EXECABORT/);
  expect(await kit.admin.exists('bull:a')).toBe(0);
});
