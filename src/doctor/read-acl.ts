/**
 * Reads users, refusals, and whether the users in memory are those of the file.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Redis } from 'ioredis';
import { type AclCategories, meaningsOf } from './acl-rules.ts';
import { known, type Reading, unknown } from './reading.ts';
import type { AclRefusal, AclUser } from './sample.ts';
import { tolerant } from './tolerant.ts';

/** A user's rules. Passwords are counted, never kept. */
export function readAclUser(redis: Redis, name: string): Promise<Reading<AclUser>> {
  return tolerant('ACL GETUSER', async () => {
    const fields = toFields(await redis.call('ACL', 'GETUSER', name));
    const words = (field: string): string => {
      const value = fields.get(field);
      return Array.isArray(value) ? value.map(String).join(' ') : String(value ?? '');
    };
    return {
      isOn: words('flags').split(' ').includes('on'),
      hasPassword: words('passwords') !== '',
      commands: words('commands'),
      // 6.2 lists bare patterns and 7.0 rules: "*" and "~*".
      keys: withSign(words('keys'), '~'),
      channels: withSign(words('channels'), '&'),
    };
  });
}

function withSign(text: string, sign: string): string {
  return text
    .split(' ')
    .filter(Boolean)
    .map((pattern) => (/^[~&%]/.test(pattern) ? pattern : sign + pattern))
    .join(' ');
}

/** The newest refusals. */
export function readAclLog(redis: Redis): Promise<Reading<readonly AclRefusal[]>> {
  return tolerant('ACL LOG', async () => {
    const entries = (await redis.call('ACL', 'LOG', '20')) as unknown[];
    return entries.map((entry) => {
      const fields = toFields(entry);
      const word = (name: string): string => String(fields.get(name) ?? '');
      return {
        ...{
          reason: word('reason'),
          context: word('context'),
          object: word('object').slice(0, 80),
        },
        ...{ user: word('username'), ageSeconds: Number(word('age-seconds')) || 0 },
        count: Number(word('count')) || 1,
      };
    });
  });
}

/** Names of users that differ between memory and the file. The rules themselves stay here: they hold hashes. */
export async function readAclDrift(
  redis: Redis,
  config: Reading<ReadonlyMap<string, string>>,
  isLocal: boolean,
): Promise<Reading<readonly string[]>> {
  if (!config.isRead) return config;
  const [file, dir] = [config.value.get('aclfile') ?? '', config.value.get('dir') ?? ''];
  if (file === '') return known([]);
  if (!isLocal) return unknown('the aclfile is on another machine');
  return tolerant('ACL LIST and the aclfile', async () => {
    const text = await readFile(isAbsolute(file) ? file : join(dir, file), 'utf8');
    const categories = await readCategories(redis);
    const inFile = meaningsOf(text.split('\n'), categories);
    const inMemory = meaningsOf((await redis.call('ACL', 'LIST')) as string[], categories);
    const names = new Set([...inFile.keys(), ...inMemory.keys()]);
    return [...names].filter(
      (name) => name !== 'default' && inFile.get(name) !== inMemory.get(name),
    );
  });
}

/** Category → its commands. */
async function readCategories(redis: Redis): Promise<AclCategories> {
  const names = (await redis.call('ACL', 'CAT')) as string[];
  const categories = new Map<string, readonly string[]>();
  for (const name of names)
    categories.set(name, (await redis.call('ACL', 'CAT', name)) as string[]);
  return categories;
}

/** A map, or a flat list of names and values. */
function toFields(reply: unknown): ReadonlyMap<string, unknown> {
  if (reply instanceof Map) return reply as ReadonlyMap<string, unknown>;
  const fields = new Map<string, unknown>();
  if (Array.isArray(reply))
    for (let i = 0; i + 1 < reply.length; i += 2) fields.set(String(reply[i]), reply[i + 1]);
  else if (reply !== null && typeof reply === 'object')
    for (const [name, value] of Object.entries(reply)) fields.set(name, value);
  return fields;
}
