/**
 * Reads what may be refused: an answer, or the reason why there is none. Never rejects.
 */
import { withDeadline } from '../base/wait.ts';
import { messageOf } from '../errors.ts';
import { known, type Reading, unknown } from './reading.ts';

const DEADLINE_MS = 5_000;

/** @param what the command, as the reason names it */
export async function tolerant<T>(what: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    const answer = await withDeadline(read(), DEADLINE_MS);
    return answer.settled ? known(answer.value) : unknown(`${what} had no answer within 5 s`);
  } catch (error) {
    return unknown(reasonOf(what, messageOf(error)));
  }
}

/** Why a command was not answered, in words without what it was given. */
export function reasonOf(what: string, message: string): string {
  if (/NOPERM|no permissions/i.test(message)) return `the user may not run ${what}`;
  if (/unknown (?:sub)?command|not supported|not allowed|disabled/i.test(message))
    return `this server does not offer ${what}`;
  if (/^(?:MOVED|ASK) /.test(message))
    return 'the keys are on another node of the cluster than the one that is connected';
  return `${what} failed: ${message.slice(0, 120)}`;
}
