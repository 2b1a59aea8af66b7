/** Flags of processes. */
import { expect, test } from 'vitest';
import { parseFlag } from './worker-flag.ts';

const FLAG = { quiet: true, token: 't1', by: 'ann', reason: 'deploy', at: 1_000 };

test('a flag is kept to by the process that it names', () => {
  expect(parseFlag(JSON.stringify(FLAG), 't1')).toEqual(FLAG);
  expect(parseFlag(JSON.stringify(FLAG), 't2')).toBeUndefined();
});

test('what is no flag asks for nothing', () => {
  for (const text of ['', 'x', 'null', '[]', '1', '{"quiet":true}', null, undefined])
    expect(parseFlag(text, 't1')).toBeUndefined();
  const odd = '{"token":"t1","quiet":"yes","by":5,"reason":7,"at":"x"}';
  expect(parseFlag(odd, 't1')).toEqual({ ...FLAG, quiet: false, by: '', reason: null, at: 0 });
});
