/**
 * Compares versions of servers, number by number: 8.10 comes after 8.2. Pure.
 */

/** Whether `version` comes before `than`; both are numbers with points. */
export function isBelow(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10) || 0),
  );
  for (let i = 0; i < Math.max(a!.length, b!.length); i += 1) {
    const [left, right] = [a![i] ?? 0, b![i] ?? 0];
    if (left !== right) return left < right;
  }
  return false;
}
