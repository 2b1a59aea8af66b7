/**
 * Where a text stops being JSON. Pure. Browsers say it each in another way, and some not at all.
 */

/** The place of the first character that cannot stand there; the length of the text when something is missing at its end. */
export function jsonFault(text: string): number | null {
  const reader = new Reader(text);
  return reader.read() ? null : reader.at;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// Every character of a text but quotes, backslashes and controls.
const PLAIN = /(?:[^"\\\p{Cc}]|\u007f|[\u0080-\u009f])*/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
/** Deeper than anybody writes. */
const DEEPEST = 1_000;

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether all of it is one value. */
  read(): boolean {
    return this.#value(0) && this.at === this.#text.length;
  }

  #value(depth: number): boolean {
    this.#skip();
    const isValue = depth < DEEPEST && this.#one(depth);
    if (isValue) this.#skip();
    return isValue;
  }

  #one(depth: number): boolean {
    const first = this.#text[this.at];
    if (first === '{') return this.#many('}', () => this.#member(depth));
    if (first === '[') return this.#many(']', () => this.#value(depth + 1));
    if (first === '"') return this.#string();
    return this.#takes(NUMBER) || this.#takes(WORD);
  }

  #many(close: string, item: () => boolean): boolean {
    this.at += 1;
    this.#skip();
    if (this.#is(close)) return true;
    do if (!item()) return false;
    while (this.#is(','));
    return this.#is(close);
  }

  #member(depth: number): boolean {
    this.#skip();
    if (this.#text[this.at] !== '"' || !this.#string()) return false;
    this.#skip();
    return this.#is(':') && this.#value(depth + 1);
  }

  #string(): boolean {
    this.at += 1;
    do this.#takes(PLAIN);
    while (this.#takes(ESCAPE));
    return this.#is('"');
  }

  #is(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  #takes(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    this.at += found?.length ?? 0;
    return found !== undefined && found !== '';
  }

  #skip(): void {
    while (/[ \t\n\r]/.test(this.#text[this.at] ?? '')) this.at += 1;
  }
}
