/** What a search suggests at the caret, marked by `|`. */
import { expect, test } from 'vitest';
import { type Hints, suggest } from './suggest.ts';

const HINTS: Hints = {
  names: [
    { name: 'resize', count: 7 },
    { name: 'resize all', count: 2 },
  ],
  fields: [{ path: 'data.user.id', samples: ['42', '9007199254740993'] }],
  errors: [{ reason: 'no "answer"', count: 3 }],
};

function suggested(marked: string): string[] {
  const caret = marked.indexOf('|');
  return suggest(marked.replace('|', ''), caret, HINTS).map(
    (one) => `${one.text.slice(0, one.caret)}|${one.text.slice(one.caret)}`,
  );
}

test.each([
  ['na|', ['name:|']],
  ['-na|', ['-name:|']],
  ['-af|', []],
  ['name:resize at|', ['name:resize attempts:|']],
  ['data.u|', ['data.user.id:|']],
  ['na|:resize', ['name:|resize']],
  ['name:|', ['name:resize |', 'name:"resize all" |']],
  ['name:ALL|', ['name:"resize all" |']],
  ['name:"resize a|', ['name:"resize all" |']],
  ['name:res| id:1', ['name:resize |id:1', 'name:"resize all" |id:1']],
  ['error:|', ['error:"no \\"answer\\"" |']],
  ['data.user.id:9|', ['data.user.id:9007199254740993 |']],
  ['id:|', []],
  ['name:resize|', ['name:"resize all" |']],
])('%s', (marked, expected) => {
  expect(suggested(marked)).toEqual(expected);
});

test('an empty line is offered every key, then fields of the data', () => {
  const labels = suggest('', 0, HINTS).map(({ label }) => label);
  expect(labels[0]).toBe('name:');
  expect(labels.at(-1)).toBe('data.user.id:');
});
