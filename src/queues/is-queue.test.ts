/** Which keys are queues of BullMQ's. */
import { expect, test } from 'vitest';
import { isQueue, queueOfMetaKey } from './is-queue.ts';

const NOTHING = [null, null, null, null, null];

test('the last two parts of a key are the name and the end, all before is the prefix', () => {
  expect(queueOfMetaKey('bull:mails:meta')).toEqual({ prefix: 'bull', name: 'mails' });
  expect(queueOfMetaKey('{bull}:mails:meta')).toEqual({ prefix: '{bull}', name: 'mails' });
  expect(queueOfMetaKey('eu:west:mails:meta')).toEqual({ prefix: 'eu:west', name: 'mails' });
  expect(queueOfMetaKey(':mails:meta')).toEqual({ prefix: '', name: 'mails' });
});

test('a key without a prefix, without a name or with control characters is no queue', () => {
  for (const key of ['mails:meta', 'bull::meta', ':meta', 'bull:mails:metadata', 'bull:a\nb:meta'])
    expect(queueOfMetaKey(key), key).toBeUndefined();
});

test('what BullMQ writes into the hash tells a queue', () => {
  expect(isQueue(['bullmq:6.7.0', ...NOTHING.slice(1)], false)).toBe(true);
  expect(isQueue(['bullmq-pro:7.1.2', ...NOTHING.slice(1)], false)).toBe(true);
  expect(isQueue([null, '10000', null, null, null], false)).toBe(true);
});

test('a hash of somebody else is none, whatever fields it shares', () => {
  expect(isQueue(NOTHING, false)).toBe(false);
  expect(isQueue(NOTHING, true)).toBe(false);
  expect(isQueue(['3', null, null, null, null], true)).toBe(false);
  expect(isQueue(['1.2.3', null, null, '5', '7'], false)).toBe(false);
});

test('a queue that was only paused is told by the keys beside it', () => {
  expect(isQueue([null, null, '1', null, null], true)).toBe(true);
  expect(isQueue([null, null, '1', null, null], false)).toBe(false);
});
