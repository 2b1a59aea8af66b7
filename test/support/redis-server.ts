/**
 * A Redis server of the test's own, which can be killed, frozen and started again on the same data.
 *
 * Own port, own folder in the temporary folder, append-only file. It is ended when the test process ends,
 * however that happens. It never touches another server.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { findOnPath } from '../../scripts/setup/processes.mjs';
import { waitForPong } from '../../scripts/setup/wait-for-pong.mjs';

/** Directives of redis.conf; an empty value is written as `""`. */
export type RedisConfig = Readonly<Record<string, string>>;

/** What differs from the usual test server. */
export interface RedisOptions {
  /** Added to the usual directives, or instead of them. */
  readonly config?: RedisConfig;
  /** Start here instead of on a free port, for a server that comes up later: see `reserve`. */
  readonly port?: number;
  /** Password of the default user; part of `url`. */
  readonly password?: string;
  /**
   * Users, written as in an ACL file: `user app on >secret ~* &* +@all`. A further user, `harness`, is
   * always added then, so that the harness gets in whatever the lines do to the default user.
   */
  readonly aclLines?: readonly string[];
  /** User and password that the harness gets in with, where an `aclfile` has the users. */
  readonly auth?: readonly [string, string];
}

const HARNESS = ['harness', 'harness'] as const;
const HOST = '127.0.0.1';

/** A port where nothing listens, for a Redis that is not there yet. */
export function reserve(): Promise<number> {
  return freePort();
}

/** Starts a server and waits until it answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  // Between finding a free port and using it another process may take it; only a wanted port is final.
  for (let attempt = 1; ; attempt++) {
    const server = new RedisServer(options, options.port ?? (await freePort()));
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      if (options.port !== undefined || attempt === 3) throw error;
    }
  }
}

/** The binary that `npm test` found, or one on PATH. */
export function redisBinary(): string {
  const binary =
    process.env.DROVER_TEST_REDIS_SERVER || findOnPath(['redis-server', 'valkey-server']);
  if (!binary) throw new Error('no redis-server or valkey-server found: `npm test` installs one');
  return binary;
}

/** Made by `startRedis`. */
export class RedisServer {
  readonly host: string = HOST;
  readonly port: number;
  /** Configuration, append-only file and `redis.log`. */
  readonly dir: string = mkdtempSync(join(tmpdir(), 'drover-redis-'));
  /** With the password of the default user, if it has one. */
  readonly url: string;
  readonly #options: RedisOptions;
  #process: ChildProcess | undefined;

  constructor(options: RedisOptions, port: number) {
    this.#options = options;
    this.port = port;
    const password = options.password ? `:${encodeURIComponent(options.password)}@` : '';
    this.url = `redis://${password}${HOST}:${port}`;
  }

  /** For the harness, which gets in whatever the users' rights are. */
  get adminUrl(): string {
    const { aclLines } = this.#options;
    return aclLines ? `redis://${HARNESS.join(':')}@${HOST}:${this.port}` : this.url;
  }

  /** Of the running server; throws when none runs. It changes with every restart. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error(`no server runs on port ${this.port}`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** What the server has logged since its first start. */
  get log(): string {
    return readFileSync(join(this.dir, 'redis.log'), 'utf8');
  }

  /** SIGKILL, as a crash does it; returns when the process is gone. Data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM: the server says goodbye to its clients and saves. Data stays. */
  async shutdown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /**
   * Starts the server on the same port and data; a running one is killed first.
   *
   * @param options.config for this run only
   * @param options.isAwaited false returns at once, for watching a server that is still loading; default true
   */
  async restart({
    config = {},
    isAwaited = true,
  }: {
    config?: RedisConfig;
    isAwaited?: boolean;
  } = {}): Promise<void> {
    await this.kill();
    writeFileSync(join(this.dir, 'redis.conf'), this.#configText(config));
    const log = openSync(join(this.dir, 'redis.log'), 'a');
    const server = spawn(redisBinary(), ['redis.conf'], {
      cwd: this.dir,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = server;
    endWithThisProcess(server, 'KILL');
    server.once('exit', () => {
      if (this.#process === server) this.#process = undefined;
    });
    await once(server, 'spawn');
    if (isAwaited) await this.waitUntilReady();
  }

  /** Returns when the server answers PING with PONG: it has read its data. */
  async waitUntilReady(deadlineMs: number = 20_000): Promise<void> {
    const { aclLines, password } = this.#options;
    const auth = this.#options.auth ?? (aclLines ? HARNESS : password ? [password] : []);
    const hasFailed = () =>
      this.isRunning ? null : `the server has ended:\n${this.log.slice(-1_000)}`;
    await waitForPong({ port: this.port, auth, deadlineMs, hasFailed });
  }

  /** SIGSTOP: sockets stay open, nothing answers. */
  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Ends the server and removes its folder. May be called again. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#process;
    if (!server) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }

  #configText(extra: RedisConfig): string {
    const { config = {}, password, aclLines } = this.#options;
    const directives: RedisConfig = {
      port: String(this.port),
      bind: HOST,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      'repl-diskless-sync-delay': '0',
      ...(knowsDebugSwitch() && { 'enable-debug-command': 'local' }),
      ...(password && { requirepass: JSON.stringify(password) }),
      ...config,
      ...extra,
    };
    const lines = Object.entries(directives).map(([name, value]) => `${name} ${value || '""'}`);
    if (aclLines) {
      lines.push(...aclLines, `user ${HARNESS[0]} on >${HARNESS[1]} ~* &* +@all`);
    }
    return `${lines.join('\n')}\n`;
  }
}

/** Redis 6 always allows DEBUG and does not start with the directive that newer versions need for it. */
function knowsDebugSwitch(): boolean {
  const { stdout } = spawnSync(redisBinary(), ['--version'], { encoding: 'utf8' });
  return Number(/v=(\d+)/.exec(stdout)?.[1] ?? 7) >= 7;
}
