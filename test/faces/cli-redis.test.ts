/** Commands straight to a real Redis: what they write, what they never write, and what no input can do to them. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command, Option } from '../../src/cli/command.ts';
import { COMMANDS, optionsOf } from '../../src/cli/command-table.ts';
import { toFailure } from '../../src/cli/failure.ts';
import { longFlag, optionName } from '../../src/cli/flag-names.ts';
import { toOrder } from '../../src/cli/input.ts';
import { Coordinator } from '../../src/index.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { drover, type Ran } from './command-line.ts';

const PASSWORD = 'p4ss:w/rd+secret';
let server: RedisServer;
let redis: Redis;
const dir = mkdtempSync(join(tmpdir(), 'drover-cli-'));
beforeAll(async () => {
  server = await startRedis({ password: PASSWORD });
  redis = new Redis(server.url);
  await redis.hset('bull:mails:meta', 'opts.maxLenEvents', '10000');
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const run = (line: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  drover(line, { env: { REDIS_URL: server.url, ...env } });

describe('straight to Redis', () => {
  it('health comes from a look at it, and ends with 0', async () => {
    const { code, stdout, stderr } = await run(['health', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'healthy', redis: { port: server.port } });
  });

  it('a command that reads writes nothing', async () => {
    const before = await redis.dbsize();
    for (const line of ['health', 'queue list', 'status', 'pool list', 'group list', 'redis info'])
      await run(line.split(' '));
    expect(await redis.dbsize()).toBe(before);
  });

  it('the doctor looks at jobs and changes nothing', async () => {
    // Candidates for orphans: only with such is the script sent that could put them back.
    await redis.hset('bull:sick:meta', 'opts.maxLenEvents', '10000');
    await redis.set('bull:sick:id', '1');
    await redis.hset('bull:sick:1', { name: 'n', data: '{}', opts: '{}', timestamp: '1' });
    const before = await redis.dbsize();
    const { code, stdout, stderr } = await run(['redis', 'check', '--json']);
    expect([stderr, code]).toEqual(['', expect.toBeOneOf([0, 1])]);
    expect(JSON.parse(stdout).queues).toBe(2);
    expect(await redis.dbsize()).toBe(before);
    await redis.del('bull:sick:meta', 'bull:sick:id', 'bull:sick:1');
  });

  it('a role is told the rights it needs, for an ACL file', async () => {
    const { code, stdout } = await run(['acl', 'print', 'viewer']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^user drover-viewer on #<.*> resetchannels ~bull:\* ~.* -@all \+/);
    expect((await run(['acl', 'print', 'root'])).code).toBe(2);
  });

  it('no Redis is named: 2, and what to set', async () => {
    const { code, stderr } = await drover(['queue', 'list']);
    expect(code).toBe(2);
    expect(stderr).toContain('REDIS_URL');
  });
});

describe('where Redis is', () => {
  const told = async (line: readonly string[], env: Record<string, string>, input = '') => {
    const ran = await drover([...line, 'health', '--timeout', '2s'], { env, input, cwd: dir });
    return ran.code === 5 ? /127\.0\.0\.1:(\d)/.exec(ran.stderr)?.[1] : ran.stderr;
  };
  const at = (port: number): string => `redis://127.0.0.1:${port}`;

  it('flag before environment before project file before user file', async () => {
    const xdg = join(dir, 'xdg');
    mkdirSync(join(xdg, 'drover'), { recursive: true });
    writeFileSync(join(xdg, 'drover', 'config.json'), JSON.stringify({ redisUrl: at(4) }));
    const user = { XDG_CONFIG_HOME: xdg };
    expect(await told([], user)).toBe('4');
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ drover: { redisUrl: at(3) } }));
    expect(await told([], user)).toBe('3');
    writeFileSync(join(dir, 'drover.config.json'), JSON.stringify({ redisUrl: at(6) }));
    expect(await told([], user)).toBe('6');
    const env = { ...user, REDIS_URL: at(2) };
    expect(await told([], env)).toBe('2');
    writeFileSync(join(dir, 'address'), `${at(7)}\n`);
    expect(await told(['--redis-file', 'address'], env)).toBe('7');
    expect(await told(['--redis-stdin'], env, `${at(8)}\n`)).toBe('8');
    expect(await told(['-r', at(1)], env)).toBe('1');
  });

  it('a setting that is none is refused, without its value', async () => {
    const file = join(dir, 'wrong.json');
    writeFileSync(file, JSON.stringify({ redisUlr: `redis://:${PASSWORD}@h` }));
    const { code, stderr } = await drover(['health', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('redisUlr');
    expect(stderr).not.toContain(PASSWORD);
  });
});

describe('a Redis that cannot be used', () => {
  it('refused: 5 at once, and what to do', async () => {
    const port = await reserve();
    const { code, stderr } = await drover(['health', '-r', `redis://127.0.0.1:${port}`]);
    expect(code).toBe(5);
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr).toContain('Nothing listens there');
  });

  it('silent: 5 within the time that was allowed', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const at = ['--timeout', '500ms', '-r', `redis://127.0.0.1:${port}`];
    const ran = ['health', 'pool list', 'status'].map((line) =>
      drover([...line.split(' '), ...at]),
    );
    expect((await Promise.all(ran)).map(({ code }) => code)).toEqual([5, 5, 5]);
    // An outage is no quiet night.
    expect((await ran[2]!).stderr).toContain('Redis cannot be reached');
    expect((await ran[2]!).stdout).toBe('');
    silent.close();
  });

  it('something else than a Redis answers: 5 at once, and what to do', async () => {
    const web = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await once(web.listen(0, '127.0.0.1'), 'listening');
    const { port } = web.address() as AddressInfo;
    const { code, stderr } = await drover(['queue', 'list', '-r', `redis://127.0.0.1:${port}`]);
    expect(code).toBe(5);
    expect(stderr).toContain('What answers there is no Redis');
    web.close();
  });

  it('a wrong password: 4', async () => {
    const { code, stderr } = await run(['health', '-r', `redis://:wrong@127.0.0.1:${server.port}`]);
    expect(code).toBe(4);
    expect(stderr).toContain('REDIS_URL');
  });

  it('no address at all: 2', async () => {
    for (const url of ['nonsense', 'http://h', 'redis://h/abc'])
      expect((await run(['health', '-r', url])).code).toBe(2);
  });
});

describe('passwords', () => {
  it('are in no output, whatever goes wrong', async () => {
    const encoded = encodeURIComponent(PASSWORD);
    const closed = await reserve();
    const urls = [
      server.url,
      `redis://:${encoded}@127.0.0.1:${closed}`,
      `redis://user:${encoded}@127.0.0.1:${server.port}`,
      `redis://:${encoded}@no-such-host.invalid`,
      `http://:${encoded}@h`,
      `redis://:${encoded}@h:99999`,
      `redis://:${encoded}@h/notanumber`,
      `nonsense:${encoded}@h`,
    ];
    const lines = [['health'], ['queue', 'list', '--json'], ['doctor'], ['queue', 'show', 'x']];
    for (const [i, url] of urls.entries()) {
      const line = lines[i % lines.length]!;
      const ran = await drover([...line, '--timeout', '800ms', '-r', url]);
      const all = ran.stdout + ran.stderr;
      expect(all).not.toContain(PASSWORD);
      expect(all).not.toContain(encoded);
      expect(all).not.toContain('secret');
      expect(all).not.toMatch(/\n\s+at /);
    }
  });
});

interface HostileLine {
  readonly args: string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly what: string;
}

/** What nobody types by intent. */
const HOSTILE = [
  ...['\x1b[2J', 'a\r\nDEL x', '', '__proto__', '{"a":1}', '-1', '1e999', '9'.repeat(400)],
  ...['x'.repeat(5_000), '* * * * * * *', '"; FLUSHALL', 'ÄÖ\u202e', 'null', '0x10', ' '],
];

