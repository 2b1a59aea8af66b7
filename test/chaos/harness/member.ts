/**
 * One process of the fleet, worker or producer: what it said, how it is, and what was done to it.
 */
import { type AppExit, type ChildApp, startApp } from '../../support/child-app.ts';
import { type AppSettings, SETTINGS_VARIABLE } from '../apps/settings.ts';
import { HttpWatch } from './http-watch.ts';
import type { Ledger } from './ledger.ts';

/** Longer than any deadline that applications are given. */
const RETIRE_MS = 10_000;

/** What it says of itself twice a second; counts are totals. */
export interface VitalSigns {
  readonly atMs: number;
  readonly memoryMb: number;
  readonly errors: number;
  readonly logLines: number;
}

/** How it is started. */
export interface MemberOptions {
  readonly name: string;
  readonly file: string;
  readonly settings: AppSettings;
  readonly ledger: Ledger;
  readonly within?: readonly string[];
  readonly preload?: string | undefined;
  /** Whether it can be asked over HTTP from here. */
  readonly isWatched: boolean;
}

/** A running application. */
export class Member implements AsyncDisposable {
  readonly name: string;
  readonly app: ChildApp;
  readonly vitals: VitalSigns[] = [];
  readonly unhandled: string[] = [];
  readonly errors: string[] = [];
  readonly logs: Array<{ atMs: number; text: string }> = [];
  readonly exited: Promise<AppExit>;
  /** Somebody has harmed the process itself on purpose: it need not answer. */
  isDisturbed = false;
  /** It was told to end, or killed. */
  isDismissed = false;
  hasStopped = false;
  #watch: HttpWatch | undefined;

  constructor(options: MemberOptions) {
    const { name, file, settings, ledger, within = [], preload, isWatched } = options;
    this.name = name;
    this.app = startApp(file, {
      env: {
        [SETTINGS_VARIABLE]: JSON.stringify(settings),
        ...(preload && { NODE_OPTIONS: `--import ${preload}` }),
      },
      within,
      hears: true,
      onLine: (line) => this.#hear(line, ledger, isWatched),
    });
    this.exited = this.app.exited;
    void this.exited.then(() => this.#watch?.close());
  }

  get pid(): number {
    return this.app.pid;
  }

  /** It runs and nobody has told it to end. */
  get isLive(): boolean {
    return this.app.isRunning && !this.isDismissed;
  }

  /** How long it took to answer over HTTP. */
  get httpMs(): readonly number[] {
    return this.#watch?.tookMs ?? [];
  }

  say(command: string): void {
    this.app.say(command);
  }

  /** SIGKILL. */
  kill(): void {
    this.isDisturbed = true;
    this.isDismissed = true;
    this.app.kill('SIGKILL');
  }

  /** SIGTERM: it should end by itself. */
  dismiss(): void {
    this.isDisturbed = true;
    this.isDismissed = true;
    this.app.kill('SIGTERM');
  }

  /** SIGTERM, and SIGKILL where that does not help; the exit code, null when it had to be killed. */
  async retire(): Promise<number | null> {
    this.dismiss();
    const timer = setTimeout(() => this.app.kill('SIGKILL'), RETIRE_MS);
    const { code } = await this.exited;
    clearTimeout(timer);
    return code;
  }

  /** SIGSTOP. */
  freeze(): void {
    this.isDisturbed = true;
    this.app.kill('SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    this.app.kill('SIGCONT');
    this.isDisturbed = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.close();
    this.app.kill('SIGCONT');
    await this.app[Symbol.asyncDispose]();
  }

  #hear(line: string, ledger: Ledger, isWatched: boolean): void {
    const [at, what = '', ...words] = line.split(' ');
    const atMs = Number(at);
    if (Number.isNaN(atMs))
      this.errors.push(line); // Not from `say`: a crash, a warning of Node.
    else if (ledger.write(this.name, atMs, what, words)) return;
    else if (what === 'vitals') {
      const [memoryMb, errors, logLines] = words.map(Number) as [number, number, number];
      this.vitals.push({ atMs, memoryMb, errors, logLines });
    } else if (what === 'http' && isWatched) {
      this.#watch = new HttpWatch(Number(words[0]), () => this.isLive && !this.isDisturbed);
    } else if (what === 'unhandled') this.unhandled.push(words.join(' '));
    else if (what === 'error') this.errors.push(words.join(' '));
    else if (what === 'log') this.logs.push({ atMs, text: words.join(' ') });
    else if (what === 'done') this.hasStopped = true;
  }
}
