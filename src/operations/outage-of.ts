/**
 * Says what Redis has done to an action in the middle of it, in the words that every caller knows. Pure.
 */
import { CoordinatorError } from '../errors.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Action } from './action.ts';

/** The outage that an error comes from; undefined when it is something else. */
export function outageOf(error: unknown, effect: Action['effect']): CoordinatorError | undefined {
  const lost = toConnectionLost(error);
  if (lost && effect !== 'reads')
    return new CoordinatorError(
      'OUTCOME_UNKNOWN',
      'The connection to Redis broke in the middle of it: a part may have been done. Look before you ask again',
      { cause: error },
    );
  if (lost)
    return new CoordinatorError(
      'QUEUE_UNAVAILABLE',
      'The connection to Redis broke before the answer came: ask again later',
      { cause: error },
    );
  const isReply = error instanceof Error && error.name === 'ReplyError';
  const refusal = isReply ? refusalOf(error) : undefined;
  if (refusal === undefined) return undefined;
  return new CoordinatorError(
    'QUEUE_UNAVAILABLE',
    `Redis refuses it (${refusal}): run \`drover doctor\` to see why, and ask again when that is mended`,
    { cause: error },
  );
}
