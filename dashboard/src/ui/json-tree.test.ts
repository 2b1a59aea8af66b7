import { expect, test } from 'vitest';
import { type JsonNode, jsonTree } from './json-tree.ts';

/** Written again without spaces; `…` where the text was cut. */
function written(node: JsonNode | null): string | null {
  if (node === null) return null;
  if (node.kind === 'literal') return node.text;
  const items = node.items.map(({ name, value }) => `${name ? `${name}:` : ''}${written(value)}`);
  const inside = `${items.join(',')}${node.isCut ? '…' : ''}`;
  return node.kind === 'object' ? `{${inside}}` : `[${inside}]`;
}
const read = (text: string, isCut = false): string | null => written(jsonTree(text, isCut));

test('every literal stays as it was written', () => {
  const text =
    '{"id":9007199254740993,"a":[1.50,-0,1e400,"\\u00e9 \\"x\\" {"],"a":null,"":{},"b":[]}';
  expect(read(text)).toBe(text);
  expect(read('  [ 1 ,\n 2 ]  ')).toBe('[1,2]');
  expect(read('"alone"')).toBe('"alone"');
});

test('what is no JSON is no tree', () => {
  for (const text of ['', '{', '[1', '[1 2]', '{"a"}', '{a:1}', 'nul', '"open', '[1] 2', '[1,'])
    expect(read(text), text).toBeNull();
});

test('a text that was cut is read as far as it goes', () => {
  expect(read('{"a":[1,2', true)).toBe('{"a":[1,2…]…}');
  expect(read('{"a":"hal', true)).toBe('{"a":"hal…}');
  expect(read('{"a":tr', true)).toBe('{"a":tr…}');
  expect(read('{"a":', true)).toBe('{…}');
});
