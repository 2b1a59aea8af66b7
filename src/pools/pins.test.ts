/** What may be pinned, and what is read as a pin. */
import { expect, test } from 'vitest';
import { checkPin, parsePin } from './pins.ts';

const NOW = 1_764_000_000_000;

test('a pin holds an hour unless it is said otherwise', () => {
  expect(checkPin(4, {}, NOW)).toEqual({
    ...{ slots: 4, by: null, reason: null, at: NOW, until: NOW + 3_600_000 },
  });
  const pin = checkPin(0, { for: '30d', by: 'anna', reason: 'sale' }, NOW);
  expect(pin).toEqual({
    ...{ slots: 0, by: 'anna', reason: 'sale', at: NOW, until: NOW + 30 * 86_400_000 },
  });
  expect(parsePin(JSON.stringify(pin))).toEqual(pin);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '4', null, undefined])(
  '%s slots cannot be',
  (slots) => {
    expect(() => checkPin(slots as number, {}, NOW)).toThrow(
      expect.objectContaining({ code: 'PIN_INVALID' }),
    );
  },
);

test.each(['31d', '10ms', 'soon', 0, -5, Number.NaN, Number.POSITIVE_INFINITY])(
  'it cannot hold for %s',
  (time) => {
    expect(() => checkPin(4, { for: time as '1h' }, NOW)).toThrow(/for must be from 1s to 30d/);
  },
);

test('who asks and why are short texts', () => {
  expect(() => checkPin(4, { by: 'x'.repeat(501) }, NOW)).toThrow(/by must be/);
  expect(() => checkPin(4, { reason: 5 as unknown as string }, NOW)).toThrow(/reason must be/);
});

test.each([null, undefined, '', 'x', 'null', '{}', '{"slots":-1}', '{"slots":"4"}', '[]'])(
  '%s is no pin',
  (text) => {
    expect(parsePin(text)).toBeNull();
  },
);
