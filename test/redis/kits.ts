/**
 * A copy of `kit/` in a folder of its own, and its programs run there as a user runs them.
 *
 * The copy is made as the kit is given away: without what lies beside it. What a test starts ends with it, by
 * its process group.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redisBinary } from '../support/redis-server.ts';

const SOURCE = fileURLToPath(new URL('../../kit', import.meta.url));
/** What a checkout may hold beside the kit's own files. */
const MADE = new Set(['.env', 'secrets', 'data', 'backups', 'tls']);

/** How one of the kit's programs ended. */
export interface KitAnswer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program of the kit that runs. */
export interface KitProcess {
  readonly child: ChildProcess;
  /** What it has printed so far, on both streams. */
  readonly text: () => string;
  readonly ended: Promise<KitAnswer>;
  /** To the program and whatever it has started in its process group, as a terminal does with Ctrl-C. */
  signal(name: NodeJS.Signals): void;
}

/** A copy of the kit. */
export class Kit {
  readonly dir: string;
  readonly #base: string;
  readonly #processes: KitProcess[] = [];

  /** @param name of the folder: some need quotes in a shell */
  constructor(name = 'kit') {
    this.#base = mkdtempSync(join(tmpdir(), 'drover-kit-'));
    // As root the instances run as another user, who must get in.
    chmodSync(this.#base, 0o755);
    this.dir = join(this.#base, name);
    cpSync(SOURCE, this.dir, {
      recursive: true,
      filter: (path) => !(dirname(path) === SOURCE && MADE.has(path.slice(SOURCE.length + 1))),
    });
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  read(...parts: string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  /** What `.env` sets. */
  env(): Record<string, string> {
    const pairs = this.read('.env').match(/^[A-Z_]+=.*$/gm) ?? [];
    return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
  }

  /** Starts `program`, which lies in the kit, in a process group of its own. */
  start(program: string, ...args: string[]): KitProcess {
    return this.startIn({}, this.path(program), ...args);
  }

  startIn(env: Record<string, string>, file: string, ...args: string[]): KitProcess {
    const child = spawn(file, args, {
      cwd: tmpdir(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${dirname(redisBinary())}:${process.env.PATH}`, ...env },
    });
    let out = '';
    let err = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const ended = once(child, 'close').then(([code]) => ({
      code: code as number | null,
      out,
      err,
    }));
    const signal = (name: NodeJS.Signals): void => {
      try {
        process.kill(-child.pid!, name);
      } catch {
        // It has ended already.
      }
    };
    const started = { child, text: () => out + err, ended, signal };
    this.#processes.push(started);
    return started;
  }

  run(program: string, ...args: string[]): Promise<KitAnswer> {
    return this.start(program, ...args).ended;
  }

  /** A second copy with all that was made, owners and modes included. */
  copy(): Kit {
    const copy = new Kit();
    rmSync(copy.dir, { recursive: true });
    execFileSync('cp', ['-a', this.dir, copy.dir]);
    return copy;
  }

  /** Ends what still runs, and removes the copy. */
  async remove(): Promise<void> {
    for (const { child, signal, ended } of this.#processes) {
      if (child.exitCode === null && child.signalCode === null) signal('SIGTERM');
      await ended;
    }
    rmSync(this.#base, { recursive: true, force: true });
  }
}
