/**
 * Values that are there at once as a rule, and promised otherwise: for work on every job's path, where a promise more
 * can be measured.
 */

/** `next` of the value: at once when it is there. */
export function after<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<Awaited<R>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<R>>) : next(value);
}

/** `change` of every item, all at once where that is possible; the same list when it changes none. */
export function changeEach<T>(
  items: readonly T[],
  change: (item: T, index: number) => T | Promise<T>,
): readonly T[] | Promise<readonly T[]> {
  let isPromised = false;
  let isChanged = false;
  const changed = items.map((item, index) => {
    const made = change(item, index);
    isPromised ||= made instanceof Promise;
    isChanged ||= made !== item;
    return made;
  });
  if (isPromised) return Promise.all(changed);
  return isChanged ? (changed as T[]) : items;
}
