/**
 * Texts that come from Redis, made harmless for terminals. Pure.
 *
 * A queue, an error or data may hold escape sequences: shown as they are, they would write over the screen, or over
 * what the next command reads. Nothing that is not printed gets through, and nothing that turns the direction of text.
 */

/** On one line: every blank is a space. */
export function printable(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, '').replace(/\s+/gu, ' ').replace(UNPRINTED, '');
}

/** Line by line. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(ESCAPE_SEQUENCE, '').replaceAll('\t', '  ').replace(UNPRINTED, ''))
    .join('\n');
}

/** JSON in which whatever a terminal would obey is written as an escape: the same JSON. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTED_IN_JSON, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

// The whole sequence goes, or its harmless rest would be left over as text.
const ESCAPE_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]/g;
const UNPRINTED = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNPRINTED_IN_JSON = /[\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
