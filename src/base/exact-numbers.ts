/**
 * Carries numbers that JavaScript cannot hold through a change of JSON text, or to another process, digit by digit. Pure.
 *
 * 9007199254740993 would be written back as 9007199254740992. Such numbers are replaced by marked strings before
 * the text is parsed, and put back after it has been changed; they travel with whatever is moved or copied. A string
 * that somebody has marked becomes a number, or stays what it is: never anything else.
 */
const MARK = '\uE000drover-number:';
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Only what JSON takes for a number: `01` would make a text of it that nobody can read. */
const MARKED = new RegExp(`"${MARK}(-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)"`, 'g');

/** Parsed JSON in which numbers that would change are marked strings. Throws what `JSON.parse` throws. */
export function parseExactly(text: string): unknown {
  return JSON.parse(
    text.replace(TOKENS, (token) =>
      token.startsWith('"') || survives(token) ? token : `"${MARK}${token}"`,
    ),
  );
}

/** The text again, with all numbers as they were. */
export function stringifyExactly(value: unknown): string | undefined {
  return JSON.stringify(value)?.replace(MARKED, '$1');
}

/** The digits behind a marked string; undefined for any other. */
export function digitsOf(text: string): string | undefined {
  return text.startsWith(MARK) ? text.slice(MARK.length) : undefined;
}

/** The same value as anybody's `JSON.parse` sees it: numbers without marks, and without the digits that are too many. */
export function withoutMarks(value: unknown): unknown {
  const text = stringifyExactly(value);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Whether a number is written back with the same value; only long ones and those beyond the range may not be. */
function survives(token: string): boolean {
  const value = Number(token);
  if (token.length > 15) return String(value) === token;
  if (!/e/i.test(token)) return true;
  return Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(token.split(/e/i, 1)[0]!));
}
