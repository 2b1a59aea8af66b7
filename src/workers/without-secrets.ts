/**
 * Takes the secret values of a job out of the error that it failed with, before anything is told or stored of it.
 *
 * What BullMQ stores, announces and hands to listeners, and what Drover makes of it, comes from the message and the
 * stack of this one error.
 */

/** The error with both hidden: itself, or one that stands for it where it cannot be changed. */
export function withoutSecrets(thrown: unknown, hide: (text: string) => string): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown;
  const { message, stack } = thrown as { message?: unknown; stack?: unknown };
  const hidden: PropertyDescriptorMap = {};
  for (const [name, text] of Object.entries({ message, stack })) {
    if (typeof text !== 'string') continue;
    const value = hide(text);
    if (value !== text) hidden[name] = { value, writable: true, configurable: true };
  }
  if (Object.keys(hidden).length === 0) return thrown;
  try {
    return Object.defineProperties(thrown, hidden);
  } catch {
    return Object.create(thrown, hidden); // It is frozen: still of the same class, with all it has.
  }
}
