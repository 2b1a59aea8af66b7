/**
 * Hides the secret fields of a payload, and their values in texts. Pure.
 *
 * In place of a value stands its mark, which is the same for equal values. What lies too deep to be looked at is
 * hidden, and a text in which there would be too much to look for is not shown at all: never the other way round.
 */
import { digitsOf } from '../base/exact-numbers.ts';
import { follow, type RedactionPaths } from './redaction-path.ts';

/** What stands in place of a value. */
export type MarkOf = (value: unknown) => string;

/** For what has no mark of its own. */
export const HIDDEN = '<hidden>';

const DEEPEST = 500;
/** Shorter values are found in any text by chance. */
const SHORTEST_SECRET = 4;
const MOST_SECRETS = 1_000;
const MOST_LOOKED_AT = 100_000;
const LONGEST_TEXT = 64 * 1_024;
const CUT = '… <the rest is not shown>';

/** The value with its secret fields hidden. What is not changed is shared with the old one. */
export function redact(value: unknown, paths: RedactionPaths, markOf: MarkOf, depth = 0): unknown {
  if (paths.length === 0 || typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return HIDDEN;
  const below = (each: unknown, name: string): unknown => {
    const left = follow(paths, name);
    return left === 'secret' ? marked(each, markOf) : redact(each, left, markOf, depth + 1);
  };
  if (Array.isArray(value)) return value.map((each, i) => below(each, String(i)));
  // Made of entries: an assignment to `__proto__` would leave it as it is.
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, below(each, name)]));
}

function marked(value: unknown, markOf: MarkOf): string {
  try {
    return markOf(value);
  } catch {
    return HIDDEN; // Too deep to be written down.
  }
}

/**
 * One text for equal values, whatever the order of their fields. A number is what its digits are as a string: a text
 * does not tell them apart either.
 */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return `"${digitsOf(value) ?? value}`;
  if (typeof value === 'number' || typeof value === 'bigint') return `"${value}`;
  return (
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? 'undefined'
  );
}

/** The secret strings and numbers of a payload, as texts would have them; undefined when they are too many. */
export function secretsOf(value: unknown, paths: RedactionPaths): ReadonlySet<string> | undefined {
  const secrets = new Set<string>();
  const open: [value: unknown, paths: RedactionPaths | 'secret'][] = [[value, paths]];
  for (let looked = 0; open.length > 0; looked += 1) {
    if (looked > MOST_LOOKED_AT || secrets.size > MOST_SECRETS) return undefined;
    const [each, left] = open.pop()!;
    if (typeof each === 'object' && each !== null && !(each instanceof Date)) {
      // Bytes have no fields, and would be very many.
      if (left.length === 0 || ArrayBuffer.isView(each)) continue;
      for (const [name, below] of Object.entries(each))
        open.push([below, left === 'secret' ? left : follow(left, name)]);
    } else if (left === 'secret') {
      const secret = scalarText(each);
      if (secret.length >= SHORTEST_SECRET) secrets.add(secret);
    }
  }
  return secrets;
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return digitsOf(value) ?? value;
  if (value instanceof Date) return JSON.stringify(value).slice(1, -1); // `null` is too short.
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** The text with its job's secret values hidden, also as JSON and as a part of a URL write them. */
export function hideSecrets(
  text: string,
  secrets: ReadonlySet<string> | undefined,
  markOf: MarkOf,
): string {
  if (!secrets) return text === '' ? text : HIDDEN;
  if (secrets.size === 0) return text;
  const isLong = text.length > LONGEST_TEXT;
  // Texts are even, marks odd: nothing is looked for inside a mark.
  let parts = [isLong ? text.slice(0, LONGEST_TEXT) : text];
  const findable = [...secrets].filter(({ length }) => length <= LONGEST_TEXT);
  for (const secret of findable.sort((a, b) => b.length - a.length))
    for (const form of formsOf(secret))
      if (parts.some((part, i) => i % 2 === 0 && part.includes(form)))
        parts = parts.flatMap((part, i) =>
          i % 2 === 0 ? cutOut(part, form, markOf(secret)) : part,
        );
  return isLong ? `${withoutBegun(parts, secrets)}${CUT}` : parts.join('');
}

function cutOut(text: string, form: string, mark: string): string[] {
  return text.split(form).flatMap((part, i) => (i === 0 ? [part] : [mark, part]));
}

/** Without the beginning of a secret at its end, which the cut has left. */
function withoutBegun(parts: readonly string[], secrets: ReadonlySet<string>): string {
  const longest = Math.max(...[...secrets].map(longestForm));
  const last = parts.at(-1)!;
  return [...parts.slice(0, -1), last.slice(0, Math.max(0, last.length - longest))].join('');
}

function longestForm(secret: string): number {
  if (secret.length > LONGEST_TEXT) return Number.POSITIVE_INFINITY;
  return Math.max(...formsOf(secret).map(({ length }) => length));
}

function formsOf(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), inUrl(secret)])];
}

function inUrl(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret; // Half a surrogate pair.
  }
}