describe('what is typed', () => {
  /** A command line on a queue that does not exist, with one hostile value; the rest would do. */
  function* linesOf(command: Command): Generator<HostileLine> {
    const usual = Object.fromEntries(
      optionsOf(command)
        .filter(({ isRequired, flags }) => isRequired || flags.startsWith('--state'))
        .map((option) => [optionName(option), usualOf(option)]),
    );
    const args = (command.arguments ?? []).map(({ as, name }) =>
      as === 'number' ? '1' : `no-such-${name}`,
    );
    const base = command.bulk ? {} : usual;
    for (const value of HOSTILE) {
      for (const [i, argument] of (command.arguments ?? []).entries())
        yield { args: args.with(i, value), options: base, what: `<${argument.name}> ${value}` };
      for (const option of optionsOf(command).filter(({ flags }) => flags.includes('<')))
        yield {
          args: command.bulk ? args.slice(0, 1) : args,
          options: { ...usual, [optionName(option)]: value },
          what: `${longFlag(option)} ${value}`,
        };
    }
  }
  const usualOf = ({ choices, as }: Option): string =>
    choices?.[0] ?? (as === 'number' ? '1' : as === 'json' ? '{}' : '1h');

  const fuzzed = COMMANDS.filter(({ action, program }) => action && program !== 'top');
  it.each(fuzzed.map((command) => [command.path.join(' '), command] as const))(
    '%s is never more than wrong',
    async (_, command) => {
      const coordinator = new Coordinator({
        ...{ redisUrl: server.url, logger: false, lazy: true, allowEviction: true },
      });
      const grants = [{ may: ['admin' as const] }];
      const principal = { kind: 'operating-system' as const, id: 'x', name: 'x', grants };
      const surprises: string[] = [];
      for (const { args, options, what } of linesOf(command)) {
        try {
          const { action, input } = toOrder(command, { args, options });
          await coordinator.control.call(action, input, { principal });
        } catch (error) {
          const { exitCode, message } = toFailure(error, command);
          if (![2, 3].includes(exitCode) || message === '')
            surprises.push(`${what.slice(0, 60)}: ${exitCode} ${message}`);
        }
      }
      await coordinator.stop({ timeoutMs: 500 });
      expect(surprises).toEqual([]);
    },
  );

  it('leaves nothing on the prototype of all objects', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it.each(
    ['\x1b[2J', '__proto__', '9'.repeat(400), '{"a":1}'].flatMap((value) =>
      [
        ['queue', 'show', value],
        ['job', 'list', value, '--state', 'failed'],
        ['queue', 'metrics', 'no-such-queue', '--last', value],
        ['bulk', 'show', value],
      ].map((line) => [line]),
    ),
  )('drover %j ends with 2 or 3 and a message, not with a trace', async (line) => {
    const { code, stdout, stderr } = await run(line);
    expect([2, 3]).toContain(code);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^drover: ./);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
