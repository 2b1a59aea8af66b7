/**
 * Proves that a backup can be used: reads it whole, loads it into a server of its own and counts what is in it.
 *
 * When all is as promised, the manifest gets the time. Nothing else is changed; the data leaves no trace on this machine.
 */
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Comparison, compareBackup } from './compare-backup.ts';
import { fetchPlain } from './fetch-plain.ts';
import { type BackupManifest, manifestFile } from './manifest.ts';
import { readManifest } from './read-backup.ts';
import { checkSpace } from './restore/data-folder.ts';
import { readLoadedData } from './scratch/loaded-data.ts';
import { withScratchFolder } from './scratch/scratch-folder.ts';
import { startScratchServer } from './scratch/scratch-server.ts';
import type { BackupStore } from './store/backup-store.ts';

/** What long work says of itself; the ratio from 0 to 1 where it is known. */
export type OnProgress = (step: string, ratio: number | null) => void | Promise<void>;

/** What is verified, and with what. */
export interface VerifyOptions {
  readonly store: BackupStore;
  readonly name: string;
  /** Of age. */
  readonly identities?: readonly string[];
  /** The program; one on PATH by default. */
  readonly redisServer?: string | undefined;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** What a verification found. */
export interface Verification extends Comparison {
  readonly name: string;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly verifiedAt: number;
  readonly tookMs: number;
  /** Of the data, unpacked. */
  readonly bytes: number;
}

/** Verifies. Rejects with BACKUP_DAMAGED when it cannot be read or loaded; what is missing in it is in the report. */
export async function verifyBackup(options: VerifyOptions): Promise<Verification> {
  const { store, name, clock = systemClock, signal } = options;
  const startedAt = clock.monotonic();
  const manifest = await readManifest(store, name, signal);
  const comparison = await compareLoaded(options, manifest);
  const verifiedAt = clock.now();
  if (comparison.isRight) await writeVerifiedAt(store, manifest, verifiedAt);
  return {
    ...{ name, madeAt: manifest.madeAt, verifiedAt },
    tookMs: Math.round(clock.monotonic() - startedAt),
    bytes: manifest.plain.bytes,
    ...comparison,
  };
}

function compareLoaded(
  { store, identities = [], redisServer, onProgress, signal }: VerifyOptions,
  manifest: BackupManifest,
): Promise<Comparison> {
  return withScratchFolder(async (folder) => {
    await checkSpace(folder, manifest.plain.bytes, 'name another folder with TMPDIR');
    const read = { identities, ...(signal && { signal }) };
    await fetchPlain(store, manifest, join(folder, 'dump.rdb'), read, (ratio) =>
      onProgress?.('reads', ratio),
    );
    const server = await startScratchServer({
      ...{ folder, program: redisServer, signal },
      onLoading: (ratio) => onProgress?.('loads', ratio),
    });
    try {
      await onProgress?.('compares', null);
      const asked = Object.keys(manifest.counted.queues);
      return compareBackup(manifest, await readLoadedData(server.client, asked));
    } finally {
      await server.stop();
    }
  });
}

async function writeVerifiedAt(
  store: BackupStore,
  manifest: BackupManifest,
  verifiedAt: number,
): Promise<void> {
  const text = `${JSON.stringify({ ...manifest, verifiedAt }, null, 2)}\n`;
  await store.put(manifestFile(manifest.name), once(Buffer.from(text)));
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
