/**
 * Takes the secret values of a job out of the error that it failed with, before anything is told or stored of it.
 *
 * What BullMQ stores, announces and hands to listeners, and what Drover makes of it, comes from the message and the
 * stack of this one error.
 */

/** Errors within errors that are looked at: a chain may be a circle. */
const DEEPEST = 8;

/** The error with both hidden: itself, or one that stands for it where it cannot be changed. */
export function withoutSecrets(
  thrown: unknown,
  hide: (text: string) => string,
  depth = 0,
): unknown {
  if (typeof thrown !== 'object' || thrown === null || depth > DEEPEST) return thrown;
  const { message, stack, cause, errors } = thrown as Record<string, unknown>;
  const changed: PropertyDescriptorMap = {};
  const put = (name: string, before: unknown, value: unknown): void => {
    if (value !== before) changed[name] = { value, writable: true, configurable: true };
  };
  if (typeof message === 'string') put('message', message, hide(message));
  if (typeof stack === 'string') put('stack', stack, hide(stack));
  put('cause', cause, withoutSecrets(cause, hide, depth + 1));
  // The message of an AggregateError without one is that of its first.
  if (Array.isArray(errors)) {
    const shown = errors.map((error) => withoutSecrets(error, hide, depth + 1));
    if (shown.some((error, i) => error !== errors[i])) put('errors', errors, shown);
  }
  if (Object.keys(changed).length === 0) return thrown;
  try {
    return Object.defineProperties(thrown, changed);
  } catch {
    return Object.create(thrown, changed); // It is frozen: still of the same class, with all it has.
  }
}
