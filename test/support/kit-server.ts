/**
 * A Redis server that is run as the kit runs it: from the very file of the kit, with arguments on top.
 *
 * Own port and folder, and the users of the kit's template with passwords of the test. `harness` is added to them and may
 * do everything. The arguments are those of Compose and `kit/run`; a test adds its own behind them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { waitForPong } from '../../scripts/setup/wait-for-pong.mjs';
import { redisBinary } from './redis-server.ts';

/** Which of the two. */
export type Instance = 'queue' | 'cache';

/** What differs from how the kit runs it. */
export interface KitServerOptions {
  /** Behind the arguments of the kit: `['--maxmemory', '20mb']`. */
  readonly args?: readonly string[];
  /** Instead of the users of the template. */
  readonly aclText?: string;
  /** Another server program. */
  readonly binary?: string;
}

const KIT = fileURLToPath(new URL('../../kit/', import.meta.url));
const HARNESS = 'harness';

/** A file of the kit. */
export function kitFile(path: string): string {
  return join(KIT, path);
}

/** The password that a user of the kit has in tests. */
export function kitPassword(user: string): string {
  return `${user}-of-the-test`;
}

/** The users of the kit, each with its password of the tests. */
export function kitUsers(instance: Instance): string {
  return readFileSync(kitFile(`config/users-${instance}.acl`), 'utf8').replace(
    /^(user (\S+) .*?)#\{[A-Z_]+\}/gm,
    (_, before: string, user: string) => `${before}#${sha256(kitPassword(user))}`,
  );
}

/** Starts it and waits until it answers; ended with the test. */
export async function startKitServer(
  instance: Instance,
  options: KitServerOptions = {},
): Promise<KitServer> {
  const server = new KitServer(instance, options, await freePort());
  onTestFinished(() => server.stop());
  await server.start();
  return server;
}

/** Made by `startKitServer`. */
export class KitServer {
  readonly port: number;
  /** Data, users and `redis.log`. */
  readonly dir: string = mkdtempSync(join(tmpdir(), 'drover-kit-'));
  readonly #instance: Instance;
  readonly #options: KitServerOptions;
  #process: ChildProcess | undefined;

  constructor(instance: Instance, options: KitServerOptions, port: number) {
    this.#instance = instance;
    this.#options = options;
    this.port = port;
    const users = options.aclText ?? kitUsers(instance);
    const harness = `user ${HARNESS} on >${HARNESS} ~* &* +@all`;
    writeFileSync(this.aclFile, `${users.trim()}\n${harness}\n`, { mode: 0o600 });
  }

  get aclFile(): string {
    return join(this.dir, 'users.acl');
  }

  get log(): string {
    return readFileSync(join(this.dir, 'redis.log'), 'utf8');
  }

  /** For a user of the kit, or for the harness. */
  url(user: string = HARNESS): string {
    const password = user === HARNESS ? HARNESS : kitPassword(user);
    return `redis://${user}:${password}@127.0.0.1:${this.port}`;
  }

  /** Starts it on the same data; throws with the log when it ends instead. */
  async start(): Promise<void> {
    const server = this.#spawn();
    const hasFailed = () => (server.exitCode === null ? null : this.log.slice(-1_000));
    await waitForPong({ port: this.port, auth: [HARNESS, HARNESS], hasFailed });
  }

  /** SIGTERM, and a start on the same data. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  /** SIGKILL; data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #spawn(): ChildProcess {
    const log = openSync(join(this.dir, 'redis.log'), 'a');
    const server = spawn(
      this.#options.binary ?? redisBinary(),
      [
        kitFile(`config/redis-${this.#instance}.conf`),
        ...['--port', String(this.port), '--bind', '127.0.0.1'],
        ...['--dir', this.dir, '--aclfile', this.aclFile, '--maxmemory', '64mb'],
        ...(this.#options.args ?? []),
      ],
      { cwd: this.dir, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    endWithThisProcess(server, 'KILL');
    this.#process = server;
    return server;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#process;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
