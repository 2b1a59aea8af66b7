/**
 * Up at once, down late. Pure.
 *
 * Too few slots break the promise, too many cost a little, so a higher number is taken at once and a lower one only
 * when no more was needed for a while: about as long as keeping a slot costs less than starting it anew.
 */

/** Numbers that were needed, with the time on the plan's own clock; the later, the lower. */
export type HoldMemory = readonly (readonly [atSeconds: number, slots: number])[];

/** Adds what is needed now and forgets what is older than `holdSeconds`, or was needed no more than now. */
export function learnNeed(
  before: HoldMemory,
  slots: number,
  nowSeconds: number,
  holdSeconds: number,
): HoldMemory {
  const kept = before.filter(([at, more]) => at > nowSeconds - holdSeconds && more > slots);
  return [...kept, [nowSeconds, slots]];
}

/** The target: what is needed, or the most that was needed within the hold while that is no more than `current`. */
export function stabilise(
  memory: HoldMemory,
  { needed, current, isSticky }: { needed: number; current: number; isSticky: boolean },
): number {
  if (needed >= current) return needed;
  const held = memory[0]?.[1] ?? needed;
  if (held >= current) return current;
  // A few slots less are not worth their starts soon after.
  if (isSticky && current > 3 && current - held <= Math.max(1, 0.1 * current)) return current;
  return held;
}
