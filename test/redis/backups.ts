/** Backups of test servers: made into folders of the test, and loaded into servers of the test. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MakeBackupOptions, makeBackup } from '../../src/backup/make/make-backup.ts';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import { readPlain } from '../../src/backup/read-backup.ts';
import type { BackupStore } from '../../src/backup/store/backup-store.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { type RedisAddress, resolveAddress } from '../../src/config/redis-address.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drover-backups-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where a server is. */
export function addressOf({ url }: { readonly url: string }): RedisAddress {
  return resolveAddress(url, undefined)!;
}

/** Makes one of a server. */
export function backUp(
  server: { readonly url: string },
  store: BackupStore,
  options: Partial<MakeBackupOptions> = {},
): Promise<BackupManifest> {
  return makeBackup({ address: addressOf(server), store, ...options });
}

/** All of what a backup holds. */
export async function plainOf(
  store: BackupStore,
  manifest: BackupManifest,
  identities: readonly string[] = [],
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPlain(store, manifest, { identities })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A server of its own that has loaded a snapshot; ended with the test. */
export async function loadSnapshot(snapshot: Buffer): Promise<RedisServer> {
  const server = await startRedis({ config: { appendonly: 'no' } });
  onTestFinished(() => server.stop());
  await server.kill();
  writeFileSync(join(server.dir, 'dump.rdb'), snapshot);
  await server.restart();
  return server;
}

/** The file names of a store. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await folderStore(folder).list()).map(({ name }) => name);
}

/** What does not compress, of that size, and always the same. */
export function noise(bytes: number): string {
  let text = '';
  for (let i = 0; text.length < bytes; i++)
    text += createHash('sha512').update(String(i)).digest('base64');
  return text.slice(0, bytes);
}

/** A store that lets somebody act when the first piece of a snapshot has come to it. */
export function actingStore(store: BackupStore, act: () => Promise<void>): BackupStore {
  return {
    where: store.where,
    get: (name, signal) => store.get(name, signal),
    list: (signal) => store.list(signal),
    delete: (name, signal) => store.delete(name, signal),
    close: () => store.close(),
    put(name, content, signal) {
      async function* acting(): AsyncGenerator<Uint8Array> {
        let isFirst = true;
        for await (const chunk of content) {
          yield chunk;
          if (isFirst) await act();
          isFirst = false;
        }
      }
      return store.put(name, name.includes('.rdb') ? acting() : content, signal);
    },
  };
}
