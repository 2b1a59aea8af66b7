import { expect, test } from 'vitest';
import { applyTo, parsePatch } from './patch.ts';

const change = (patch: unknown, data: string) => applyTo(parsePatch(patch), data);

test.each([
  ['replaces', [{ op: 'replace', path: '/size', value: 2 }], '{"size":1}', '{"size":2}'],
  ['adds', [{ op: 'add', path: '/to', value: ['x'] }], '{}', '{"to":["x"]}'],
  ['appends', [{ op: 'add', path: '/to/-', value: 'y' }], '{"to":["x"]}', '{"to":["x","y"]}'],
  ['removes', [{ op: 'remove', path: '/a~1b' }], '{"a/b":1,"c":2}', '{"c":2}'],
  ['moves', [{ op: 'move', from: '/a', path: '/b' }], '{"a":1}', '{"b":1}'],
  ['copies', [{ op: 'copy', from: '/a', path: '/b' }], '{"a":1}', '{"a":1,"b":1}'],
  ['tests', [{ op: 'test', path: '/a', value: 1 }], '{"a":1}', '{"a":1}'],
  ['takes all of it', [{ op: 'replace', path: '', value: { b: 1 } }], '{"a":1}', '{"b":1}'],
  ['reaches a field named data', [{ op: 'remove', path: '/data' }], '{"data":1}', '{}'],
])('%s', (_, patch, before, after) => {
  expect(change(patch, before)).toEqual({ data: after });
});

test('numbers that JavaScript cannot hold keep their digits, also where they are moved to', () => {
  const data =
    '{"id":9007199254740993,"text":"9007199254740993 \\" 1","f":0.12345678901234567890,"a":1e2}';
  const patch = [
    { op: 'add', path: '/new', value: true },
    { op: 'copy', from: '/id', path: '/copy' },
  ];
  expect(change(patch, data)).toEqual({
    data: '{"id":9007199254740993,"text":"9007199254740993 \\" 1","f":0.12345678901234567890,"a":100,"new":true,"copy":9007199254740993}',
  });
});

test.each([
  [[{ op: 'replace', path: '/missing', value: 1 }], '{}', 'operation 1 (replace "/missing") fails'],
  [[{ op: 'remove', path: '/missing' }], '{}', 'fails'],
  [[{ op: 'test', path: '/a', value: 2 }], '{"a":1}', 'fails: TestError'],
  [[{ op: 'remove', path: '' }], '{"a":1}', 'nothing is left'],
  [[{ op: 'add', path: '/a', value: 1 }], 'no json', 'no JSON'],
])('%j cannot be applied to %s', (patch, data, problem) => {
  const result = change(patch, data);
  expect('problem' in result && result.problem).toContain(problem);
});

test.each([
  [{}, 'a list of operations'],
  [[], 'the list is empty'],
  [[null], 'operation 1: is no object'],
  [[{ op: 'frob', path: '/a' }], 'op must be one of add'],
  [[{ op: 'toString', path: '/a' }], 'op must be one of add'],
  [[{ op: 'add', path: '/a' }], 'add needs "value"'],
  [[{ op: 'move', path: '/a' }], 'move needs "from"'],
  [[{ op: 'remove', path: 'a' }], 'is no path'],
  [[{ op: 'remove', path: '/a~2' }], 'is no path'],
  [[{ op: 'remove' }], 'is no path'],
  [[{ op: 'add', path: '/__proto__/polluted', value: 1 }], 'is not allowed'],
  [[{ op: 'add', path: '/constructor/prototype/polluted', value: 1 }], 'is not allowed'],
  [[{ op: 'copy', from: '/__proto__', path: '/a' }], 'is not allowed'],
  [Array.from({ length: 101 }, () => ({ op: 'remove', path: '/a' })), 'at most 100'],
  [[{ op: 'add', path: '/a', value: 'x'.repeat(300_000) }], 'longer than'],
])('%j is no patch', (patch, message) => {
  expect(() => parsePatch(patch)).toThrow(message);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('the same patch can be applied again: it is not changed by being applied', () => {
  const patch = parsePatch([
    { op: 'add', path: '/to', value: [] },
    { op: 'add', path: '/to/-', value: 1 },
  ]);
  expect(applyTo(patch, '{}')).toEqual({ data: '{"to":[1]}' });
  expect(applyTo(patch, '{}')).toEqual({ data: '{"to":[1]}' });
});
