/** Packing and unpacking: whole, encrypted, cut short, and for the wrong reader. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utcStamp } from '../base/units.ts';
import { type BackupManifest, backupName, manifestFile, snapshotFile } from './manifest.ts';
import { checkRecipients, decrypt, keysOf, pack, unpack } from './pack.ts';
import { readManifest, readPlain } from './read-backup.ts';
import { folderStore } from './store/folder-store.ts';

const CONTENT = Buffer.concat([Buffer.from('REDIS0010'), randomBytes(300_000), Buffer.alloc(1e6)]);
const MADE_AT = Date.UTC(2026, 10, 27, 7);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drover-pack-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* inChunks(content: Uint8Array, bytes = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

const digest = (content: Uint8Array): { bytes: number; sha256: string } => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
});

/** Puts a backup of `CONTENT` into the folder; its manifest. */
async function put(recipients: readonly string[] = []): Promise<BackupManifest> {
  const store = folderStore(folder);
  const encryption = recipients.length > 0 ? 'age' : 'none';
  const name = backupName('queue', MADE_AT);
  const packed = await all(await pack(inChunks(CONTENT), recipients));
  const file = snapshotFile(name, encryption);
  const manifest: BackupManifest = {
    ...{ version: 1, name, label: 'queue', madeAt: MADE_AT, rdbVersion: 10, encryption, offset: 1 },
    server: { kind: 'redis', version: '7.0.15', runId: 'a' },
    stored: { file, ...digest(packed) },
    plain: digest(CONTENT),
    counted: { isExact: true, keys: { least: 1, most: 1 }, queues: {} },
    ...{ verifiedAt: null, madeBy: 'drover test' },
  };
  await store.put(file, inChunks(packed));
  await store.put(manifestFile(name), inChunks(Buffer.from(JSON.stringify(manifest))));
  return manifest;
}

const read = (manifest: BackupManifest, identities: readonly string[] = []): Promise<Buffer> =>
  all(readPlain(folderStore(folder), manifest, { identities }));

describe('what is packed', () => {
  it('comes out again', async () => {
    const packed = await all(await pack(inChunks(CONTENT), []));
    expect(packed.length).toBeLessThan(CONTENT.length / 2);
    expect((await all(unpack(inChunks(packed, 1_000)))).equals(CONTENT)).toBe(true);
  });

  it('is what the programs age and gzip open', async ({ skip }) => {
    if (spawnSync('age', ['--version']).error) skip('the program age is not installed');
    const identity = await generateIdentity();
    const file = join(folder, 'identity');
    writeFileSync(file, identity);
    const packed = await all(await pack(inChunks(CONTENT), [await identityToRecipient(identity)]));
    const most = { maxBuffer: 1e8 };
    const opened = spawnSync('age', ['-d', '-i', file], { input: packed, ...most });
    expect(opened.stderr.toString()).toBe('');
    const plain = spawnSync('gzip', ['-dc'], { input: opened.stdout, ...most });
    expect(plain.stdout.equals(CONTENT)).toBe(true);
  });

  it('is read by each of its recipients', async () => {
    const identities = [await generateIdentity(), await generateIdentity()];
    const recipients = await Promise.all(identities.map(identityToRecipient));
    const packed = await all(await pack(inChunks(CONTENT), recipients));
    for (const identity of identities)
      expect((await all(unpack(decrypt(inChunks(packed), [identity])))).equals(CONTENT)).toBe(true);
  });

  it('fails as its source fails', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield CONTENT;
      throw new Error('the source has gone');
    }
    const recipient = await identityToRecipient(await generateIdentity());
    for (const recipients of [[], [recipient]])
      await expect(pack(broken(), recipients).then(all)).rejects.toThrow('the source has gone');
  });

  it('ends its source when nobody reads on', async () => {
    let isEnded = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield randomBytes(65_536);
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of await pack(endless(), [])) break;
    await expect.poll(() => isEnded).toBe(true);
  });
});

