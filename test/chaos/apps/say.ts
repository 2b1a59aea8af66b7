/**
 * How an application talks to the harness: a line for each thing that happens, commands on its input.
 *
 * A line is `<milliseconds> <what> <words ...>` in the clock that all processes of a machine share. Writing
 * to a pipe is synchronous, so that what was said before a SIGKILL is heard.
 */
import { createInterface } from 'node:readline';

/** Milliseconds of the machine's monotonic clock. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Says one thing. */
export function say(what: string, ...words: ReadonlyArray<string | number>): void {
  const line = [monotonicMs().toFixed(1), what, ...words].join(' ').replaceAll('\n', ' ');
  process.stdout.write(`${line}\n`);
}

/** Carries out commands: `block 8000`, `step 3600000`, `stop`. Does not keep the process alive. */
export function hear(commands: Readonly<Record<string, (argument: number) => void>>): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [name, argument] = line.split(' ');
    commands[name!]?.(Number(argument));
  });
  (process.stdin as { unref?: () => void }).unref?.();
}

const VITALS_MS = 500;

/** Counts, and says twice a second how the process is: memory, errors and log lines so far. */
export class Vitals {
  #errors = 0;
  #logLines = 0;
  #last = '';

  constructor() {
    process.on('unhandledRejection', (reason) => say('unhandled', String(reason)));
    setInterval(() => this.tell(), VITALS_MS).unref();
  }

  /** An error event; the first of its kind is said in words. */
  error(message: string): void {
    this.#errors += 1;
    if (message !== this.#last) say('error', message);
    this.#last = message;
  }

  /** A line that an operator would read. */
  log(message: string): void {
    this.#logLines += 1;
    say('log', message);
  }

  tell(): void {
    const memoryMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    say('vitals', memoryMb, this.#errors, this.#logLines);
  }
}
