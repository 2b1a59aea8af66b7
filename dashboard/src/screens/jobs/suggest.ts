/**
 * What can stand at the place of the caret in a filter: keys first, then values. Pure.
 */

/** What a search can ask for, told by the newest jobs of the state. */
export interface Hints {
  readonly names: readonly { readonly name: string; readonly count: number }[];
  readonly fields: readonly { readonly path: string; readonly samples: readonly string[] }[];
  readonly errors: readonly { readonly reason: string; readonly count: number }[];
}

/** One suggestion. */
export interface Suggestion {
  /** What the filter is with it. */
  readonly text: string;
  /** Where the caret is then. */
  readonly caret: number;
  readonly label: string;
  /** What it means; a key says it in words of the screen, a value by how often it was seen. */
  readonly detail: { readonly key: FilterKey } | { readonly count: number } | null;
}

/** Keys of the grammar, in the order in which they help most. */
export const FILTER_KEYS = [
  ...(['name', 'error', 'id', 'attempts', 'scheduler', 'after', 'before'] as const),
] as const;
/** One of them. */
export type FilterKey = (typeof FILTER_KEYS)[number];

const AGES = ['10m', '1h', '24h', '7d'];
const ATTEMPTS = ['1', '>=2', '>=3'];
const MOST = 8;

/** Suggestions for the term at the caret. */
export function suggest(text: string, caret: number, hints: Hints): Suggestion[] {
  const { start, end } = termAt(text, caret);
  const term = text.slice(start, end);
  const isNegated = term.startsWith('-');
  const begin = start + (isNegated ? 1 : 0);
  const body = text.slice(begin, end);
  const colon = body.indexOf(':');
  const keyEnd = begin + (colon < 0 ? body.length : colon);
  if (colon < 0 || caret <= keyEnd) return keysLike(text, begin, keyEnd, caret, hints, isNegated);
  return valuesLike(text, body.slice(0, colon), keyEnd + 1, end, caret, hints);
}

function keysLike(
  text: string,
  begin: number,
  end: number,
  caret: number,
  hints: Hints,
  isNegated: boolean,
): Suggestion[] {
  const typed = text.slice(begin, caret).toLowerCase();
  const isDone = text[end] === ':';
  // Times cannot be turned round.
  const keys = FILTER_KEYS.filter((key) => !isNegated || !/^(after|before)$/.test(key));
  const paths = hints.fields.map(({ path }) => path);
  return [...keys, ...paths]
    .filter((key) => key.toLowerCase().startsWith(typed))
    .slice(0, MOST + 4)
    .map((key) => ({
      text: `${text.slice(0, begin)}${key}${isDone ? '' : ':'}${text.slice(end)}`,
      caret: begin + key.length + 1,
      label: `${key}:`,
      detail: isKey(key) ? { key } : null,
    }));
}

function valuesLike(
  text: string,
  key: string,
  begin: number,
  end: number,
  caret: number,
  hints: Hints,
): Suggestion[] {
  const typed = text.slice(begin, caret).replace(/^"/, '').toLowerCase();
  return valuesOf(key, hints)
    .filter(
      ({ value }) =>
        value.toLowerCase().includes(typed) && quoted(value) !== text.slice(begin, end),
    )
    .slice(0, MOST)
    .map(({ value, count }) => {
      const before = `${text.slice(0, begin)}${quoted(value)} `;
      return {
        text: before + text.slice(end).trimStart(),
        caret: before.length,
        label: value,
        detail: count === null ? null : { count },
      };
    });
}

function valuesOf(key: string, hints: Hints): { value: string; count: number | null }[] {
  const plain = (value: string) => ({ value, count: null });
  if (key === 'name') return hints.names.map(({ name, count }) => ({ value: name, count }));
  if (key === 'error') return hints.errors.map(({ reason, count }) => ({ value: reason, count }));
  if (key === 'after' || key === 'before') return AGES.map(plain);
  if (key === 'attempts') return ATTEMPTS.map(plain);
  return (hints.fields.find(({ path }) => path === key)?.samples ?? []).map(plain);
}

/** As the grammar wants it. */
function quoted(value: string): string {
  if (value !== '' && !/[\s"]/.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The term that the caret is in or behind, quotes and all. */
function termAt(text: string, caret: number): { start: number; end: number } {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '"' && text[at - 1] !== '\\') isQuoted = !isQuoted;
    const isBetween = character === undefined || (!isQuoted && /\s/.test(character));
    if (!isBetween) continue;
    if (at >= caret) return { start, end: at };
    start = at + 1;
  }
  return { start, end: text.length };
}

function isKey(key: string): key is FilterKey {
  return (FILTER_KEYS as readonly string[]).includes(key);
}
