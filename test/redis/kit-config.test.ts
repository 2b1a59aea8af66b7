/**
 * The configuration files of the kit, by servers that run with them: each line is accepted and in effect, and nobody
 * gets in or further than they should.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { findOnPath } from '../../scripts/setup/processes.mjs';
import { createClient } from '../support/coordinators.ts';
import {
  type Instance,
  type KitServer,
  kitFile,
  kitPassword,
  kitUsers,
  startKitServer,
} from '../support/kit-server.ts';

const INSTANCES: readonly Instance[] = ['queue', 'cache'];

/** Given by arguments, so that what the server says is not what the file says. */
const BY_ARGUMENT = ['port', 'bind', 'aclfile', 'maxmemory'];

/** Other servers that are at hand: paths in DROVER_TEST_OTHER_SERVERS, between colons, or Valkey on PATH. */
const OTHER_SERVERS = (process.env.DROVER_TEST_OTHER_SERVERS ?? findOnPath(['valkey-server']) ?? '')
  .split(':')
  .filter(Boolean);

interface Line {
  readonly name: string;
  readonly value: string;
}

/** What a file of Redis says: names and values without quotes, comments left out. */
function readConf(instance: Instance): readonly Line[] {
  return readFileSync(kitFile(`config/redis-${instance}.conf`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, ...rest] = line.split(' ');
      return { name: name!, value: rest.join(' ').replace(/^"(.*)"$/, '$1') };
    });
}

/** Sizes in bytes, as CONFIG GET says them. */
function inBytes(value: string): string {
  const factors = { kb: 1_024, mb: 1_048_576, gb: 1_073_741_824 };
  return value.replace(/\b(\d+)(kb|mb|gb)\b/g, (_, count: string, unit: keyof typeof factors) =>
    String(Number(count) * factors[unit]),
  );
}

/** Lines that the server does not hold to. */
async function notInEffect(server: KitServer, instance: Instance): Promise<readonly string[]> {
  const redis = createClient({ url: server.url() });
  const lines = readConf(instance).filter(({ name }) => !BY_ARGUMENT.includes(name));
  const differing = await Promise.all(
    lines.map(async ({ name, value }) => {
      const [, is] = (await redis.call('CONFIG', 'GET', name)) as [string, string];
      const wanted = inBytes(value);
      // One directive for several classes of clients.
      const holds = name.startsWith('client-output')
        ? is?.replace('slave', 'replica').includes(wanted)
        : is === wanted;
      return holds ? [] : [`${name} ${wanted}: ${is}`];
    }),
  );
  expect(lines.length).toBeGreaterThan(40);
  return differing.flat();
}

/** What the server answers to lines, one after the other, on a socket that knows no protocol. */
async function sayTo(port: number, lines: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.end([...lines, 'QUIT', ''].join('\r\n'));
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text.trim().split('\r\n').slice(0, -1);
}

describe.each(INSTANCES)('redis-%s.conf', (instance) => {
  test('is accepted, and each line of it is in effect', async () => {
    const server = await startKitServer(instance);
    expect(await notInEffect(server, instance)).toEqual([]);
  });

  test.skipIf(OTHER_SERVERS.length === 0)(
    `is in effect in other servers too: ${
      OTHER_SERVERS.join(', ') ||
      'skipped, there is no valkey-server on PATH and no path in DROVER_TEST_OTHER_SERVERS'
    }`,
    async () => {
      for (const binary of OTHER_SERVERS) {
        const server = await startKitServer(instance, { binary });
        expect(await notInEffect(server, instance)).toEqual([]);
      }
    },
  );

  test('says of every group of lines what they are for, and never behind a directive', () => {
    const groups = readFileSync(kitFile(`config/redis-${instance}.conf`), 'utf8').split('\n\n');
    const unexplained = groups.filter((group) => !group.startsWith('#'));
    expect(unexplained).toEqual([]);
    const said = groups.filter((group) => /^[a-z]/m.test(group));
    expect(said.length).toBeGreaterThan(20);
    expect(readConf(instance).filter(({ value }) => value.includes('#'))).toEqual([]);
  });

  test('has no line twice but for classes of clients', () => {
    const names = readConf(instance).map(({ name }) => name);
    const twice = names.filter((name, i) => names.indexOf(name) !== i);
    expect([...new Set(twice)]).toEqual(['client-output-buffer-limit']);
  });

  test('is closed: no server without the file of its users', async () => {
    const missing = startKitServer(instance, { args: ['--aclfile', '/nowhere/users.acl'] });
    await expect(missing).rejects.toThrow(/\/nowhere\/users\.acl/);
    const { value } = readConf(instance).find(({ name }) => name === 'aclfile')!;
    expect(value).toBe(`/run/secrets/${instance}-users.acl`);
  });

  test('is closed: it listens on this machine only', () => {
    const { value } = readConf(instance).find(({ name }) => name === 'bind')!;
    expect(value).toBe('127.0.0.1 -::1');
  });

  test('lets nobody in without a password', async () => {
    const { port } = await startKitServer(instance);
    const answers = await sayTo(port, [
      'PING',
      ...['default', 'drover-app'].flatMap((user) => [`AUTH ${user} ""`, `AUTH ${user} wrong`]),
      'AUTH wrong',
      `AUTH drover-app ${kitPassword('drover-app')}`,
      'PING',
    ]);
    expect(answers.map((answer) => answer.split(' ')[0])).toEqual([
      '-NOAUTH',
      ...Array(5).fill('-WRONGPASS'),
      '+OK',
      '+PONG',
    ]);
  });

  test.each([
    ['DEBUG', 'SLEEP', '0'],
    ['MODULE', 'LOAD', '/tmp/module.so'],
    ['CONFIG', 'SET', 'dir', '/tmp'],
    ['CONFIG', 'SET', 'dbfilename', 'other.rdb'],
    ['CONFIG', 'SET', 'aclfile', '/tmp/users.acl'],
    ['CONFIG', 'SET', 'enable-protected-configs', 'yes'],
  ])('refuses to whoever may do everything: %s %s %s', async (...command) => {
    const server = await startKitServer(instance);
    const [name, ...rest] = command;
    const redis = createClient({ url: server.url() });
    await expect(redis.call(name, ...rest)).rejects.toThrow(
      /not allowed|protected config|immutable config/,
    );
  });
});

test('an added or misspelt directive stops the start instead of being passed over', async () => {
  const server = startKitServer('queue', { args: ['--maxmemory-polcy', 'noeviction'] });
  await expect(server).rejects.toThrow(/Bad directive|maxmemory-polcy/);
});

test('the two differ in what they are for', () => {
  const [queue, cache] = INSTANCES.map((instance) =>
    Object.fromEntries(readConf(instance).map(({ name, value }) => [name, value])),
  );
  expect(queue).toMatchObject({
    ...{ 'maxmemory-policy': 'noeviction', appendonly: 'yes', appendfsync: 'everysec' },
    ...{ save: '3600 1 300 100 60 10000', timeout: '0' },
  });
  expect(cache).toMatchObject({
    ...{ 'maxmemory-policy': 'allkeys-lru', appendonly: 'no', save: '', timeout: '300' },
  });
});

test('the users of the kit are known to the tests by their passwords', () => {
  for (const instance of INSTANCES) expect(kitUsers(instance)).not.toContain('#{');
});