describe('keys of age', () => {
  it.each([
    ['age1nonsense', /"age1nonsense" is no recipient of age/],
    ['ssh-ed25519 AAAA', /is no recipient of age/],
  ])('"%s" is refused', async (recipient, message) => {
    await expect(checkRecipients([recipient])).rejects.toThrow(message);
  });

  it('an identity given as a recipient is refused and not shown', async () => {
    const identity = await generateIdentity();
    const refused = checkRecipients([identity]).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(await refused).toMatch(/must stay secret/);
    expect(await refused).not.toContain(identity);
  });

  it('a bad identity is refused and not shown', async () => {
    const bad = 'AGE-SECRET-KEY-1NONSENSE';
    const error = await all(decrypt(inChunks(CONTENT), [bad])).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect((error as Error).message).not.toContain(bad);
  });

  it('a package that is missing is named', async () => {
    const load = () => Promise.reject(new Error('not found'));
    await expect(checkRecipients(['age1x'], load)).rejects.toThrow(/npm install age-encryption/);
  });

  it('files of them have comments', () => {
    expect(keysOf('# created: today\n\n age1a \r\nage1b\n')).toEqual(['age1a', 'age1b']);
  });
});

describe('a backup', () => {
  it('is read back, in the open and encrypted', async () => {
    expect((await read(await put())).equals(CONTENT)).toBe(true);
    const identity = await generateIdentity();
    const manifest = await put([await identityToRecipient(identity)]);
    expect(await readManifest(folderStore(folder), manifest.name)).toEqual(manifest);
    expect((await read(manifest, [await generateIdentity(), identity])).equals(CONTENT)).toBe(true);
  });

  it('is not read without an identity, nor with a stranger’s', async () => {
    const manifest = await put([await identityToRecipient(await generateIdentity())]);
    await expect(read(manifest)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(read(manifest, [await generateIdentity()])).rejects.toThrow(/none of the identit/);
  });

  const damages: [string, (content: Buffer) => Buffer, RegExp][] = [
    ['cut short', (all_) => all_.subarray(0, -100), /cut short: \d+ of \d+ bytes/],
    ['empty', () => Buffer.alloc(0), /cut short: 0 of/],
    ['longer', (all_) => Buffer.concat([all_, Buffer.from('x')]), /is longer/],
    ['changed in the middle', (all_) => flipped(all_, all_.length >> 1), /damaged/],
    ['changed in its head', (all_) => flipped(all_, 4), /damaged/],
  ];
  it.each(damages)('that is %s is found, in the open and encrypted', async (_, harm, message) => {
    const identity = await generateIdentity();
    for (const recipients of [[], [await identityToRecipient(identity)]]) {
      const manifest = await put(recipients);
      const file = join(folder, manifest.stored.file);
      writeFileSync(file, harm(readFileSync(file)));
      const error = await read(manifest, [identity]).catch((caught: Error) => caught);
      expect(error).toMatchObject({ code: 'BACKUP_DAMAGED' });
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain(manifest.name);
    }
  });

  it('whose file is gone is found', async () => {
    const manifest = await put();
    rmSync(join(folder, manifest.stored.file));
    await expect(read(manifest)).rejects.toThrow(/its file .* is missing/);
  });

  it('that is another one of the same length is found', async () => {
    const manifest = await put();
    const other = { ...manifest, plain: { ...manifest.plain, sha256: 'a'.repeat(64) } };
    await expect(read(other)).rejects.toThrow(/checksum unpacked is another one/);
  });

  const strangers: [string, object, RegExp][] = [
    ['another file', { stored: { file: '../etc', ...digest(CONTENT) } }, /names "\.\.\/etc"/],
    ['another name', { name: 'queue-20261127T070001Z' }, /is that of queue-20261127T070001Z/],
    ['another label', { label: 'cache' }, /the label "cache"/],
    ['another time', { madeAt: MADE_AT + 5_000 }, /another time/],
    ['another word', { surprise: 1 }, /cannot be used/],
    ['a negative length', { plain: { ...digest(CONTENT), bytes: -1 } }, /plain\.bytes/],
  ];
  it.each(strangers)('whose manifest has %s is found', async (_, change, message) => {
    const manifest = await put();
    const text = JSON.stringify({ ...manifest, ...change });
    writeFileSync(join(folder, manifestFile(manifest.name)), text);
    const store = folderStore(folder);
    await expect(readManifest(store, manifest.name)).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    });
    await expect(readManifest(store, manifest.name)).rejects.toThrow(message);
  });

  it('that is not there is told', async () => {
    const store = folderStore(folder);
    const name = `queue-${utcStamp(MADE_AT)}`;
    await expect(readManifest(store, name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readManifest(store, '../x')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

function flipped(content: Buffer, at: number): Buffer {
  const changed = Buffer.from(content);
  changed[at]! ^= 0xff;
  return changed;
}
