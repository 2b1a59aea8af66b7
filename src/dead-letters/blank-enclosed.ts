/**
 * Takes what stands between quotes and braces out of a message: values of one job, not of the cause. Pure.
 *
 * One pass from left to right, whichever opens first; a quote or brace that nothing closes is looked for once
 * and then left alone, so that no input makes this quadratic.
 */

/** What is put in the place of a quoted text, and of a JSON or inspected object. */
export const TEXT = '<text>';
export const JSON_TEXT = '<json>';

const QUOTES = `"'\``;
const WORD = /\w/;
/** A property that V8 names: `(reading 'map')`. It tells causes apart and is chosen by the program. */
const PROPERTY_BEFORE = /\((?:reading|setting) $/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** `{"`, `{}`, `{ key:`, `[{`, `["`, `[]`. Numbers in brackets are left to the rules for numbers. */
const OBJECT_START = /^(?:\{\s*(?:["'}]|[\w$-]{1,64}\s*:)|\[\s*(?:["'{\]]))/;
const LONGEST_START = 80;

/** @param isCut whether the text goes on beyond its end: what is open there is taken out too */
export function blankEnclosed(text: string, isCut: boolean): string {
  const unclosed = new Set<string>();
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const opening = text[i]!;
    const mark = markAt(text, i, opening);
    if (mark === undefined || unclosed.has(opening)) continue;
    const end = mark === TEXT ? closingQuote(text, i, opening) : closingBrace(text, i);
    if (end < 0) {
      if (isCut) return out + text.slice(from, i) + mark;
      unclosed.add(opening);
      continue;
    }
    out += text.slice(from, i) + (isProperty(text, i, end) ? text.slice(i, end + 1) : mark);
    from = end + 1;
    i = end;
  }
  return out + text.slice(from);
}

function markAt(text: string, at: number, opening: string): string | undefined {
  if (QUOTES.includes(opening)) return WORD.test(text[at - 1] ?? ' ') ? undefined : TEXT;
  if (opening !== '{' && opening !== '[') return undefined;
  return OBJECT_START.test(text.slice(at, at + LONGEST_START)) ? JSON_TEXT : undefined;
}

/** An apostrophe within a word closes nothing. */
function closingQuote(text: string, at: number, quote: string): number {
  for (let i = at + 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === quote && !WORD.test(text[i + 1] ?? ' ')) return i;
  }
  return -1;
}

function closingBrace(text: string, at: number): number {
  let depth = 0;
  let isQuoted = false;
  for (let i = at; i < text.length; i += 1) {
    const char = text[i]!;
    if (isQuoted && char === '\\') i += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}

function isProperty(text: string, at: number, end: number): boolean {
  return (
    PROPERTY_BEFORE.test(text.slice(Math.max(0, at - 10), at)) &&
    IDENTIFIER.test(text.slice(at + 1, end))
  );
}
