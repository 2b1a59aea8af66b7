/**
 * Takes apart what a Redis server sends: lines, replies of the protocol RESP2, and bytes as they are.
 *
 * It asks its source for more only when it needs more, so a slow reader slows the server down and memory stays small.
 */

/** What a command was answered with. */
export type Reply = string | number | null | readonly Reply[];

/** A reply that says no. */
export class ReplyError extends Error {
  override readonly name: string = 'ReplyError';
}

/** No line of a reply is so long: what answers is no Redis. */
const MOST_LINE_BYTES = 64 * 1024;
/** INFO has some KB, a page of SCAN less. */
const MOST_BULK_BYTES = 64 * 1024 * 1024;

/** Reads from a source that throws when there is no more. */
export class ByteReader {
  readonly #next: () => Promise<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  /** @param next the next bytes, never none */
  constructor(next: () => Promise<Buffer>) {
    this.#next = next;
  }

  /** Up to the next line break, without it. */
  async line(): Promise<string> {
    let from = 0;
    for (;;) {
      const end = this.#held.indexOf(0x0a, from);
      if (end >= 0) {
        const text = this.#held.subarray(0, end).toString('utf8');
        this.#held = this.#held.subarray(end + 1);
        return text.endsWith('\r') ? text.slice(0, -1) : text;
      }
      from = this.#held.length;
      if (from > MOST_LINE_BYTES) throw new Error('Protocol error: a line without an end');
      await this.#more();
    }
  }

  /** So many bytes. */
  async exactly(bytes: number): Promise<Buffer> {
    while (this.#held.length < bytes) await this.#more();
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  /** What has come, at least one byte and at most so many. */
  async some(most: number = Number.POSITIVE_INFINITY): Promise<Buffer> {
    if (this.#held.length === 0) await this.#more();
    return this.exactly(Math.min(most, this.#held.length));
  }

  /** All before a mark, which is taken too. Holds back what may be its beginning. */
  async *upTo(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.#held.indexOf(mark);
      if (end >= 0) {
        if (end > 0) yield await this.exactly(end);
        await this.exactly(mark.length);
        return;
      }
      const sure = this.#held.length - mark.length + 1;
      if (sure > 0) yield await this.exactly(sure);
      await this.#more();
    }
  }

  /** A reply. Rejects with `ReplyError` when it says no. */
  async reply(): Promise<Reply> {
    const line = await this.line();
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case '-':
        throw new ReplyError(rest);
      case ':':
        return lengthIn(rest, Number.MAX_SAFE_INTEGER, line);
      case '$':
        return this.#bulk(lengthIn(rest, MOST_BULK_BYTES, line));
      case '*':
        return this.#array(lengthIn(rest, MOST_LINE_BYTES, line));
      default:
        throw notRedis(line);
    }
  }

  async #bulk(bytes: number): Promise<string | null> {
    if (bytes < 0) return null;
    const text = (await this.exactly(bytes)).toString('utf8');
    await this.exactly(2);
    return text;
  }

  async #array(length: number): Promise<readonly Reply[] | null> {
    if (length < 0) return null;
    const items: Reply[] = [];
    for (let i = 0; i < length; i++) items.push(await this.reply());
    return items;
  }

  async #more(): Promise<void> {
    const next = await this.#next();
    this.#held = this.#held.length === 0 ? next : Buffer.concat([this.#held, next]);
  }
}

function lengthIn(text: string, most: number, line: string): number {
  const length = Number(text);
  if (!/^-?\d+$/.test(text) || length > most) throw notRedis(line);
  return length;
}

/** A server with TLS that is spoken to without it answers with an alert, which begins with this byte. */
const TLS_ALERT = '\u0015';

/** What answered, as far as it can be shown. */
export function notRedis(line: string): Error {
  if (line.startsWith(TLS_ALERT))
    return new Error('SSL: this port speaks TLS, the address says it does not');
  return new Error(`Protocol error: what answers is no Redis ("${shown(line)}")`);
}

function shown(line: string): string {
  return line.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}
