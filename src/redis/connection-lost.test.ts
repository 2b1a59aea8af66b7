import { ConnectionClosedError } from 'bullmq';
import { expect, test } from 'vitest';
import { ConnectionLost } from '../errors.ts';
import { refusalOf, stoppedHalfway, toConnectionLost } from './connection-lost.ts';

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

test('a denial inside a script is a denial after which half of it may be done, in all wordings', () => {
  for (const message of [
    "ERR The user executing the script can't run this command or subcommand script: 8fb791, on @user_script:1.",
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: 21ff, on @user_script:1.",
    "NOPERM ACL failure in script: User app has no permissions to run the 'lpush' command script: 8fb791, on @user_script:1.",
  ]) {
    expect(refusalOf(new Error(message))).toBe('NOPERM');
    expect(stoppedHalfway(new Error(message))).toBe(true);
  }
});

test('what is refused before the first write is not half done', () => {
  for (const message of [
    "NOPERM this user has no permissions to run the 'evalsha' command",
    'NOPERM this user has no permissions to access one of the keys used as arguments',
    "OOM command not allowed when used memory > 'maxmemory'. script: 21ff, on @user_script:1.",
    'ERR wrong number of arguments script: 21ff, on @user_script:1.',
  ])
    expect(stoppedHalfway(new Error(message))).toBe(false);
  expect(stoppedHalfway(undefined)).toBe(false);
});
