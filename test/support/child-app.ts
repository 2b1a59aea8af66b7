/**
 * An application as a real process, for what only processes can show: signals, crashes, exit codes.
 *
 * Its environment names no Redis unless the test does. It is ended with the test process, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';

/** How the application is started. */
export interface AppOptions {
  readonly args?: readonly string[];
  /** Added to the test's own environment, from which `REDIS_*` and vitest's variables are taken away. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that runs `node` for us, with its arguments: `['ip', 'netns', 'exec', name]`. */
  readonly within?: readonly string[];
  /** Keeps the application's input open for `say`. */
  readonly hears?: boolean;
  /** Sees every line as it comes. */
  readonly onLine?: (line: string) => void;
}

/** How the application ended. */
export interface AppExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts `node file` with the arguments. Compiled files only: Node 20 runs no TypeScript. */
export function startApp(file: string, options: AppOptions = {}): ChildApp {
  return new ChildApp(file, options);
}

/** Made by `startApp`. */
export class ChildApp {
  /** All lines so far, of stdout and stderr. */
  readonly output: string[] = [];
  readonly exited: Promise<AppExit>;
  readonly #process: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #exit: AppExit | undefined;

  constructor(file: string, options: AppOptions) {
    const { args = [], env = {}, cwd, within = [], hears = false, onLine } = options;
    const [program, ...rest] = [...within, process.execPath, file, ...args] as [
      string,
      ...string[],
    ];
    const child = spawn(program, rest, {
      env: { ...cleanEnvironment(), ...env },
      stdio: [hears ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    });
    this.#process = child;
    endWithThisProcess(child, 'KILL');
    child.stdin?.on('error', () => undefined); // it may be gone before a word reaches it
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        this.output.push(line);
        onLine?.(line);
        this.#tell();
      });
    }
    // 'close', not 'exit': only then all output has been read.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
        this.#tell();
      });
    });
  }

  get pid(): number {
    const pid = this.#process.pid;
    if (pid === undefined) throw new Error('the application did not start');
    return pid;
  }

  /**
   * The first line that matches; lines that were already printed count.
   *
   * Rejects with the last output when the application ends first, or after `timeoutMs` (default 15 s).
   */
  line(pattern: RegExp | string, timeoutMs: number = 15_000): Promise<string> {
    const isMatch = (line: string): boolean =>
      typeof pattern === 'string' ? line.includes(pattern) : line.search(pattern) >= 0;
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        action();
      };
      const fail = (why: string): void =>
        settle(() => {
          const last = this.output.slice(-20).join('\n');
          reject(new Error(`no line matches ${pattern}: ${why}. Its last output:\n${last}`));
        });
      const look = (): void => {
        const found = this.output.find(isMatch);
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#exit) fail(`the application ended with ${JSON.stringify(this.#exit)}`);
      };
      const timer = setTimeout(() => fail(`waited ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  /** Whether it has not ended yet. */
  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Writes a line to its input; it must have been started with `hears`. */
  say(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /** Sends a signal; does not wait: see `exited`. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#process.kill(signal);
  }

  /** SIGKILL if it still runs; returns when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#exit) this.#process.kill('SIGKILL');
    await this.exited;
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const isForeign = (name: string): boolean => /^(REDIS_|VITEST|NODE_ENV$|TEST$)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}
