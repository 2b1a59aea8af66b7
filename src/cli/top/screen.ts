/**
 * A terminal that a program has for itself: the alternate screen, on which only lines that differ are written.
 *
 * Whatever ends the program, the screen of before comes back, with its cursor and its line editing.
 */
import { styleText } from 'node:util';
import type { Line, Size } from './top-view.ts';

/** The parts of a terminal that are needed. */
export interface Terminal {
  readonly output: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** The screen. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #isColoured: boolean;
  readonly #restore = (): void => this.close();
  #before: readonly string[] = [];
  #isOpen = false;

  constructor(terminal: Terminal, isColoured: boolean) {
    this.#terminal = terminal;
    this.#isColoured = isColoured;
  }

  get size(): Size {
    const { columns, rows } = this.#terminal.output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Takes the terminal. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#terminal.output.write(ENTER);
    this.#terminal.input.setRawMode(true);
    this.#terminal.input.resume();
    // Also where nothing else is left to run: `process.exit`, an error that nobody caught.
    process.on('exit', this.#restore);
  }

  /** Gives the terminal back; harmless when it is already. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#restore);
    this.#terminal.input.setRawMode(false);
    this.#terminal.input.pause();
    this.#terminal.output.write(LEAVE);
  }

  /** Everything is written anew at the next time. */
  forget(): void {
    this.#before = [];
  }

  /** Writes the lines that differ. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const now = lines.map((line) => this.#styled(line));
    this.#terminal.output.write(difference(this.#before, now));
    this.#before = now;
  }

  #styled({ text, look }: Line): string {
    if (look === 'selected') return `\x1b[7m${text}\x1b[27m`; // Without colours, too: it is where one is.
    if (!this.#isColoured || look === 'plain') return text;
    const style = look === 'head' ? 'bold' : look === 'alarm' ? 'red' : 'dim';
    return styleText(style, text, { validateStream: false });
  }
}

/** What must be written to turn one screen into another. Pure. */
export function difference(before: readonly string[], now: readonly string[]): string {
  const changed = now.map((line, i) =>
    line === before[i] ? '' : `\x1b[${i + 1};1H${line}\x1b[0m\x1b[K`,
  );
  const gone = before.length > now.length ? `\x1b[${now.length + 1};1H\x1b[J` : '';
  return changed.join('') + gone;
}

/** Bytes of a terminal → names of keys. A paste is many keys. Pure. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    const sequence = Object.keys(SEQUENCES).find((each) => rest.startsWith(each));
    if (sequence !== undefined) {
      keys.push(SEQUENCES[sequence]!);
      rest = rest.slice(sequence.length);
      continue;
    }
    // A key that is not known must not be taken for the letters that it is made of.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys begin with one
    const unknown = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)/.exec(rest)?.[0];
    const [first] = rest;
    if (unknown) rest = rest.slice(unknown.length);
    else {
      if (first === '\x1b') keys.push('escape');
      else if (first! >= ' ') keys.push(first!);
      rest = rest.slice(first!.length);
    }
  }
  return keys;
}

const SEQUENCES: Readonly<Record<string, string>> = {
  ...{ '\x1b[A': 'up', '\x1b[B': 'down', '\x1b[C': 'right', '\x1b[D': 'left' },
  ...{ '\x1bOA': 'up', '\x1bOB': 'down', '\x1bOC': 'right', '\x1bOD': 'left' },
  ...{ '\r': 'enter', '\n': 'enter', '\x7f': 'backspace', '\b': 'backspace', '\x03': 'ctrl-c' },
};
