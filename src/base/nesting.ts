/**
 * How deeply a value is nested, measured without a recursion: one would end where somebody means it to.
 */

/** Whether objects and arrays stand within each other in more levels than these. */
export function isNestedBeyond(levels: number, value: unknown): boolean {
  let level = [value].filter(isObject);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((each) => Object.values(each).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
