/**
 * Recognises, in whatever ioredis throws, that a command was lost with its connection.
 *
 * Pure. The hub rejects commands in flight with `ConnectionLost` itself; ioredis still has three errors of
 * its own for the same thing, known only by their text (ioredis 6.0: `Redis.js`, `event_handler.js`).
 */
import { ConnectionClosedError } from 'bullmq';
import { ConnectionLost } from '../errors.ts';

const NOT_SENT = /^Stream isn't writeable/;
const MAYBE_SENT = /^(Command aborted due to connection close|Connection is closed\.?$)/;

/** The error as `ConnectionLost`, or `undefined` when it is something else. */
export function toConnectionLost(error: unknown): ConnectionLost | undefined {
  if (error instanceof ConnectionLost) return error;
  // BullMQ's own class is how the hub says that it is closed for good: nothing comes back after that.
  if (!(error instanceof Error) || error instanceof ConnectionClosedError) return undefined;
  if (NOT_SENT.test(error.message)) return new ConnectionLost(false, { cause: error });
  if (MAYBE_SENT.test(error.message)) return new ConnectionLost(true, { cause: error });
  return undefined;
}

const REFUSALS =
  /\b(READONLY|LOADING|NOREPLICAS|OOM|MISCONF|MASTERDOWN|BUSY|NOPERM|NOAUTH|WRONGPASS|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)\b|can't (run this command|access at least one of the (keys|channels))/;
const REFUSAL_WORD = /^[A-Z]+$/;
/** A denial inside a script: Redis 7.0 gives it no word of its own, later versions do. */
const DENIED_INSIDE =
  /^ERR The user executing the script can't |^NOPERM ACL failure in script|^(ERR|NOPERM) .*@user_script/;

/**
 * The word with which Redis refused a command for a reason that can pass, or `undefined`.
 *
 * Redis refuses these before a script's first write, so nothing was done; see `stoppedHalfway` for the exception.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const found = REFUSALS.exec(error.message);
  return found ? (REFUSAL_WORD.test(found[0]) ? found[0] : 'NOPERM') : undefined;
}

/**
 * Whether Redis has forgotten the script that it was asked to run: nothing was done. ioredis sends such a command once
 * more by itself, but others with the same script at the same moment may meet another SCRIPT FLUSH before theirs.
 */
export function isForgotten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** The word of a reply after which nothing was done, and the same command can pass later; `undefined` for any other error. */
export function passingOf(error: unknown): string | undefined {
  return refusalOf(error) ?? (isForgotten(error) ? 'NOSCRIPT' : undefined);
}

/** Whether a script was stopped by a denial after it may have written: half of it may be done. */
export function stoppedHalfway(error: unknown): boolean {
  return (
    error instanceof Error && DENIED_INSIDE.test(error.message) && refusalOf(error) === 'NOPERM'
  );
}
