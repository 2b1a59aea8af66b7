/**
 * Rows in columns, as wide as a terminal shows them. Pure.
 */

/** How many columns of a terminal a text takes; wide letters and emoji take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : ZERO.test(character) ? 0 : 1;
  return width;
}

const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const ZERO = /\p{Mn}|\p{Me}|[\u200b-\u200d]/u;

/** A text in so many columns, an ellipsis at its end when it does not fit. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let taken = 0;
  let kept = '';
  for (const character of text) {
    taken += widthOf(character);
    if (taken > width - 1) break;
    kept += character;
  }
  return `${kept}…`.slice(0, Math.max(0, width) === 0 ? 0 : undefined);
}

/** Filled with blanks to so many columns. */
export function pad(text: string, width: number, isRight = false): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isRight ? blanks + text : text + blanks;
}

/** A table as lines, its head first. Numbers stand right. The widest columns give way when it is wider than allowed. */
export function layOut(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly columns: number; readonly isRight: readonly boolean[] },
): string[] {
  const widths = head.map((title, i) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i]!))),
  );
  const gaps = 2 * (head.length - 1);
  const total = (): number => gaps + widths.reduce((sum, width) => sum + width, 0);
  while (total() > options.columns) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= LEAST) break;
    widths[widest]! -= 1;
  }
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => pad(cut(cell, widths[i]!), widths[i]!, options.isRight[i]))
      .join('  ')
      .trimEnd(),
  );
}

/** No column becomes narrower. */
const LEAST = 6;
