/** Runs `drover` on a terminal of its own, as `script` gives it one, which every Debian has. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { until } from '../support/until.ts';
import { DROVER } from './command-line.ts';

/** Takes the screen. */
export const ENTER = '\x1b[?1049h';
/** Gives the screen back, with its cursor. */
export const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Whether a terminal can be had here. */
export const hasTerminals: boolean = spawnSync('script', ['--version']).status === 0;

/** What differs from a bare environment. */
export interface TerminalOptions {
  readonly nodeArgs?: string;
  /** A program to run in place of `drover`. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The program on a terminal of 24 rows and 80 columns. */
export class OnTerminal {
  output = '';
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(line: string, { nodeArgs = '', program, env = {} }: TerminalOptions = {}) {
    const run = `${program ?? `${process.execPath} ${nodeArgs} ${DROVER}`} ${line}`;
    const command = `stty rows 24 cols 80; echo PID=$$ TTY=$(tty); exec ${run}`;
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
      cwd: '/',
    });
    endWithThisProcess(this.#child, 'KILL');
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.exited = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** @param from where in the output to look */
  async shows(text: string | RegExp, from = 0): Promise<void> {
    const isShown = (): boolean => {
      const shown = this.output.slice(from);
      return typeof text === 'string' ? shown.includes(text) : text.test(shown);
    };
    await until(isShown, { what: `the screen shows ${text}` });
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** As when a person pulls at the window. */
  resize(rows: number, columns: number): void {
    const tty = /TTY=(\S+)/.exec(this.output)![1]!;
    spawnSync('stty', ['-F', tty, 'rows', String(rows), 'cols', String(columns)]);
  }

  get pid(): number {
    return Number(/PID=(\d+)/.exec(this.output)![1]);
  }
}
