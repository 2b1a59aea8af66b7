/** What a script may do is told by the words in it. */
import * as scripts from 'bullmq/dist/esm/scripts/index.js';
import { expect, test } from 'vitest';
import { mayWrite, onlyReading } from './refuse-writes.ts';

test.each([
  [`redis.call('SET', KEYS[1], 1)`, true],
  [`local rcall = redis.call rcall("zadd", KEYS[1], 1, 'x')`, true],
  [`ours('HSET', KEYS[1], 'a', 1)`, true],
  [`return redis.call('GET', KEYS[1])`, false],
  [`return redis.call('HGET', KEYS[1], 'set')`, false],
])('%s: %s', (lua, expected) => {
  expect(mayWrite(lua)).toBe(expected);
});

test('of the scripts of BullMQ, those that are named for reading only read, and all others write', () => {
  const all = Object.values(
    scripts as unknown as Record<string, { name: string; content: string }>,
  ).filter(({ content }) => content !== undefined);
  expect(all.length).toBeGreaterThan(30);
  const reading = all.filter(({ content }) => !mayWrite(content)).map(({ name }) => name);
  expect(reading.filter((name) => !/^(get|is|paginate|relayGet)/.test(name))).toEqual([]);
  const named = all.filter(({ name }) => /^(get|is|paginate)/.test(name));
  expect(named.filter(({ content }) => mayWrite(onlyReading(content)))).toEqual([]);
});
