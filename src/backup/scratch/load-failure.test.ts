import { expect, test } from 'vitest';
import { loadFailure } from './load-failure.ts';

const STARTED = 'Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=1, just started';

test.each([
  [12, /newer server \(RDB 12, as Redis 7\.4 writes it\); this Redis 7\.0\.15 cannot/],
  [80, /as Valkey 9\.0 writes it/],
  [11, /install Redis 7\.2 or Valkey 7\.2 or later/],
])('a dump of RDB version %i names who reads it', (version, told) => {
  const lines = [
    STARTED,
    `Can't handle RDB format version ${version}`,
    'Fatal error loading the DB',
  ];
  expect(loadFailure(lines, 'exit code 1')).toMatch(told);
});

test.each([
  ['Short read or OOM loading DB. Unrecoverable error, aborting now.', 'it is cut short'],
  ['Wrong RDB checksum expected: (1) but got (2). Aborting now.', 'its own checksum is wrong'],
  ['Wrong signature trying to load DB from file', 'it is no data of Redis'],
])('"%s"', (line, told) => {
  expect(loadFailure([STARTED, line], 'exit code 1')).toContain(told);
});

test('what nobody foresaw is told with the end of the log', () => {
  expect(loadFailure(['one', 'two'], 'exit code 3')).toBe(
    'the server ended (exit code 3): one | two',
  );
  expect(loadFailure([], 'SIGKILL')).toBe('this machine has too little memory for it');
});
