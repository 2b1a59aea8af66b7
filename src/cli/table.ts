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

/** How a table is laid out. */
export interface Layout {
  /** Width of the terminal. */
  readonly columns: number;
  /** Which columns stand right. */
  readonly isRight: readonly boolean[];
  /** Which columns may be cut: a number or a time that is cut would be read as another one. */
  readonly isText: readonly boolean[];
}

/**
 * A table as lines. When it is wider than allowed, the gaps give way first, then heads, then the widest texts; the first
 * column last, since it names the row. What then still does not fit is left to the terminal.
 */
export function layOut(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns, isRight, isText }: Layout,
): string[] {
  const cells = head.map((_, i) => Math.max(1, ...rows.map((row) => widthOf(row[i]!))));
  const widths = cells.map((width, i) => Math.max(width, widthOf(head[i]!)));
  const total = (gap: number): number =>
    gap * (head.length - 1) + widths.reduce((sum, width) => sum + width, 0);
  const gap = total(WIDE_GAP) <= columns ? WIDE_GAP : NARROW_GAP;
  const narrow = (may: (i: number) => boolean): void => {
    while (total(gap) > columns) {
      const those = widths.map((width, i) => (may(i) ? width : 0));
      const widest = Math.max(...those);
      if (widest === 0) return;
      widths[those.indexOf(widest)]! -= 1;
    }
  };
  narrow((i) => widths[i]! > Math.max(cells[i]!, LEAST_HEAD));
  narrow((i) => i > 0 && isText[i] === true && widths[i]! > LEAST_TEXT);
  narrow((i) => i === 0 && isText[i] === true && widths[i]! > LEAST_NAME);
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => pad(cut(cell, widths[i]!), widths[i]!, isRight[i]))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

const WIDE_GAP = 2;
const NARROW_GAP = 1;
const LEAST_HEAD = 5;
const LEAST_TEXT = 8;
const LEAST_NAME = 40;
