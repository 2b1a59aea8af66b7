/** The schemas of all handlers there are, held against the table of actions. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Action, Handler } from './action.ts';
import { ACTIONS, type ActionName } from './actions.ts';
import { HANDLERS } from './handlers.ts';
import { parseInput } from './parse-input.ts';

const all = Object.entries(HANDLERS) as [ActionName, Handler<object, unknown>][];

interface ObjectSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

test('there are handlers, and none without an action', () => {
  expect(all.length).toBeGreaterThan(0);
  expect(all.filter(([name]) => !Object.hasOwn(ACTIONS, name))).toEqual([]);
});

describe.each(all)('%s', (name, handler) => {
  const { route, scope, asksForName, secret = [] }: Action = ACTIONS[name];
  const schema = (): ObjectSchema =>
    z.toJSONSchema(handler.input, { io: 'input', unrepresentable: 'any' }) as ObjectSchema;

  test('what goes in and comes out can be published', () => {
    expect(schema().type).toBe('object');
    expect(z.toJSONSchema(handler.output, { unrepresentable: 'any' })).toBeTypeOf('object');
  });

  test('the input has the fields that the gate and the route look at', () => {
    const { properties = {}, required = [] } = schema();
    // Without its field `queue` the gate could not see which queue it is about, and would ask for a right on all.
    if (scope === 'queue') expect(required).toContain('queue');
    if (asksForName) expect(properties).toHaveProperty('confirm');
    for (const [, field] of route.matchAll(/:(\w+)/g)) expect(required).toContain(field);
    for (const field of secret) expect(properties).toHaveProperty(field);
  });

  test.each(['nonsense', 'constructor'])('a field called %s is refused by its name', (field) => {
    expect(() => parseInput(handler.input, { [field]: 1 })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  test('what is no object is refused', () => {
    for (const input of ['text', 7, true, [], [[]], () => {}])
      expect(() => parseInput(handler.input, input)).toThrow(
        expect.objectContaining({ code: 'INPUT_INVALID' }),
      );
  });

  test('nothing reaches the prototype', () => {
    try {
      parseInput(handler.input, JSON.parse('{"__proto__": {"polluted": 1}, "queue": "a"}'));
    } catch {
      // Refused or left out; both are fine.
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
