/** Whatever an error is made of, its message and stack lose what is secret. */
import { inspect } from 'node:util';
import { UnrecoverableError } from 'bullmq';
import { expect, test } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

const hide = (text: string): string => text.replaceAll('4111', '#');

test('message and stack are hidden, class, name and further fields stay', () => {
  const error = Object.assign(new UnrecoverableError('card 4111'), { code: 'E_CARD' });
  const shown = withoutSecrets(error, hide) as typeof error;
  expect(shown).toBe(error);
  expect(shown).toBeInstanceOf(UnrecoverableError);
  expect([shown.message, shown.code]).toEqual(['card #', 'E_CARD']);
  expect(shown.stack).toContain('without-secrets.test.ts');
  expect(shown.stack).not.toContain('4111');
});

test('an error that cannot be changed is replaced by one of its class', () => {
  const error = Object.freeze(new RangeError('card 4111'));
  const shown = withoutSecrets(error, hide) as RangeError;
  expect(shown).toBeInstanceOf(RangeError);
  expect([shown.name, shown.message]).toEqual(['RangeError', 'card #']);
  expect(shown.stack).not.toContain('4111');
});

test('causes and the errors of an AggregateError lose it, too, also in a circle', () => {
  const inner = new Error('inner 4111');
  const circle = new Error('outer', { cause: inner });
  inner.cause = circle;
  const all = new AggregateError([Object.freeze(new Error('first 4111')), 'a string'], '', {
    cause: circle,
  });
  const shown = withoutSecrets(all, hide) as AggregateError;
  expect(shown).toBe(all);
  expect(inspect(shown, { depth: 20 })).not.toContain('4111');
  expect(shown.errors).toEqual([expect.objectContaining({ message: 'first #' }), 'a string']);
});

test.each([['a string'], [undefined], [null], [{}], [{ message: 7 }], [new Error('fine')]])(
  '%j without a secret is left alone',
  (thrown) => {
    expect(withoutSecrets(thrown, hide)).toBe(thrown);
  },
);
