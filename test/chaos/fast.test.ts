/** The twelve quick scenarios that run with every change. */
import { expect, test } from 'vitest';
import { SCENARIOS } from './scenarios/all.ts';
import { verify } from './verify.ts';

const fast = SCENARIOS.filter(({ pace }) => pace === 'fast');

test('there are twelve of them', () => {
  expect(fast.map(({ name }) => name)).toHaveLength(12);
});

verify(fast);
