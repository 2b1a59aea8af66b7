/**
 * `kit/run`: real servers from the kit's files, and clients that get in by its connection strings. What ends
 * them, what is kept, and when nothing is started at all.
 */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserve } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { Kit, type KitProcess } from './kits.ts';

const kits: Kit[] = [];
const keep = (kit: Kit): Kit => {
  kits.push(kit);
  return kit;
};
/** Made once, in a folder that needs quotes in a shell. */
let made: Kit;
beforeAll(async () => {
  made = keep(new Kit('my kit'));
  expect((await made.run('setup', '--memory', '2g')).code).toBe(0);
});
afterAll(async () => {
  for (const kit of kits) await kit.remove();
});

/** The instances of a kit on ports that nobody else uses. */
async function startBoth(kit: Kit, ...more: string[]) {
  const queuePort = await reserve();
  const cachePort = await reserve();
  const ports = ['--queue-port', String(queuePort), '--cache-port', String(cachePort)];
  const started = kit.start('run', 'both', ...ports, ...more);
  return { started, queuePort, cachePort };
}

const isReady = (started: KitProcess): Promise<true> =>
  until(
    () => {
      if (started.child.exitCode !== null) throw new Error(started.text());
      return started.text().includes('Ctrl-C ends it');
    },
    { what: 'the servers are ready' },
  );

/** What the connection string in `.env` leads to, on the port of this run. */
const urlOf = (kit: Kit, name: string, port: number): string =>
  kit.env()[name]!.replace(/:\d+$/, `:${port}`);

async function withRedis<T>(
  url: string,
  use: (redis: Redis) => Promise<T>,
  options: { readonly tls?: { readonly ca: string } } = {},
): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    ...options,
  });
  // The reason of a refused connection is in the event alone.
  let reason: Error | undefined;
  redis.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await redis.connect();
    return await use(redis);
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
const ping = (url: string): Promise<string> => withRedis(url, (redis) => redis.ping());

describe('run both', () => {
  it('serves jobs and a cache by the connection strings, ends at Ctrl-C, and has the jobs again', async () => {
    const { started, queuePort, cachePort } = await startBoth(made);
    await isReady(started);
    const queueUrl = urlOf(made, 'REDIS_QUEUE_URL', queuePort);
    const cacheUrl = urlOf(made, 'REDIS_CACHE_URL', cachePort);
    expect(started.text()).toContain(`redis://drover-app:PASSWORD@127.0.0.1:${queuePort}`);
    expect(started.text()).not.toMatch(/[0-9a-f]{32}/);

    const connection = { url: queueUrl, maxRetriesPerRequest: null };
    const queue = new Queue('email', { connection });
    const worker = new Worker('email', async (job) => `sent to ${job.data.to}`, { connection });
    const job = await queue.add('send', { to: 'user@example.com' });
    await until(async () => (await job.getState()) === 'completed', { what: 'the job is done' });
    await worker.close();
    await queue.add('send', { to: 'later@example.com' }, { delay: 3_600_000 });
    await queue.close();
    await withRedis(cacheUrl, (redis) => redis.set('api:users:123', 'cached', 'EX', 300));

    // Nobody gets in without a user, nor into one instance with the password of the other.
    await expect(ping(`redis://127.0.0.1:${queuePort}`)).rejects.toThrow(/NOAUTH/);
    const foreign = urlOf(made, 'REDIS_CACHE_URL', queuePort);
    await expect(ping(foreign)).rejects.toThrow(/WRONGPASS/);

    started.signal('SIGINT');
    expect(await started.ended).toMatchObject({ code: 0 });
    await expect(ping(queueUrl)).rejects.toThrow();
    await expect(ping(cacheUrl)).rejects.toThrow();

    const again = await startBoth(made);
    await isReady(again.started);
    const kept = new Queue('email', {
      connection: { url: urlOf(made, 'REDIS_QUEUE_URL', again.queuePort) },
    });
    expect(await kept.getJobCounts('completed', 'delayed')).toEqual({ completed: 1, delayed: 1 });
    await kept.close();
    const forgotten = urlOf(made, 'REDIS_CACHE_URL', again.cachePort);
    expect(await withRedis(forgotten, (redis) => redis.get('api:users:123'))).toBeNull();
    again.started.signal('SIGTERM');
    expect(await again.started.ended).toMatchObject({ code: 0 });
  });

  it('ends both when one ends by itself, and says which', async () => {
    const { started, queuePort, cachePort } = await startBoth(made, '--foreground');
    await isReady(started);
    const pid = await withRedis(urlOf(made, 'REDIS_QUEUE_URL', queuePort), async (redis) =>
      Number(/process_id:(\d+)/.exec(await redis.info('server'))![1]),
    );
    process.kill(pid, 'SIGKILL');
    const { code, err } = await started.ended;
    expect([code, err]).toEqual([1, expect.stringContaining('redis-queue has ended by itself')]);
    await expect(ping(urlOf(made, 'REDIS_CACHE_URL', cachePort))).rejects.toThrow();
  });

  it('speaks TLS where the connection strings say so', async () => {
    const kit = keep(new Kit());
    expect((await kit.run('setup', '--tls')).code).toBe(0);
    const { started, queuePort } = await startBoth(kit);
    await isReady(started);
    const url = urlOf(kit, 'REDIS_QUEUE_URL', queuePort);
    const tls = { ca: kit.read('tls', 'ca.crt') };
    expect(await withRedis(url, (redis) => redis.ping(), { tls })).toBe('PONG');
    await expect(ping(url.replace('rediss:', 'redis:'))).rejects.toThrow();
    started.signal('SIGINT');
    expect(await started.ended).toMatchObject({ code: 0 });
  });
});

