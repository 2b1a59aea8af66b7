import { describe, expect, it } from 'vitest';
import { cutText, LONGEST_TEXT } from './cut-text.ts';

describe('a long text', () => {
  it.each(['', 'short', 'é'.repeat(LONGEST_TEXT / 2), 'a'.repeat(LONGEST_TEXT)])(
    'that fits is kept',
    (text) => expect(cutText(text)).toBe(text),
  );

  it.each(['a', 'é', '€', '😀', 'a😀', '\ud83d'])('of many %j is cut, and says so', (piece) => {
    const text = piece.repeat(100_000);
    const cut = cutText(text);
    const bytes = Buffer.byteLength(text).toLocaleString('en-US');
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(LONGEST_TEXT);
    expect(cut.endsWith(` … cut, ${bytes} bytes in all`)).toBe(true);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(LONGEST_TEXT - 8);
    if (piece !== '\ud83d') expect(cut).not.toContain('\uFFFD');
  });
});
