/** Deflating and inflating: what comes back, and what is refused. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { deflateLarge, deflateSmall, inflate, SMALL_BYTES } from './compress.ts';

const unreadable = expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' });
const random = createSeededRandom(3);
const someBytes = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => (random() < 0.7 ? 97 : Math.floor(random() * 256))));
const dictionary = Buffer.from('"ExposureTime":"1/250","FNumber":2.8,"ISO":100');

describe('compression', () => {
  it.each([0, 1, 63, 64, 65, 4_096, 10_241, SMALL_BYTES])(
    'brings %i bytes back',
    async (length) => {
      const bytes = someBytes(length);
      for (const with_ of [undefined, dictionary]) {
        const back = await inflate(deflateSmall(bytes, with_), length, with_);
        expect(back.equals(bytes)).toBe(true);
      }
    },
  );

  it.each([100_000, 700_000])('brings %i bytes back by way of a thread', async (length) => {
    const bytes = someBytes(length);
    expect((await inflate(await deflateLarge(bytes), length, undefined)).equals(bytes)).toBe(true);
  });

  it('deflates what a dictionary holds to almost nothing', () => {
    expect(deflateSmall(dictionary, dictionary).length).toBeLessThan(8);
  });

  it('refuses a bomb before it has grown', async () => {
    const megabytes = deflateRawSync(Buffer.alloc(50 * 1024 * 1024));
    const stopped = expect.objectContaining({
      ...{
        code: 'PAYLOAD_UNREADABLE',
        cause: expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
      },
    });
    expect(() => inflate(megabytes, 1_000, undefined)).toThrow(stopped);
    await expect((async () => inflate(megabytes, 5 * 1024 * 1024, undefined))()).rejects.toThrow(
      stopped,
    );
    // Honest in size, and more than a string can be.
    expect(() => inflate(Buffer.alloc(1_000_000), 2 ** 29, undefined)).toThrow(unreadable);
    // A small payload may not even ask for the memory.
    expect(() => inflate(Buffer.alloc(40), 400_000_000, undefined)).toThrow(
      'more than it can hold',
    );
  });

  it('refuses what has another length, is cut, is no deflated data, or had a dictionary', async () => {
    const bytes = someBytes(2_000);
    const deflated = deflateSmall(bytes, dictionary);
    expect(() => inflate(deflated, 2_001, dictionary)).toThrow(unreadable);
    expect(() => inflate(deflated, 1_999, dictionary)).toThrow(unreadable);
    expect(() => inflate(deflated.subarray(0, 50), 2_000, dictionary)).toThrow(unreadable);
    expect(() => inflate(Buffer.alloc(500, 255), 2_000, undefined)).toThrow(unreadable);
    expect(() =>
      inflate(deflateSmall(dictionary, dictionary), dictionary.length, undefined),
    ).toThrow(unreadable);
    const large = await deflateLarge(someBytes(600_000));
    await expect((async () => inflate(large, 600_001, undefined))()).rejects.toThrow(unreadable);
    await expect((async () => inflate(large.subarray(9), 600_000, undefined))()).rejects.toThrow(
      unreadable,
    );
  });
});
