import { expect, test } from 'vitest';
import { resolveRetention } from '../queues/retention-options.ts';
import { currentPolicy, longest, policyField, SAID_FOR_MS } from './settings.ts';

const AT = 1_764_000_000_000;
const usual = resolveRetention('q');
const long = resolveRetention('q', {
  completed: { age: '30d' },
  failed: { count: 10 },
  maxBytes: '1gb',
});

test('a policy is read as it was written, with what has no end', () => {
  for (const policy of [usual, long])
    expect(currentPolicy({ [policyField(policy)]: String(AT) })).toEqual({
      ...{ policy, isUnclear: false, stale: [] },
    });
});

test('of two policies that are both said, what is kept longer counts', () => {
  const hash = { [policyField(usual)]: String(AT), [policyField(long)]: String(AT - 60_000) };
  expect(currentPolicy(hash).policy).toEqual({
    ...usual,
    completed: { count: undefined, ageMs: 30 * 86_400_000 },
    failed: { count: 500, ageMs: undefined },
  });
  expect(longest(usual, long)).toEqual(longest(long, usual));
});

test('a policy that is said no more stops counting beside a newer one, and counts on alone', () => {
  const old = String(AT - SAID_FOR_MS - 1);
  const hash = { [policyField(usual)]: String(AT), [policyField(long)]: old };
  expect(currentPolicy(hash)).toMatchObject({ policy: usual, stale: [policyField(long)] });
  expect(currentPolicy({ [policyField(long)]: old })).toMatchObject({ policy: long, stale: [] });
});

test('a policy that cannot be read is unclear while it is said, and stops counting as any other', () => {
  const field = 'policy {"completed":{"years":3}}';
  const hash = (at: number) => ({ [policyField(usual)]: String(AT), [field]: String(at) });
  expect(currentPolicy(hash(AT - 60_000))).toEqual({ policy: usual, isUnclear: true, stale: [] });
  expect(currentPolicy(hash(AT - SAID_FOR_MS - 1))).toEqual({
    ...{ policy: usual, isUnclear: false, stale: [field] },
  });
});

test.each([
  ['{}'],
  ['nonsense'],
  ['{"completed":{"ageMs":-1},"failed":{},"progressMs":1,"events":{"count":1,"bytes":1}}'],
  ['{"completed":{"ageMs":"1h"},"failed":{},"progressMs":1,"events":{"count":1,"bytes":1}}'],
  ['{"completed":{},"failed":{},"progressMs":1}'],
])('what another version or nobody has written is no policy: %s', (text) => {
  expect(currentPolicy({ [`policy ${text}`]: String(AT), roundAt: '1' }).policy).toBeNull();
});
