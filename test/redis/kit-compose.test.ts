/**
 * What the Compose files run, run without Docker: entrypoint, command, health check and environment of each service as
 * they stand there, as the user and with the secrets that `setup` has made. Only paths of the container, addresses and
 * ports are replaced.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { layCompose, type Service } from '../support/compose-files.ts';
import { reserve } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { Kit, type KitProcess } from './kits.ts';

/** One instance: how it is spoken to, and how it is asked for its health. */
interface Running {
  readonly port: number;
  readonly process: KitProcess;
  /** As Docker would do it; its exit code. */
  isHealthy(): Promise<boolean>;
}

type Name = 'redis-queue' | 'redis-cache';

/** A kit that was set up, and the services of some of its files. */
class ComposedKit {
  readonly kit: Kit = new Kit();
  readonly #names: readonly string[];

  constructor(...names: string[]) {
    this.#names = ['docker-compose.yml', ...names];
  }

  service(name: string): Service {
    return layCompose(this.#names, this.kit.env()).services[name]!;
  }

  /** Text with paths of the container replaced by those of this kit. */
  onHost(text: string, name: string): string {
    const { secrets } = layCompose(this.#names, this.kit.env());
    return text
      .replace(/\/run\/secrets\/([\w.-]+)/g, (_, secret) => this.kit.path(secrets[secret]!.file))
      .replace('/etc/redis/redis.conf', this.kit.path(`config/${name}.conf`))
      .replace('/kit/backup/', `${this.kit.path('backup')}/`)
      .replace('/backups', this.kit.path('backups'))
      .replace(/^\/data$/, this.kit.path(name === 'redis-queue' ? 'data/queue' : 'backups'))
      .replace(/^\*$/, '127.0.0.1')
      .replace('-::*', '-::1');
  }

  /** Runs words as the user of the service; as root only root may choose. */
  start(words: readonly string[], env: Record<string, string> = {}): KitProcess {
    const { KIT_UID, KIT_GID } = this.kit.env();
    const as = ['setpriv', '--reuid', KIT_UID!, '--regid', KIT_GID!, '--clear-groups', '--'];
    const [file, ...args] = process.getuid!() === 0 ? [...as, ...words] : words;
    return this.kit.startIn(env, file!, ...args);
  }

  async startInstance(name: Name, more: readonly string[] = []): Promise<Running> {
    const { entrypoint, command, healthcheck } = this.service(name);
    const port = await reserve();
    const words = [...entrypoint, ...command].map((word) => this.onHost(word, name));
    const tls = words.indexOf('--tls-port');
    if (tls >= 0) words[tls + 1] = String(port);
    else words.push('--port', String(port));
    // The one path of the container that stands in the configuration.
    const [, users] = /^aclfile (.+)$/m.exec(this.kit.read(`config/${name}.conf`))!;
    words.push('--aclfile', this.onHost(users!, name), ...more);
    const started = this.start(words);
    onTestFinished(async () => {
      started.signal('SIGTERM');
      await started.ended;
    });
    const [, check] = healthcheck.test as [string, string];
    const asked = this.onHost(check, name).replace('redis-cli', `redis-cli -p ${port}`);
    const isHealthy = async () => (await this.start(['sh', '-c', asked]).ended).code === 0;
    const isReady = () => started.text().includes('Ready to accept connections');
    await until(() => isReady() || started.child.exitCode !== null);
    expect([isReady(), started.text()]).toEqual([true, expect.anything()]);
    return { port, process: started, isHealthy };
  }
}

/** The user of an application, from the connection string that `setup` has written. */
function clientOf(kit: Kit, name: Name, port: number, ca?: string): Redis {
  const url = kit.env()[name === 'redis-queue' ? 'REDIS_QUEUE_URL' : 'REDIS_CACHE_URL']!;
  const redis = new Redis(url.replace(/:\d+$/, `:${port}`), {
    ...{ maxRetriesPerRequest: null, retryStrategy: () => null },
    ...(ca !== undefined && { tls: { ca } }),
  });
  redis.on('error', () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
}

/** A job, from being added to being done. */
async function doOneJob(connection: Redis): Promise<string> {
  const queue = new Queue('photos', { connection });
  const worker = new Worker('photos', async ({ data }) => `done ${data.id}`, {
    connection: connection.duplicate(),
  });
  onTestFinished(() => worker.close(true));
  onTestFinished(() => queue.close());
  worker.on('error', () => {});
  const job = await queue.add('resize', { id: 7 });
  await until(() => job.isCompleted());
  return (await queue.getJob(job.id!))!.returnvalue;
}

const made: ComposedKit[] = [];

async function setUp(files: readonly string[], ...args: string[]): Promise<ComposedKit> {
  const composed = new ComposedKit(...files);
  made.push(composed);
  const { code, out, err } = await composed.kit.run('setup', '--memory', '2g', ...args);
  expect([code, code === 0 ? '' : out + err]).toEqual([0, '']);
  return composed;
}

afterAll(async () => {
  for (const { kit } of made) await kit.remove();
});

describe('without TLS', () => {
  let plain: ComposedKit;
  beforeAll(async () => {
    plain = await setUp([]);
  });

  test('the queue does jobs, is healthy, and its files are closed to others', async () => {
    const { port, process, isHealthy } = await plain.startInstance('redis-queue');
    expect(await doOneJob(clientOf(plain.kit, 'redis-queue', port))).toBe('done 7');
    expect(await isHealthy()).toBe(true);
    const files = readdirSync(plain.kit.path('data/queue/appendonlydir'));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files)
      expect(statSync(plain.kit.path('data/queue/appendonlydir', file)).mode & 0o077).toBe(0);
    // It took the place of the shell: what Docker sends arrives.
    process.child.kill('SIGTERM');
    expect((await process.ended).code).toBe(0);
    expect(process.text()).toContain('DB saved on disk');
    expect(await isHealthy()).toBe(false);
  });

  test('who is busy with a script is alive, and who refuses the password is not', async () => {
    const busyAfter = ['--busy-reply-threshold', '50'];
    const { port, process, isHealthy } = await plain.startInstance('redis-queue', busyAfter);
    const redis = clientOf(plain.kit, 'redis-queue', port);
    const endless = redis.eval('while true do end', 0).catch(() => {});
    const other = clientOf(plain.kit, 'redis-queue', port);
    await until(() =>
      other.ping().then(
        () => false,
        ({ message }: Error) => message.startsWith('BUSY'),
      ),
    );
    expect(await isHealthy()).toBe(true);
    process.child.kill('SIGKILL');
    await endless;

    const again = await plain.startInstance('redis-queue');
    const secret = plain.kit.path('secrets/queue-health-password');
    const right = readFileSync(secret);
    writeFileSync(secret, 'wrong');
    onTestFinished(() => writeFileSync(secret, right));
    expect(await again.isHealthy()).toBe(false);
  });

  test('the backup is made as its service makes it, and found by its health check', async () => {
    const { port } = await plain.startInstance('redis-queue');
    expect(await doOneJob(clientOf(plain.kit, 'redis-queue', port))).toBe('done 7');
    const { entrypoint, command, environment, healthcheck } = plain.service('backup');
    const given = Object.entries(environment!).map(([name, value]) => [
      name,
      plain.onHost(String(value), 'redis-queue'),
    ]);
    const env = { ...Object.fromEntries(given), REDIS_HOST: '127.0.0.1', REDIS_PORT: String(port) };
    const check = plain.onHost(healthcheck.test[1]!, 'redis-queue');
    const isHealthy = async () => (await plain.start(['sh', '-c', check]).ended).code === 0;
    expect(await isHealthy()).toBe(false);
    const words = [...entrypoint, ...command].map((word) => plain.onHost(word, 'redis-queue'));
    const backup = plain.start(words, env);
    const names = (): string[] => readdirSync(plain.kit.path('backups'));
    await until(() => names().some((name) => name.endsWith('.json')) || undefined, {
      what: `a manifest is there: ${backup.text()}`,
    });
    expect(await isHealthy()).toBe(true);
    backup.signal('SIGTERM');
    expect((await backup.ended).code).toBe(0);
  });
});

describe('with TLS', () => {
  let secure: ComposedKit;
  let ca = '';
  beforeAll(async () => {
    secure = await setUp(['docker-compose.tls.yml'], '--tls');
    ca = readFileSync(secure.kit.path('tls/ca.crt'), 'utf8');
  });

  test.each(['redis-queue', 'redis-cache'] as const)(
    '%s speaks TLS and nothing else',
    async (name) => {
      const { port, isHealthy } = await secure.startInstance(name);
      expect(await isHealthy()).toBe(true);
      const trusting = clientOf(secure.kit, name, port, ca);
      if (name === 'redis-queue') expect(await doOneJob(trusting)).toBe('done 7');
      else expect(await trusting.set('answer', '42')).toBe('OK');

      await expect(clientOf(secure.kit, name, port).ping()).rejects.toThrow(/closed/);
      const { password } = new URL(
        secure.kit.env()[name === 'redis-queue' ? 'REDIS_QUEUE_URL' : 'REDIS_CACHE_URL']!,
      );
      const plain = new Redis(`redis://drover-app:${password}@127.0.0.1:${port}`, {
        ...{ retryStrategy: () => null, maxRetriesPerRequest: null },
      });
      plain.on('error', () => {});
      onTestFinished(() => plain.disconnect());
      await expect(plain.ping()).rejects.toThrow(/closed/);
    },
  );
});
