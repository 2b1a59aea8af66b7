/**
 * Calls a method of the application that nobody waits for: what it throws, or rejects with, is told and goes no further.
 */

/** A listener that calls `instance[methodName]`; errors go to `onError`. */
export function guardedCall(
  instance: object,
  methodName: string,
  onError: (error: unknown) => void,
): (...args: unknown[]) => void {
  return async (...args) => {
    try {
      await (instance as Record<string, (...args: unknown[]) => unknown>)[methodName]!(...args);
    } catch (error) {
      onError(error);
    }
  };
}
