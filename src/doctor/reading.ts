/**
 * What was read of a server, or why it could not be. Pure.
 *
 * What may not be read is never taken for good and never for bad: whoever judges says that it is unverified.
 */

/** A value, or why there is none. */
export type Reading<T> =
  | { readonly isRead: true; readonly value: T }
  | { readonly isRead: false; readonly reason: string };

/** It was read. */
export function known<T>(value: T): Reading<T> {
  return { isRead: true, value };
}

/** It was not. @param reason as a sentence goes on after "unverified:" */
export function unknown(reason: string): Reading<never> {
  return { isRead: false, reason };
}

/** Both, or the reason of the first that is missing. */
export function both<A, B>(a: Reading<A>, b: Reading<B>): Reading<readonly [A, B]> {
  if (!a.isRead) return a;
  if (!b.isRead) return b;
  return known([a.value, b.value] as const);
}

/** Another value of what was read. */
export function mapped<A, B>(reading: Reading<A>, to: (value: A) => B): Reading<B> {
  return reading.isRead ? known(to(reading.value)) : reading;
}

/** The value, or `otherwise`. */
export function valueOr<T, O>(reading: Reading<T>, otherwise: O): T | O {
  return reading.isRead ? reading.value : otherwise;
}
