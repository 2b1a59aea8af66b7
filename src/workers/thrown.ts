/**
 * Makes an error of whatever a processor throws.
 *
 * JavaScript lets it throw anything. BullMQ reads `message` and `stack`, and stores nothing of a thrown string;
 * what was thrown must be readable at night all the same.
 */
import { inspect } from 'node:util';

const LONGEST = 10_000;

/** `thrown` itself when it has a message, else an error that says what it is. */
export function asError(thrown: unknown): unknown {
  if (typeof (thrown as { message?: unknown } | null | undefined)?.message === 'string')
    return thrown;
  const text = typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 });
  const error = new Error(text.slice(0, LONGEST) || 'An empty string was thrown');
  error.name = 'NonError';
  // Its frames would be ours, not those of whoever threw.
  error.stack = `${error.name}: ${error.message}`;
  return error;
}
