/** Payload options of a queue: what they become, and what is wrong with them. */
import { expect, test } from 'vitest';
import { keyRing } from '../payloads/key-ring.ts';
import { type PayloadOptions, resolvePayload } from './payload-options.ts';

test('sizes become bytes, and what is not given is off', () => {
  expect(resolvePayload('photos', undefined)).toBeUndefined();
  expect(resolvePayload('photos', { compressAbove: '1kb', maxBytes: 500 })).toMatchObject({
    ...{ types: 'json', compressAboveBytes: 1_024, maxBytes: 500, warnAtRatio: 0.8 },
    ...{ encrypt: undefined, offloadAboveBytes: undefined, redact: [] },
  });
});

test('what is no key ring is refused, and not shown: it may hold keys', () => {
  const key = Buffer.alloc(16, 'secret').toString('base64').repeat(2);
  const resolve = (encrypt: unknown) => () =>
    resolvePayload('photos', { encrypt } as PayloadOptions);
  for (const encrypt of [{ current: 'a', keys: { a: key } }, key, null]) {
    expect(resolve(encrypt)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('keyRing('),
      }),
    );
    expect(resolve(encrypt)).not.toThrow(key);
  }
  expect(resolve(keyRing({ current: undefined, keys: {} }))).not.toThrow();
});

test.each<[string, object]>([
  ['payload.compressAbove of queue "photos"', { compressAbove: '1 kilo' }],
  ['payload.warnAt of queue "photos"', { warnAt: 2 }],
  ['payload.types of queue "photos"', { types: 'bson' }],
])('says what is wrong: %s', (message, options) => {
  expect(() => resolvePayload('photos', options as PayloadOptions)).toThrow(message);
});
