/**
 * A Redis server of our own for a while: to load a backup, to look at it, to write it anew.
 *
 * It listens on a socket in a folder that only this user may enter, never on a port, keeps nothing by itself, and works in
 * the folder that is given. It ends with `stop`, with this process, and when it cannot load. It never touches another
 * server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { sleep } from '../../base/wait.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { createSingleClient } from '../../redis/single-client.ts';
import { guardProcess, type Release } from './guard-process.ts';
import { loadFailure } from './load-failure.ts';

/** What the server is started with. */
export interface ScratchOptions {
  /** Where its data is: it works in this folder and loads what it finds there. */
  readonly folder: string;
  /** The program; one on PATH by default. */
  readonly program?: string | undefined;
  /** Directives on top of the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told while it loads, from 0 to 1. */
  readonly onLoading?: (ratio: number) => void;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

const PROGRAMS = ['redis-server', 'valkey-server'] as const;
const USUAL: Readonly<Record<string, string>> = {
  ...{ port: '0', save: '', appendonly: 'no', maxmemory: '0', daemonize: 'no', logfile: '' },
  ...{ unixsocketperm: '700', dbfilename: 'dump.rdb', 'protected-mode': 'yes' },
};
/** A server that neither answers nor comes forward for so long is given up. */
const STANDSTILL_MS = 60_000;
const ASK_EVERY_MS = 50;
/** Of the log. */
const KEPT_LINES = 60;

/** Starts it and waits until it has loaded. Rejects with BACKUP_DAMAGED when it cannot, BACKUP_FAILED when it is not there. */
export async function startScratchServer(options: ScratchOptions): Promise<ScratchServer> {
  const home = await mkdtemp(join(tmpdir(), 'drover-scratch-'));
  let child: ChildProcess;
  try {
    child = await spawnServer(options, join(home, 's'));
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
  const server = new ScratchServer(child, home, options.clock ?? systemClock);
  try {
    await server.loaded(options.onLoading, options.signal);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function spawnServer(
  { folder, program, settings }: ScratchOptions,
  socketPath: string,
): Promise<ChildProcess> {
  const directives = { ...USUAL, ...settings, unixsocket: socketPath };
  const args = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value]);
  for (const each of program ? [program] : PROGRAMS) {
    // It works where it is started: a path with spaces is no trouble for any version then.
    const child = spawn(each, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if (program || (error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw noServer(`${each} cannot be started: ${messageOf(error)}`, error);
    }
  }
  throw noServer('There is no redis-server and no valkey-server on PATH');
}

function noServer(problem: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError(
    'BACKUP_FAILED',
    `${problem}: install one of the version that made the backup or later, or name it with --redis-server`,
    { cause },
  );
}

/** Made by `startScratchServer`. */
export class ScratchServer {
  /** Where it listens. */
  readonly socketPath: string;
  readonly #child: ChildProcess;
  readonly #home: string;
  readonly #clock: Clock;
  readonly #lines: string[] = [];
  readonly #release: Release;
  readonly #ended: Promise<void>;
  #ending: string | null = null;
  #client: Redis | undefined;

  constructor(child: ChildProcess, home: string, clock: Clock) {
    this.socketPath = join(home, 's');
    this.#child = child;
    this.#home = home;
    this.#clock = clock;
    this.#release = guardProcess(child, home);
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    // 'close' and not 'exit': the log has been read to its end then.
    this.#ended = once(child, 'close').then(([code, signal]) => {
      this.#ending = signal ?? `exit code ${code}`;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** A client that is connected. */
  get client(): Redis {
    return this.#client!;
  }

  /** The last lines of its log. */
  get log(): readonly string[] {
    return this.#lines;
  }

  /** See `startScratchServer`. */
  async loaded(onLoading?: (ratio: number) => void, signal?: AbortSignal): Promise<void> {
    let seen = '';
    let movedAt = this.#clock.monotonic();
    for (;;) {
      signal?.throwIfAborted();
      if (this.#ending) throw this.#failure();
      const state = await this.#ask();
      if (state === 'ready') return;
      if (state !== seen) movedAt = this.#clock.monotonic();
      seen = state;
      if (this.#clock.monotonic() - movedAt > STANDSTILL_MS)
        throw new CoordinatorError(
          'BACKUP_FAILED',
          `The server that is to load the backup does not come forward: ${this.#lines.slice(-3).join(' | ')}`,
        );
      const percent = Number(/loading_loaded_perc:([\d.]+)/.exec(state)?.[1] ?? Number.NaN);
      if (!Number.isNaN(percent)) onLoading?.(percent / 100);
      await sleep(ASK_EVERY_MS, { clock: this.#clock });
    }
  }

  /** Ends it. @param isClean lets it write what it still holds; otherwise it is killed */
  async stop({ isClean = false }: { readonly isClean?: boolean } = {}): Promise<void> {
    this.#client?.disconnect();
    if (this.#ending === null) this.#child.kill(isClean ? 'SIGTERM' : 'SIGKILL');
    await this.#ended;
    await rm(this.#home, { recursive: true, force: true });
    this.#release();
  }

  /** `ready`, or what it tells of its loading; '' when it does not answer. */
  async #ask(): Promise<string> {
    const client = this.#client ?? createSingleClient({ socketPath: this.socketPath });
    this.#client = client;
    try {
      if (client.status !== 'ready') await client.connect();
      const info = await client.info('persistence');
      return /\bloading:1/.test(info) ? info : 'ready';
    } catch {
      client.disconnect();
      this.#client = undefined;
      return '';
    }
  }

  #failure(): CoordinatorError {
    return new CoordinatorError(
      'BACKUP_DAMAGED',
      `The backup cannot be loaded: ${loadFailure(this.#lines, this.#ending!)}`,
    );
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}
