import { expect, test } from 'vitest';
import { z } from 'zod';
import { ACTIONS, type ActionName } from './actions.ts';
import { HANDLERS } from './handlers.ts';
import { parseInput } from './parse-input.ts';

test('the field that is wrong is named', () => {
  const schema = z.strictObject({ canary: z.strictObject({ count: z.number() }).optional() });
  expect(() => parseInput(schema, { canary: { count: 'x' } })).toThrow('/canary/count: ');
  expect(() => parseInput(schema, { 'a/b~': 1 })).toThrow('/a~1b~0: ');
  expect(parseInput(schema, null)).toEqual({});
});

test('whatever is nested too deeply is wrong input to every action, and ends no recursion', () => {
  let data: unknown = 1;
  for (let i = 0; i < 50_000; i += 1) data = i % 2 === 0 ? [data] : { data };
  for (const name of Object.keys(ACTIONS) as ActionName[])
    for (const field of ['data', 'patch', 'options', 'queue'])
      expect(() => parseInput(HANDLERS[name].input, { [field]: data })).toThrow(
        expect.objectContaining({ code: 'INPUT_INVALID' }),
      );
});
