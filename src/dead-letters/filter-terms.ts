/**
 * Cuts the text of a filter into its terms, each with the column it stands at. Pure.
 *
 * A term is `key:value`, or `-key:value` for "not". A value with spaces stands in double quotes, in which `\"` is a
 * quote and `\\` a backslash.
 */
import { FilterError } from '../errors.ts';

/** `key:value` as it was written. */
export interface Term {
  readonly key: string;
  readonly value: string;
  readonly isNegated: boolean;
  /** Columns of the key and of the value; 1 is the first. */
  readonly at: number;
  readonly valueAt: number;
}

const MOST_CHARACTERS = 2_000;
const MOST_TERMS = 50;

/** The terms in the order in which they stand. Throws `FilterError`. */
export function cutTerms(text: string): Term[] {
  if (text.length > MOST_CHARACTERS)
    throw new FilterError(
      MOST_CHARACTERS + 1,
      `the filter has ${text.length} characters, at most ${MOST_CHARACTERS} are read`,
    );
  const terms: Term[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    if (terms.length === MOST_TERMS)
      throw new FilterError(at + 1, `at most ${MOST_TERMS} terms are read`);
    const { term, end } = cutTerm(text, at);
    terms.push(term);
    at = skipSpace(text, end);
  }
  return terms;
}

function cutTerm(text: string, start: number): { term: Term; end: number } {
  const isNegated = text[start] === '-';
  const keyAt = isNegated ? start + 1 : start;
  const key = /^(?:[a-zA-Z][\w.-]*)?/.exec(text.slice(keyAt))![0];
  const colon = keyAt + key.length;
  if (key === '' || text[colon] !== ':')
    throw new FilterError(
      keyAt + 1,
      `expected a term like name:resize or error:"no answer", found "${word(text, keyAt)}"`,
    );
  const valueAt = colon + 1;
  const { value, end } =
    text[valueAt] === '"' ? quoted(text, valueAt) : { value: word(text, valueAt), end: -1 };
  if (value === '')
    throw new FilterError(valueAt + 1, `expected a value after "${key}:", found nothing`);
  const after = end === -1 ? valueAt + value.length : end;
  if (after < text.length && !/\s/.test(text[after]!))
    throw new FilterError(after + 1, `expected a space after the quote, found "${text[after]}"`);
  return { term: { key, value, isNegated, at: keyAt + 1, valueAt: valueAt + 1 }, end: after };
}

function quoted(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') return { value, end: at + 1 };
    if (character === '\\' && /["\\]/.test(text[at + 1] ?? '')) at += 1;
    value += text[at]!;
  }
  throw new FilterError(text.length + 1, `expected a quote that closes the one at ${start + 1}`);
}

function word(text: string, start: number): string {
  return /^\S*/.exec(text.slice(start))![0];
}

function skipSpace(text: string, start: number): number {
  return start + /^\s*/.exec(text.slice(start))![0].length;
}
