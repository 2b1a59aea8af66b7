/**
 * What is told of values that cannot be stored: JavaScript's errors name neither the job nor what to do. Pure.
 */
import { CoordinatorError, messageOf } from '../errors.ts';

const TOO_LONG = /invalid string length/i;
const TOO_DEEP = /call stack/i;
const BIGINT = /serialize a BigInt/;
const CIRCLE = /circular structure/i;
const BIGINT_REMEDY = "make it a string, or define the queue with payload.types: 'extended'";

/**
 * An error of `JSON.stringify` as PAYLOAD_TOO_LARGE or DATA_INVALID; any other one as it is.
 *
 * @param what the value, with its queue and job
 */
export function toUnstorable(error: unknown, what: string): unknown {
  if (!(error instanceof TypeError) && !(error instanceof RangeError)) return error;
  const invalid = (why: string): CoordinatorError =>
    new CoordinatorError('DATA_INVALID', `${what} cannot be stored: ${why}`, { cause: error });
  const { message } = error;
  if (TOO_LONG.test(message))
    return new CoordinatorError(
      'PAYLOAD_TOO_LARGE',
      `${what} is longer than any text can be: keep it elsewhere and pass a reference`,
      { cause: error },
    );
  if (TOO_DEEP.test(message)) return invalid('it is nested too deeply; flatten it');
  if (BIGINT.test(message)) return invalid(`it holds a bigint; ${BIGINT_REMEDY}`);
  if (CIRCLE.test(message)) return invalid('it refers back to itself; pass only what is no circle');
  return error;
}

/** Runs what makes JSON of a value, or extends it. What it throws names the value. */
export function storing<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CoordinatorError)
      throw new CoordinatorError(error.code, `${what} cannot be stored: ${messageOf(error)}`, {
        cause: error,
      });
    throw toUnstorable(error, what);
  }
}
