/**
 * JSON text as a tree that keeps every literal as it was written: digits, escapes, order and repeated names. Pure.
 *
 * A text that was cut is read as far as it goes. Whatever is not JSON is no tree.
 */

/** A value. */
export type JsonNode =
  | { readonly kind: 'literal'; readonly text: string; readonly type: 'string' | 'number' | 'word' }
  | {
      readonly kind: 'object' | 'array';
      readonly items: readonly JsonItem[];
      /** Whether the text ends before it does. */
      readonly isCut: boolean;
    };

/** A value in another one. */
export interface JsonItem {
  /** With its quotes, as it was written; null in an array. */
  readonly name: string | null;
  readonly value: JsonNode;
}

/** The end of the text. */
class End extends Error {}
/** It is no JSON. */
class Wrong extends Error {}

const TOKEN = /\s*("(?:[^"\\]|\\.)*("?)|[{}[\],:]|[^\s{}[\],:"]+|$)/y;
const NUMBER = /^-?\d/;
const WORDS: readonly string[] = ['true', 'false', 'null'];
/** Deeper than anybody reads. */
const DEEPEST = 200;

/** The tree; null when the text is no JSON. @param isCut whether something is missing at the end of the text */
export function jsonTree(text: string, isCut: boolean): JsonNode | null {
  const reader = new Reader(text, isCut);
  try {
    const node = reader.value(0);
    return reader.isAtEnd() ? node : null;
  } catch (error) {
    if (error instanceof Wrong || error instanceof End) return null;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  readonly #isCut: boolean;
  #at = 0;
  #next: string | undefined;

  constructor(text: string, isCut: boolean) {
    this.#text = text;
    this.#isCut = isCut;
  }

  isAtEnd(): boolean {
    return this.#isCut || this.#peek() === '';
  }

  value(depth: number): JsonNode {
    const token = this.#take();
    if (token === '{' || token === '[') {
      if (depth >= DEEPEST) throw new Wrong();
      return this.#many(token === '{', depth);
    }
    if (token.startsWith('"')) return { kind: 'literal', text: token, type: 'string' };
    if (NUMBER.test(token)) return { kind: 'literal', text: token, type: 'number' };
    if (WORDS.includes(token) || this.#isCut) return { kind: 'literal', text: token, type: 'word' };
    throw new Wrong();
  }

  #many(isObject: boolean, depth: number): JsonNode {
    const items: JsonItem[] = [];
    const node = (isCut: boolean): JsonNode => ({
      ...{ kind: isObject ? 'object' : 'array', items, isCut },
    });
    const close = isObject ? '}' : ']';
    try {
      if (this.#peek() === close) {
        this.#take();
        return node(false);
      }
      while (true) {
        const name = isObject ? this.#name() : null;
        items.push({ name, value: this.value(depth + 1) });
        const after = this.#take();
        if (after === close) return node(false);
        if (after !== ',') throw new Wrong();
      }
    } catch (error) {
      if (error instanceof End && this.#isCut) return node(true);
      throw error;
    }
  }

  #name(): string {
    const name = this.#take();
    if (!name.startsWith('"') || this.#take() !== ':') throw new Wrong();
    return name;
  }

  #take(): string {
    const token = this.#peek();
    this.#next = undefined;
    if (token === '') throw new End();
    return token;
  }

  #peek(): string {
    if (this.#next !== undefined) return this.#next;
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (!found) throw new Wrong();
    const [, token = '', quote] = found;
    if (token.startsWith('"') && quote === '' && !this.#isCut) throw new Wrong();
    this.#at = TOKEN.lastIndex;
    this.#next = token;
    return token;
  }
}
