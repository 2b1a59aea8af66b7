/**
 * Makes a backup: counts the queues, copies a snapshot into the store, and writes the manifest last.
 *
 * The snapshot flows from Redis through gzip and age into the store, one piece after the other: memory stays small, and a
 * slow store slows Redis's child down and nothing else. Whatever fails, and wherever this process is killed: without a
 * manifest there is no backup, and earlier ones are never touched.
 */
import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { RedisAddress } from '../../config/redis-address.ts';
import { CoordinatorError } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import {
  BACKUP_NAME,
  type BackupManifest,
  backupName,
  manifestFile,
  snapshotFile,
} from '../manifest.ts';
import { checkRecipients, pack } from '../pack.ts';
import type { BackupStore } from '../store/backup-store.ts';
import type { BackupInfo } from './backup-info.ts';
import { type ClaimedName, claimName } from './claim-name.ts';
import { countedOf, countQueues, type QueueCounts } from './queue-counts.ts';
import { openSocket, type RedisSocket, type SocketOptions } from './redis-socket.ts';
import { askInfo, openSnapshot, type Snapshot, shardsOf } from './snapshot-stream.ts';

/** How a backup is made. */
export interface MakeBackupOptions {
  readonly address: RedisAddress;
  readonly store: BackupStore;
  /** Lower-case letters, digits and hyphens. @default `queue` */
  readonly label?: string;
  /** Of age; none: it is not encrypted. */
  readonly recipients?: readonly string[];
  /** Also of a cache, or of one shard of several. */
  readonly isForced?: boolean;
  /** Ends it; then it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly connectMs?: number;
  readonly silenceMs?: number;
  readonly onProgress?: (progress: BackupProgress) => void;
  /** Told what the manifest lacks. */
  readonly onRemark?: (text: string) => void;
  readonly clock?: Clock;
}

/** How far it is. */
export interface BackupProgress {
  readonly copiedBytes: number;
  /** Of the snapshot, or what Redis uses in memory while that is not known: about as much. */
  readonly expectedBytes: number | null;
}

/** Makes one; its manifest. Throws CONFIG_INVALID, QUEUE_UNAVAILABLE and BACKUP_FAILED. */
export async function makeBackup(options: MakeBackupOptions): Promise<BackupManifest> {
  const { address, store, label = 'queue', recipients = [], signal, clock = systemClock } = options;
  if (!BACKUP_NAME.test(backupName(label, 0)))
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `"${label}" is no label of backups: it has up to 40 lower-case letters, digits and hyphens, and begins with no hyphen`,
    );
  await checkRecipients(recipients);
  const { connectMs, silenceMs } = options;
  const waiting: SocketOptions = { signal, connectMs, silenceMs, clock };
  const socket = await openSocket(address, waiting);
  let claimed: ClaimedName | undefined;
  try {
    const info = await askInfo(socket);
    await mustBeFit(info, socket, options.isForced === true);
    claimed = await claimName(store, label, clock, signal);
    return await copy({ ...options, label, recipients }, { socket, info, claimed, waiting });
  } finally {
    socket.close();
    await claimed?.release();
  }
}

/** What is known when it begins. */
interface Begun {
  readonly socket: RedisSocket;
  readonly info: BackupInfo;
  readonly claimed: ClaimedName;
  readonly waiting: SocketOptions;
}

