/**
 * "Did you mean …?": the known name that is nearest to a mistyped one. Pure.
 */
import leven from 'leven';

/** The nearest of `known`, or `undefined` when none is near enough to have been meant. */
export function closest(unknown: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: leven(unknown.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const tolerated = Math.max(1, unknown.length / 3);
  return best && best.distance <= tolerated && best.distance < unknown.length
    ? best.name
    : undefined;
}
