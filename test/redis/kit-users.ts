/**
 * Servers with the users of the kit: the very templates, with passwords filled in, and what the server has refused.
 */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import { type RedisConfig, type RedisServer, startRedis } from '../support/redis-server.ts';

/** A server whose users are those of a file of the kit. */
export interface KitServer {
  readonly server: RedisServer;
  /** Whoever may do everything. */
  readonly admin: Redis;
  /** Name → the line that the server was started with. */
  readonly lines: ReadonlyMap<string, string>;
  urlOf(user: string): string;
  /** What somebody was refused, each told once. */
  refused(): Promise<readonly string[]>;
  /** Commands that were run since the server was started, by whoever: as `name` or `name|word`. */
  used(): Promise<readonly string[]>;
}

/** What the password of a user is. */
export function passwordOf(user: string): string {
  return `secret-of-${user}`;
}

/** Lines of a template, with a password for each user. */
export function kitLines(instance: 'queue' | 'cache'): readonly string[] {
  const text = readFileSync(
    new URL(`../../kit/config/users-${instance}.acl`, import.meta.url),
    'utf8',
  );
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.replace(/^(user (\S+) on )#\{\w+\}/, (_, start, user) => `${start}>${passwordOf(user)}`),
    );
}

/** Starts one. It is ended with the test. */
export async function startKit(
  instance: 'queue' | 'cache',
  { config = {}, more = [] }: { config?: RedisConfig; more?: readonly string[] } = {},
): Promise<KitServer> {
  const aclLines = [...kitLines(instance), ...more];
  const server = await startRedis({ config: { 'acllog-max-len': '256', ...config }, aclLines });
  onTestFinished(() => server.stop());
  const admin = clientOf(server.adminUrl);
  await admin.call('CONFIG', 'RESETSTAT');
  return {
    ...{ server, admin },
    lines: new Map(aclLines.map((line) => [line.split(' ')[1]!, line])),
    urlOf: (user) => `redis://${user}:${passwordOf(user)}@127.0.0.1:${server.port}`,
    refused: async () => {
      const entries = (await admin.call('ACL', 'LOG', '256')) as (string | number)[][];
      return [...new Set(entries.map(toSentence))];
    },
    used: async () => {
      const text = await admin.info('commandstats');
      return [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
        .filter(([, , calls]) => calls !== '0')
        .map(([, name]) => name!);
    },
  };
}

/** A client of a test's own; no error of it is lost. */
export function clientOf(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

/** Nobody was refused anything. */
export async function expectNothingRefused(kit: KitServer): Promise<void> {
  expect(await kit.refused()).toEqual([]);
}

function toSentence(entry: readonly (string | number)[]): string {
  const word = (name: string): string => String(entry[entry.indexOf(name) + 1]);
  return `${word('username')} was refused the ${word('reason')} ${word('object')} (${word('context')})`;
}
