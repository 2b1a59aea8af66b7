import { expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { type FieldSchema, fieldsFromText } from './fields-from-text.ts';

const schema = z.toJSONSchema(
  z.strictObject({
    match: z.string().optional(),
    limit: z.number().int().min(1).max(500).optional(),
    ratio: z.number().optional(),
    full: z.boolean().optional(),
    concurrency: z.number().int().nullable().optional(),
    ids: z.array(z.string()).optional(),
    sizes: z.array(z.number()).optional(),
    data: z.unknown(),
  }),
  { io: 'input', unrepresentable: 'any' },
) as FieldSchema;

const read = (...texts: [string, string][]): Record<string, unknown> =>
  fieldsFromText(schema, texts);
const pointerOf = (...texts: [string, string][]): string => {
  try {
    read(...texts);
  } catch (error) {
    if (error instanceof InputError) return error.pointer;
    throw error;
  }
  return 'nothing was wrong';
};

test('each text becomes what its field is', () => {
  expect(
    read(['match', '5'], ['limit', '20'], ['ratio', '-0.5'], ['full', 'true'], ['data', '{"a":1}']),
  ).toEqual({ match: '5', limit: 20, ratio: -0.5, full: true, data: { a: 1 } });
  expect(read(['concurrency', 'null'])).toEqual({ concurrency: null });
  expect(read(['concurrency', '4'], ['match', 'null'])).toEqual({ concurrency: 4, match: 'null' });
});

test('a name that is repeated is an array, where the field is one', () => {
  expect(read(['ids', '1'], ['ids', '2'])).toEqual({ ids: ['1', '2'] });
  expect(read(['ids', 'a,b'], ['sizes', '7'])).toEqual({ ids: ['a,b'], sizes: [7] });
  expect(pointerOf(['limit', '1'], ['limit', '2'])).toBe('/limit');
});

test.each(['', ' 5', '5 ', '1e3', '0x10', '+5', '05', '.5', '5.', 'NaN', 'Infinity', '٥'])(
  '%j is no number',
  (text) => {
    expect(pointerOf(['limit', text])).toBe('/limit');
    expect(pointerOf(['sizes', '1'], ['sizes', text])).toBe('/sizes');
  },
);

test('a number that would not stay exact is refused, and so is what is neither true nor false', () => {
  expect(pointerOf(['limit', '9007199254740993'])).toBe('/limit');
  expect(pointerOf(['limit', '9'.repeat(400)])).toBe('/limit');
  for (const text of ['1', 'yes', 'TRUE', '']) expect(pointerOf(['full', text])).toBe('/full');
  expect(pointerOf(['data', '{'])).toBe('/data');
});

test('names of an object itself are fields like any other', () => {
  const fields = read(['__proto__', 'x'], ['constructor', 'y'], ['toString', 'z']);
  expect(Object.keys(fields).sort()).toEqual(['__proto__', 'constructor', 'toString']);
  expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});
