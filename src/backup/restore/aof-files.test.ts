import { expect, test } from 'vitest';
import { formatAofManifest, nextAofFiles, parseAofManifest } from './aof-files.ts';

const NAMES = { file: 'appendonly.aof' };

test('a manifest is read as servers write it, and written as they read it', () => {
  const text =
    'file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.5.incr.aof seq 5 type i startoffset 7\nfile "a b.1.incr.aof" seq 1 type h\n';
  const files = parseAofManifest(text);
  expect(files.map(({ name, sequence, type }) => [name, sequence, type])).toEqual([
    ['appendonly.aof.2.base.rdb', 2, 'b'],
    ['appendonly.aof.5.incr.aof', 5, 'i'],
    ['a b.1.incr.aof', 1, 'h'],
  ]);
  expect(parseAofManifest(formatAofManifest(files))).toEqual(files);
});

test('new files have names that a server with the old ones does not come to', () => {
  expect(nextAofFiles(NAMES, []).map(({ name }) => name)).toEqual([
    ...['appendonly.aof.1.base.rdb', 'appendonly.aof.1.incr.aof'],
  ]);
  const present = ['appendonly.aof.9.incr.aof', 'appendonly.aof.manifest', 'other.77.base.rdb'];
  expect(nextAofFiles(NAMES, present)[0]).toMatchObject({ sequence: 1_009 });
});
