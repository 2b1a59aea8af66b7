/**
 * The only way out: data to stdout, everything else to stderr, passwords to neither.
 *
 * Whoever reads may go away (`| head`): then the command ends without a word.
 */
import type { Writable } from 'node:stream';

/** Where a command writes. */
export interface Console {
  /** Data; one line break is added. */
  data(text: string): Promise<void>;
  /** A message. */
  say(text: string): void;
  /** Writes over the line before, while it is a terminal; '' takes it away. */
  progress(text: string): void;
  readonly isTerminal: boolean;
}

/** A console on these streams. @param secrets what must not be shown in messages */
export function createConsole(
  out: Writable,
  messages: Writable & { isTTY?: boolean },
  secrets: readonly string[],
): Console {
  const masked = (text: string): string =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const isTerminal = messages.isTTY === true;
  return {
    isTerminal,
    data: (text) =>
      text === ''
        ? Promise.resolve()
        : new Promise((resolve) => {
            out.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
          }),
    say: (text) => void messages.write(`${masked(text)}\n`),
    progress(text) {
      if (isTerminal) messages.write(`\r\x1b[2K${masked(text)}`);
    },
  };
}
