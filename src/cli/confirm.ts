/**
 * Asks before something is done that changes more than one thing or cannot be brought back.
 *
 * Nobody is asked where nobody can answer: then the flag that answers must have been given, or nothing is done.
 */
import { createInterface } from 'node:readline/promises';
import type { Console } from './console.ts';
import { UsageError } from './failure.ts';
import type { Order } from './input.ts';
import { printable } from './printable.ts';
import type { Settings } from './settings.ts';

/** Asks a question; undefined when the input has ended. */
export type AskPerson = (question: string) => Promise<string | undefined>;

/**
 * The input of the order, confirmed. Throws `UsageError` when it is not.
 *
 * @param preview what would happen, as a sentence; shown before the question
 */
export async function confirmed(
  order: Order,
  what: string,
  settings: Settings,
  ask: AskPerson,
  preview: () => Promise<string | null>,
  console: Console,
): Promise<Readonly<Record<string, unknown>>> {
  const { input, asks } = order;
  if (asks === null) return input;
  const queue = String(input.queue ?? '');
  if (asks === 'name' && input.confirm !== undefined) {
    if (input.confirm === queue) return input;
    throw new UsageError(`--confirm does not repeat the name of the queue, "${printable(queue)}"`);
  }
  if (asks === 'yes' && settings.isConfirmed) return input;
  const flag = asks === 'name' ? `--confirm ${printable(queue)}` : '--yes';
  if (!settings.canAsk)
    throw new UsageError(
      `"${what}" must be confirmed: give ${flag}, or --dry-run to see what it would do`,
    );
  const told = await preview();
  if (told) console.say(told);
  if (asks === 'yes') {
    const answer = await ask(`${what}: go on? [y/N] `);
    if (/^y(?:es)?$/i.test(answer?.trim() ?? '')) return input;
    throw new UsageError('Nothing was done.');
  }
  const answer = await ask(
    `This cannot be brought back. Type the name of the queue (${printable(queue)}) to go on: `,
  );
  if (answer?.trim() === queue) return { ...input, confirm: queue };
  throw new UsageError('That is not its name: nothing was done.');
}

/** Asks on the terminal, on stderr, so that stdout stays data. */
export const askPerson: AskPerson = async (question) => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  // Raw mode hides Ctrl-C from the process.
  lines.once('SIGINT', () => process.exit(130));
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
};
