/** What JavaScript says of values that it cannot make JSON of, in words that name the value. */
import { expect, test } from 'vitest';
import { toExtended } from './extended-json.ts';
import { storing, toUnstorable } from './unstorable.ts';

const what = 'The data of job 7 of queue "q"';
const circle: Record<string, unknown> = {};
circle.again = circle;
let deep: unknown = null;
for (let i = 0; i < 50_000; i += 1) deep = [deep];

test.each([
  ['a circle', circle, 'refers back to itself'],
  ['a bigint', { n: 1n }, "payload.types: 'extended'"],
  ['what is nested too deeply', deep, 'nested too deeply'],
])('%s is DATA_INVALID, with the value named', (_, value, why) => {
  const store = () => storing(what, () => JSON.stringify(value));
  const message = expect.stringMatching(new RegExp(`^${what} cannot be stored: .*${why}`));
  expect(store).toThrow(expect.objectContaining({ code: 'DATA_INVALID', message }));
});

test('what is longer than a text can be is PAYLOAD_TOO_LARGE', () => {
  const store = () => storing(what, () => 'x'.repeat(2 ** 30));
  const message = expect.stringContaining(what);
  expect(store).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', message }));
});

test('what the extended types refuse is named, too', () => {
  const store = () => storing(what, () => toExtended(circle));
  const message = expect.stringMatching(new RegExp(`^${what} cannot be stored: .*"again"`));
  expect(store).toThrow(expect.objectContaining({ code: 'DATA_INVALID', message }));
});

test.each([new Error('Redis'), new TypeError('x is not a function'), 'text'])(
  'any other error stays as it is: %s',
  (error) => {
    expect(toUnstorable(error, what)).toBe(error);
  },
);
