/** What a server sends, in pieces of any size. */
import { describe, expect, it } from 'vitest';
import { ByteReader, ReplyError } from './byte-reader.ts';

/** Sends a text, so many bytes at a time, and then no more. */
function readerOf(text: string, size: number): ByteReader {
  let left = Buffer.from(text, 'utf8');
  return new ByteReader(async () => {
    if (left.length === 0) throw new Error('the end');
    const next = left.subarray(0, size);
    left = left.subarray(size);
    return next;
  });
}

const sizes = [1, 2, 7, 1_000];

describe('replies', () => {
  it.each(sizes)('of every kind are read, %i bytes at a time', async (size) => {
    const text =
      '+OK\r\n:-12\r\n$6\r\nä\r\nü\r\n$-1\r\n*-1\r\n*3\r\n$1\r\n0\r\n*1\r\n:7\r\n$0\r\n\r\n+last\r\n';
    const reader = readerOf(text, size);
    expect(await reader.reply()).toBe('OK');
    expect(await reader.reply()).toBe(-12);
    expect(await reader.reply()).toBe('ä\r\nü');
    expect(await reader.reply()).toBeNull();
    expect(await reader.reply()).toBeNull();
    expect(await reader.reply()).toEqual(['0', [7], '']);
    expect(await reader.reply()).toBe('last');
    await expect(reader.reply()).rejects.toThrow('the end');
  });

  it('that say no are told apart from a broken connection', async () => {
    const reader = readerOf('-NOPERM no\r\n+OK\r\n', 4);
    await expect(reader.reply()).rejects.toBeInstanceOf(ReplyError);
    expect(await reader.reply()).toBe('OK');
  });

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n', /Protocol error: .*HTTP/],
    ['a server with TLS', '\u0015\u0003\u0003\r\n', /SSL: this port speaks TLS/],
    ['too long a text', '$999999999999\r\n', /Protocol error/],
    ['no number', ':many\r\n', /Protocol error/],
    ['a line without an end', 'x'.repeat(70_000), /Protocol error: a line without an end/],
  ])('of %s are refused', async (_, text, message) => {
    await expect(readerOf(text, 1_000).reply()).rejects.toThrow(message);
  });
});

describe('bytes', () => {
  it.each(sizes)('come as they are between lines, %i at a time', async (size) => {
    const reader = readerOf('$5\r\n\r\n\0\r\nrest', size);
    expect(await reader.line()).toBe('$5');
    expect((await reader.exactly(5)).toString()).toBe('\r\n\0\r\n');
    let rest = '';
    while (rest.length < 4) rest += (await reader.some(4 - rest.length)).toString();
    expect(rest).toBe('rest');
  });

  it.each(sizes)('come up to a mark, wherever it is parted, %i at a time', async (size) => {
    const reader = readerOf('aabaabcaab-after', size);
    let text = '';
    for await (const chunk of reader.upTo(Buffer.from('aabc'))) text += chunk.toString();
    expect(text).toBe('aab');
    expect((await reader.exactly(9)).toString()).toBe('aab-after');
    const missing = (async () => {
      for await (const _ of readerOf('no mark', size).upTo(Buffer.from('aabc')));
    })();
    await expect(missing).rejects.toThrow('the end');
  });
});
