/**
 * Cuts long texts so that what is missing is told. Pure.
 */

/** Longest reason and longest stack that a record keeps, in bytes of UTF-8. */
export const LONGEST_TEXT = 16_384;

/** The text, or its beginning with a note of how long it was; never longer than `LONGEST_TEXT` bytes. */
export function cutText(text: string): string {
  // Three bytes is the most that a UTF-16 unit takes.
  if (text.length * 3 <= LONGEST_TEXT) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= LONGEST_TEXT) return text;
  const note = ` … cut, ${bytes.toLocaleString('en-US')} bytes in all`;
  const room = LONGEST_TEXT - Buffer.byteLength(note);
  const kept = Buffer.from(text.slice(0, room)).subarray(0, room).toString();
  // A character that was cut in two is no character.
  return kept.replace(/\uFFFD$/, '') + note;
}
