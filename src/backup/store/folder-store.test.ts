/** A folder of backups: whole files or none, for the owner alone. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderStore } from './folder-store.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'drover-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

async function* of(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found).toString();
}

it('keeps what is put into it, for its owner alone', async () => {
  const path = join(parent, 'a', 'backups');
  const store = folderStore(path);
  expect(await store.list()).toEqual([]);
  await store.put('b.json', of('two ', 'parts'));
  await store.put('a.rdb.gz', of('x'));
  await store.put('a.rdb.gz', of('over'));
  expect(await store.list()).toEqual([
    { name: 'a.rdb.gz', bytes: 4 },
    { name: 'b.json', bytes: 9 },
  ]);
  expect(await textOf(store.get('b.json'))).toBe('two parts');
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'b.json')).mode & 0o777).toBe(0o600);
  await store.delete('b.json');
  await store.delete('b.json');
  await expect(textOf(store.get('b.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('keeps the earlier file, and nothing else, when its content breaks off', async () => {
  const store = folderStore(parent);
  await store.put('a.json', of('good'));
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('broken off');
  }
  await expect(store.put('a.json', broken())).rejects.toThrow('broken off');
  expect(readdirSync(parent)).toEqual(['a.json']);
  expect(await textOf(store.get('a.json'))).toBe('good');
});

it('stops when it is told to', async () => {
  const store = folderStore(parent);
  const stop = new AbortController();
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let i = 0; ; i++) {
      if (i === 3) stop.abort(new Error('stopped'));
      yield Buffer.from('more');
    }
  }
  await expect(store.put('a', endless(), stop.signal)).rejects.toThrow('stopped');
  expect(readdirSync(parent)).toEqual([]);
});

it('takes no name that leads elsewhere', async () => {
  const store = folderStore(parent);
  for (const name of ['../a', 'a/b', '..', '.a.part', '', 'a\0b', 'a'.repeat(300)]) {
    await expect(store.put(name, of('x'))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(textOf(store.get(name))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(store.delete(name)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  }
});

it('follows no link out of the folder', async () => {
  writeFileSync(join(parent, 'secret'), 'secret');
  mkdirSync(join(parent, 'in'));
  symlinkSync(join(parent, 'secret'), join(parent, 'in', 'a.json'));
  await expect(textOf(folderStore(join(parent, 'in')).get('a.json'))).rejects.toThrow(/ELOOP/);
});

it('removes part files of killed runs when they are old, and shows none', async () => {
  const [old, young] = ['.a.json.1.aa.part', '.a.json.1.bb.part'];
  for (const name of [old, young]) writeFileSync(join(parent, name), 'half');
  const longAgo = Date.now() / 1_000 - 7_200;
  utimesSync(join(parent, old), longAgo, longAgo);
  expect(await folderStore(parent).list()).toEqual([]);
  expect(readdirSync(parent)).toEqual([young]);
});

it('says what to do where it is no folder', async () => {
  const file = join(parent, 'file');
  writeFileSync(file, '');
  const refused = folderStore(file).put('a', of('x'));
  await expect(refused).rejects.toMatchObject({ code: 'BACKUP_FAILED' });
  await expect(folderStore(join(file, 'in')).put('a', of('x'))).rejects.toThrow(/path of a folder/);
});