describe('run queue --foreground', () => {
  it('is the server itself, so that its supervisor watches the server', async () => {
    const port = await reserve();
    const started = made.start('run', 'queue', '--foreground', '--queue-port', String(port));
    const url = urlOf(made, 'REDIS_QUEUE_URL', port);
    await until(() => ping(url));
    const info = await withRedis(url, (redis) => redis.info('server'));
    expect(info).toContain(`process_id:${started.child.pid}\r\n`);
    started.child.kill('SIGTERM');
    const { code, out } = await started.ended;
    expect([code, out]).toEqual([0, expect.stringContaining('ready to exit')]);
  });
});

describe('while a password changes', () => {
  it('the one before gets in as well, until it is taken out, as README.md says it', async () => {
    const kit = keep(made.copy());
    const port = await reserve();
    const started = kit.start('run', 'queue', '--queue-port', String(port));
    await isReady(started);
    const old = kit.env().REDIS_QUEUE_PASSWORD!;
    const fresh = old.split('').reverse().join('');
    const text = kit.read('.env').replaceAll(old, fresh);
    const answer = (password: string) =>
      ping(`redis://drover-app:${password}@127.0.0.1:${port}`).catch(({ message }: Error) =>
        message.slice(0, 9),
      );
    // The short forms of the page, on the port of this run.
    const shortForms = kit
      .read('README.md')
      .match(/^(?:password|queue-cli)\(\) .*$/gm)!
      .join('\n');
    const load = `cd '${kit.dir}'; ${shortForms}\nqueue-cli acl load`.replace('6380', String(port));
    const answers: string[][] = [];
    for (const env of [`${text}REDIS_QUEUE_PASSWORD_PREVIOUS=${old}\n`, text]) {
      writeFileSync(kit.path('.env'), env);
      expect((await kit.run('setup', '--acl')).code).toBe(0);
      expect((await kit.run('setup', '--check')).err).toBe('');
      expect((await kit.startIn({}, 'bash', '-c', load).ended).out).toBe('OK\n');
      answers.push(await Promise.all([answer(fresh), answer(old)]));
    }
    expect(answers).toEqual([
      ['PONG', 'PONG'],
      ['PONG', 'WRONGPASS'],
    ]);
    started.signal('SIGINT');
    await started.ended;
  });
});

describe('run starts nothing', () => {
  const listenOn = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    });

  it('on a port that is in use, and says by what', async () => {
    const port = await reserve();
    const server = await listenOn(port);
    const options = ['--cache-port', String(port), '--bind', '0.0.0.0'];
    const { code, err } = await made.run('run', 'cache', ...options);
    server.close();
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`port ${port} is in use( by .*pid=${process.pid})?\\n`));
    expect(err).toContain('--cache-port PORT');
    expect(err).toContain('on 0.0.0.0 passwords and jobs travel in clear text');
  });

  it('on the data of a queue that is served already', async () => {
    const port = await reserve();
    const started = made.start('run', 'queue', '--queue-port', String(port));
    await isReady(started);
    const { code, err } = await made.run('run', 'queue', '--queue-port', String(await reserve()));
    expect([code, err]).toEqual([1, expect.stringContaining('another server runs on data/queue')]);
    expect(await ping(urlOf(made, 'REDIS_QUEUE_URL', port))).toBe('PONG');
    started.signal('SIGINT');
    await started.ended;
  });

  it('with a .env that --check would not pass', async () => {
    const kit = keep(made.copy());
    const text = kit.read('.env').replace(/^(REDIS_QUEUE_HEALTH_PASSWORD)=.*$/m, '$1=changeme');
    writeFileSync(kit.path('.env'), text);
    const { code, err } = await kit.run('run', 'both');
    expect(code).toBe(1);
    expect(err).toMatch(/HEALTH_PASSWORD is weak[\s\S]*nothing was started: \d to mend first/);
    expect(readFileSync(kit.path('.env'), 'utf8')).toBe(text);
  });

  it.each([
    [[], /say what to run/],
    [['both', 'queue'], /say one of/],
    [['queue', '--queue-port', '70000'], /70000 is no port/],
    [['queue', '--quick'], /what is --quick/],
    [['both', '--queue-port', '7000', '--cache-port', '7000'], /cannot have the same port/],
  ])('with %j', async (args, message) => {
    const { code, err } = await made.run('run', ...args);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('without a Redis, and says how to get one', async () => {
    const tools = mkdtempSync(join(tmpdir(), 'drover-tools-'));
    const isRedis = (name: string): boolean => /redis|valkey/.test(name);
    for (const name of readdirSync('/usr/bin').filter((each) => !isRedis(each))) {
      symlinkSync(join('/usr/bin', name), join(tools, name));
    }
    const kit = keep(made.copy());
    const { code, err } = await kit.startIn({ PATH: tools }, kit.path('run'), 'both').ended;
    rmSync(tools, { recursive: true });
    expect([code, err]).toEqual([1, expect.stringMatching(/no redis-server.*\n.*apt install/)]);
  });
});
