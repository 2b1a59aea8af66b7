import { ConnectionClosedError } from 'bullmq';
import { expect, test } from 'vitest';
import { ConnectionLost } from '../errors.ts';
import { refusalOf, toConnectionLost } from './connection-lost.ts';

test('the texts of ioredis tell whether a command was sent', () => {
  const notSent = "Stream isn't writeable and enableOfflineQueue options is false";
  expect(toConnectionLost(new Error(notSent))?.sent).toBe(false);
  const aborted = 'Command aborted due to connection close';
  expect(toConnectionLost(new Error(aborted))?.sent).toBe(true);
  expect(toConnectionLost(new Error('Connection is closed.'))?.sent).toBe(true);
  const own = new ConnectionLost(true);
  expect(toConnectionLost(own)).toBe(own);
});

test('a hub that is closed for good is no lost connection', () => {
  expect(toConnectionLost(new ConnectionClosedError())).toBeUndefined();
});

test('refusals that can pass are recognised, other errors are not', () => {
  expect(refusalOf(new Error("READONLY You can't write against a read only replica."))).toBe(
    'READONLY',
  );
  expect(refusalOf(new Error("OOM command not allowed when used memory > 'maxmemory'."))).toBe(
    'OOM',
  );
  const inScript = new Error("ERR The user has no permissions: can't run this command script: x");
  expect(refusalOf(inScript)).toBe('NOPERM');
  expect(refusalOf(new Error('WRONGTYPE Operation against a key'))).toBeUndefined();
  expect(refusalOf('READONLY')).toBeUndefined();
});
