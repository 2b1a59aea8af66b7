import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { checkFolderName, fromFolderName, toFolderName } from './folder-name.ts';

test('every name comes back, and no two share a folder', () => {
  const random = createSeededRandom(6);
  const characters = [...'aB9-_.:/\\% {}*~ä€😀\0\n'];
  const folders = new Map<string, string>();
  for (let i = 0; i < 2_000; i += 1) {
    const length = 1 + Math.floor(random() * 8);
    const label = Array.from(
      { length },
      () => characters[Math.floor(random() * characters.length)]!,
    ).join('');
    const folder = toFolderName(label);
    expect(folder).toMatch(/^[\w%-]+$/);
    expect(fromFolderName(folder)).toBe(label);
    expect(folders.get(folder) ?? label).toBe(label);
    folders.set(folder, label);
  }
});

test('a name that is too long for a folder is refused, and says how long it is', () => {
  checkFolderName('a'.repeat(255));
  checkFolderName('Ł'.repeat(42));
  expect(() => checkFolderName('a'.repeat(256))).toThrow('takes 256 characters');
  expect(() => checkFolderName('Ł'.repeat(43))).toThrow('takes 258 characters');
});

test('what was not made here is no queue', () => {
  for (const folder of [
    '',
    '.',
    '..',
    '.writing',
    'lost+found',
    '%',
    '%2',
    '%41',
    '%ff',
    '%FF',
    'a b',
  ])
    expect(fromFolderName(folder)).toBeUndefined();
});