async function copy(
  options: MakeBackupOptions & { readonly label: string; readonly recipients: readonly string[] },
  { socket, info, claimed, waiting }: Begun,
): Promise<BackupManifest> {
  const { address, store, label, recipients, signal } = options;
  const { name, madeAt } = claimed;
  const database = Number(address.client.db ?? 0);
  const before = await countQueues(socket, database);
  if (before.refusal !== null) options.onRemark?.(uncounted(before.refusal));
  let after: Promise<QueueCounts> = Promise.resolve(before);
  const snapshot = await openSnapshot(address, waiting, () => {
    // A snapshot that is whole is worth more than a second count of its queues.
    after = countQueues(socket, database).catch(() => before);
  });
  const encryption = recipients.length > 0 ? 'age' : 'none';
  const file = snapshotFile(name, encryption);
  try {
    const { plain, stored } = await transfer(snapshot, file, options, info);
    const manifest: BackupManifest = {
      ...{ version: 1, name, label, madeAt, rdbVersion: snapshot.rdbVersion, encryption },
      server: serverOf(info),
      stored: { file, ...stored },
      plain,
      offset: snapshot.offset,
      counted: countedOf(before, await after, snapshot),
      ...{ verifiedAt: null, madeBy: `drover ${VERSION}` },
    };
    await store.put(manifestFile(name), textOf(manifest), signal);
    return manifest;
  } catch (error) {
    // The manifest may be there although that could not be made sure. What stays of the rest is no backup.
    for (const each of [manifestFile(name), file]) await store.delete(each).catch(() => {});
    signal?.throwIfAborted();
    throw error;
  } finally {
    snapshot.close();
  }
}

interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Copies the snapshot into the store; what it was before and after packing. */
async function transfer(
  snapshot: Snapshot,
  file: string,
  { store, recipients = [], signal, onProgress = () => {} }: MakeBackupOptions,
  info: BackupInfo,
): Promise<{ plain: Digest; stored: Digest }> {
  const expectedBytes = snapshot.bytes ?? info.server.usedBytes;
  const plain = measured((copiedBytes) => onProgress({ copiedBytes, expectedBytes }));
  const stored = measured(() => {});
  const packed = await pack(plain.of(snapshot.content), recipients);
  await store.put(file, stored.of(packed), signal);
  return { plain: plain.digest(), stored: stored.digest() };
}

/** Takes the length and the checksum of what passes. */
function measured(passed: (bytes: number) => void): {
  of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  digest(): Digest;
} {
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    async *of(source) {
      for await (const chunk of source) {
        hash.update(chunk);
        bytes += chunk.length;
        passed(bytes);
        yield chunk;
      }
    },
    digest: () => ({ bytes, sha256: hash.digest('hex') }),
  };
}

/** Throws when a backup of it would be of no use. */
async function mustBeFit(info: BackupInfo, socket: RedisSocket, isForced: boolean): Promise<void> {
  const { server } = info;
  const { where } = socket;
  const policy = server.maxMemoryPolicy;
  if (server.flavour === 'dragonfly')
    throw new CoordinatorError(
      'NOT_SUPPORTED',
      `Redis at ${where} is a Dragonfly, whose snapshots are its own: use its --snapshot_cron`,
    );
  if (server.figures.replication.linkStatus === 'down')
    throw new CoordinatorError(
      'BACKUP_FAILED',
      `Redis at ${where} is a replica whose link to its primary is down: its data is old. Take the primary, or wait`,
    );
  if (isForced) return;
  if (policy !== null && policy !== 'noeviction')
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `Redis at ${where} evicts keys (maxmemory-policy ${policy}): a cache needs no backup. Give the address of the Redis of the queues, or say --force`,
    );
  const shards = server.mode === 'cluster' ? await shardsOf(socket) : 1;
  if (shards === null || shards > 1)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `Redis at ${where} is one of ${shards ?? 'several'} shards of a cluster: back up each by its own address, with a --label of its own and --force`,
    );
}

function serverOf({ server }: BackupInfo): BackupManifest['server'] {
  return {
    kind: server.flavour === 'valkey' ? 'valkey' : 'redis',
    version: server.version ?? 'unknown',
    runId: server.runId ?? 'unknown',
  };
}

function uncounted(refusal: string): string {
  return `The queues could not be counted, so it cannot be told later whether all of their jobs are in the backup (${refusal}): give the user the rights of the role "backup", which "drover acl print backup" prints`;
}

async function* textOf(manifest: BackupManifest): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}
