/**
 * Backups that look like real ones and are made in no time: a manifest with the file that it names.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type BackupManifest,
  backupName,
  manifestFile,
  snapshotFile,
} from '../../src/backup/manifest.ts';
import type { BackupStore } from '../../src/backup/store/backup-store.ts';

const PLAIN = Buffer.from('REDIS0010');

/** What differs from an ordinary one. */
export interface StoredBackup {
  readonly label?: string;
  readonly verifiedAt?: number | null;
  readonly encryption?: BackupManifest['encryption'];
}

/** Puts a backup into a store. @param madeAt epoch ms */
export async function storeBackup(
  store: BackupStore,
  madeAt: number,
  { label = 'queue', verifiedAt = null, encryption = 'none' }: StoredBackup = {},
): Promise<BackupManifest> {
  const name = backupName(label, madeAt);
  const packed = gzipSync(PLAIN);
  const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
  const file = snapshotFile(name, encryption);
  const manifest: BackupManifest = {
    ...{ version: 1, name, label, madeAt, encryption, verifiedAt },
    server: { kind: 'redis', version: '7.0.15', runId: 'a'.repeat(40) },
    ...{ rdbVersion: 10, offset: null, madeBy: 'drover 0.1.0' },
    stored: { file, bytes: packed.length, sha256: sha256(packed) },
    plain: { bytes: PLAIN.length, sha256: sha256(PLAIN) },
    counted: { isExact: true, keys: { least: 0, most: 0 }, queues: {} },
  };
  await store.put(file, once(packed));
  await store.put(manifestFile(name), once(Buffer.from(JSON.stringify(manifest))));
  return manifest;
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
