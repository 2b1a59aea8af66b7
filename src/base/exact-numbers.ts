/**
 * Carries numbers that JavaScript cannot hold through a change of JSON text, digit by digit. Pure.
 *
 * 9007199254740993 would be written back as 9007199254740992. Such numbers are replaced by marked strings before
 * the text is parsed, and put back after it has been changed; they travel with whatever is moved or copied.
 */
const MARK = '\uE000drover-number:';
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

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

/** Whether a number is written back with the same value; only integers and long fractions may not be. */
function survives(token: string): boolean {
  if (token.length <= 15) return true;
  return String(Number(token)) === token;
}
