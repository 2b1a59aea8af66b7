import { expect, test } from 'vitest';
import { FilterError } from '../errors.ts';
import { type Candidate, parseFilter } from './filter.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
const CANDIDATE: Candidate = {
  ...{ jobId: '17', jobName: 'resize', type: 'TimeoutError', fingerprint: '5f1c09ab77d2e134' },
  ...{ version: '1.2.3', state: 'dead', attemptsMade: 3, reason: 'No answer from "cdn"' },
};

test.each([
  ['', true],
  ['   ', true],
  ['name:resize', true],
  ['name:resiz', false],
  ['-name:resize', false],
  ['-name:crop', true],
  ['type:TimeoutError name:resize', true],
  ['type:TimeoutError name:crop', false],
  ['group:5f1c09ab77d2e134', true],
  ['group:0000000000000000', false],
  ['error:"no answer"', true],
  ['error:"from \\"cdn\\""', true],
  ['error:answer', true],
  ['-error:answer', false],
  ['error:nothing', false],
  ['attempts:3', true],
  ['attempts:=3', true],
  ['attempts:>=3', true],
  ['attempts:>3', false],
  ['attempts:<4', true],
  ['attempts:<=2', false],
  ['version:1.2.3', true],
  ['id:17', true],
  ['id:"17"', true],
  ['id:"a:b c"', false],
  ['state:dead', true],
  ['state:replayed', false],
  ['queue:thumbnails', true],
])('%s is %s', (text, expected) => {
  expect(parseFilter(text, NOW).matches(CANDIDATE)).toBe(expected);
});

test.each([
  ['after:2h', NOW - 7_200_000, Infinity],
  ['before:30m', 0, NOW - 1_800_000],
  ['before:2026-11-25T10:00Z', 0, Date.UTC(2026, 10, 25, 10)],
  ['before:2026-11-25T10:00', 0, Date.UTC(2026, 10, 25, 10)],
  ['before:2026-11-25T10:00+02:00', 0, Date.UTC(2026, 10, 25, 8)],
  ['after:2026-11-25', Date.UTC(2026, 10, 25), Infinity],
  ['after:1764000000000', 1_764_000_000_000, Infinity],
  ['after:2d after:1d before:1h', NOW - 86_400_000, NOW - 3_600_000],
])('%s is a time range', (text, from, to) => {
  expect(parseFilter(text, NOW)).toMatchObject({ from, to });
});

test('the reason is only asked for when a term looks at it', () => {
  expect(parseFilter('name:resize', NOW).needsReason).toBe(false);
  expect(parseFilter('name:resize error:x', NOW).needsReason).toBe(true);
});

test.each<[string, number, string]>([
  ['resize', 1, 'expected a term like name:resize'],
  ['name:resize crop', 13, 'found "crop"'],
  ['nam:resize', 1, 'did you mean "name"?'],
  ['frobnicate:1', 1, 'expected one of queue, id, name'],
  ['__proto__:1', 1, 'expected a term'],
  ['constructor:1', 1, 'is no key'],
  ['name:', 6, 'expected a value after "name:"'],
  ['name: resize', 6, 'expected a value after "name:"'],
  ['name:resize error:"no', 22, 'a quote that closes the one at 19'],
  ['error:"no"answer', 11, 'expected a space'],
  ['attempts:many', 10, 'expected a number up to'],
  ['attempts:>=99999999', 10, 'expected a number up to'],
  ['group:xyz', 7, '16 hex digits'],
  ['state:alive', 7, 'expected dead or replayed'],
  ['after:yesterday', 7, 'a duration like 2h'],
  ['after:2026-13-45', 7, 'a duration like 2h'],
  ['after:9999-01-01', 7, 'a year from 2000'],
  ['after:99999d', 7, 'ten years'],
  ['-after:2h', 1, '"-" cannot stand before after'],
  ['after:1h before:2h', 10, 'no time is left'],
  ['queue:a queue:b', 9, 'one queue is enough'],
])('%s is refused at column %i', (text, position, message) => {
  let error: unknown;
  try {
    parseFilter(text, NOW);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(FilterError);
  expect(error).toMatchObject({ code: 'FILTER_INVALID', position });
  expect((error as Error).message).toContain(message);
});

test('a filter has an end', () => {
  expect(() => parseFilter('x'.repeat(3_000), NOW)).toThrow('at most 2000');
  expect(() => parseFilter('id:1 '.repeat(51), NOW)).toThrow('at most 50 terms');
});
