/**
 * What an answer that failed means for the pages. Pure.
 */
import { CoordinatorError } from '../../../src/errors.ts';

/** Whether it may help to ask again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof CoordinatorError && error.retryable;
}

/** Stable code of a failure, such as `NOT_FOUND`; null: it is a fault of the pages themselves. */
export function codeOf(error: unknown): string | null {
  return error instanceof CoordinatorError ? error.code : null;
}

/** Whether nobody is signed in, or is no longer. */
export function isSignedOut(error: unknown): boolean {
  return codeOf(error) === 'NOT_AUTHENTICATED';
}
