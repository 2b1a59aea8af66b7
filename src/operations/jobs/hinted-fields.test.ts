import { expect, test } from 'vitest';
import { parseExactly } from '../../base/exact-numbers.ts';
import { toRedactionPaths } from '../../payloads/redaction-path.ts';
import { HintedFields } from './hinted-fields.ts';

function hintsOf(datas: readonly unknown[], secrets: readonly string[] = []) {
  const fields = new HintedFields(toRedactionPaths(secrets));
  for (const data of datas) fields.add(data);
  return fields.list();
}

test('fields come with their values as a filter writes them, the most frequent first', () => {
  const id = parseExactly('9007199254740993');
  expect(hintsOf([{ user: { id } }, { user: { id: 2 }, ok: true, why: null }])).toEqual([
    { path: 'data.user.id', samples: ['9007199254740993', '2'] },
    { path: 'data.ok', samples: ['true'] },
    { path: 'data.why', samples: ['null'] },
  ]);
});

test('what a filter cannot say is left out: lists, odd names, data that is no object, long values', () => {
  const odd = { list: [{ a: 1 }], 'a b': 1, 'a.b': 2, 'x"y': 3, empty: '', long: 'x'.repeat(201) };
  expect(hintsOf([odd, 'text', 5, null, [1]])).toEqual([
    { path: 'data.empty', samples: [] },
    { path: 'data.long', samples: [] },
  ]);
});

test('nothing of a secret field is told, at whatever depth', () => {
  const data = {
    card: { number: '4111', kind: 'visa' },
    deep: { token: 't', a: { token: { b: 1 } } },
  };
  expect(hintsOf([data], ['card.number', '**.token'])).toEqual([
    { path: 'data.card.kind', samples: ['visa'] },
  ]);
});

test('there is an end to it', () => {
  const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, i]));
  expect(hintsOf([wide])).toHaveLength(50);
  expect(hintsOf(Array.from({ length: 20 }, (_, a) => ({ a })))[0]!.samples).toHaveLength(5);
  let deep: unknown = 1;
  for (let i = 0; i < 1_000; i += 1) deep = { a: deep };
  expect(hintsOf([deep])).toEqual([]);
});
