/**
 * What is written beside a backup: what it is, whence it came, and what must be in it. Pure.
 *
 * A backup is two files of a store: `<name>.rdb.gz` (`.age` behind it when it is encrypted) and `<name>.json`, this
 * manifest. The manifest is written last: without it there is no backup, only a file that nobody asks for. The name has
 * the label of the instance and the time in UTC, so that names sort by time: `queue-20261127T070000Z`.
 */
import { z } from 'zod';
import { utcStamp } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';

/** All states that are counted. */
export const COUNTED_STATES = [
  'waiting',
  'paused',
  'active',
  'delayed',
  'prioritized',
  'waitingChildren',
  'completed',
  'failed',
] as const;

/** Jobs of a queue by state, as its lists and sets have them. */
export type StateCounts = Readonly<Record<(typeof COUNTED_STATES)[number], number>>;

/** Names of backups: label and time. */
export const BACKUP_NAME: RegExp = /^([a-z0-9][a-z0-9-]{0,39})-(\d{8}T\d{6}Z)$/;

/** A backup's manifest. */
export interface BackupManifest {
  readonly version: 1;
  readonly name: string;
  readonly label: string;
  /** Epoch ms, when the snapshot began. */
  readonly madeAt: number;
  readonly server: {
    readonly kind: 'redis' | 'valkey';
    readonly version: string;
    readonly runId: string;
  };
  /** Of the RDB format: a server loads only what is not newer than its own. */
  readonly rdbVersion: number;
  /** As it lies in the store. */
  readonly stored: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** Unpacked and decrypted. */
  readonly plain: { readonly bytes: number; readonly sha256: string };
  readonly encryption: 'none' | 'age';
  /** Place of the snapshot in the stream of writes; null where it is not known. */
  readonly offset: number | null;
  readonly counted: {
    /** Counted at the very place of the snapshot; otherwise `least` and `most` were seen around it. */
    readonly isExact: boolean;
    readonly keys: { readonly least: number; readonly most: number };
    /** By label of the queue, `name` or `prefix:name`. */
    readonly queues: Readonly<
      Record<string, { readonly least: StateCounts; readonly most: StateCounts }>
    >;
  };
  /** Epoch ms of the last load into a scratch server that found all of that; null: never. */
  readonly verifiedAt: number | null;
  /** Program and version. */
  readonly madeBy: string;
}

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const counts = z.strictObject({
  ...{ waiting: count, paused: count, active: count, delayed: count, prioritized: count },
  ...{ waitingChildren: count, completed: count, failed: count },
});
const MANIFEST: z.ZodType<BackupManifest> = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(BACKUP_NAME),
  label: z.string(),
  madeAt: count,
  server: z.strictObject({
    kind: z.enum(['redis', 'valkey']),
    version: z.string(),
    runId: z.string(),
  }),
  rdbVersion: count,
  stored: z.strictObject({ file: z.string(), bytes: count, sha256 }),
  plain: z.strictObject({ bytes: count, sha256 }),
  encryption: z.enum(['none', 'age']),
  offset: count.nullable(),
  counted: z.strictObject({
    isExact: z.boolean(),
    keys: z.strictObject({ least: count, most: count }),
    queues: z.record(z.string(), z.strictObject({ least: counts, most: counts })),
  }),
  verifiedAt: count.nullable(),
  madeBy: z.string(),
});

/** Reads one. Throws BACKUP_DAMAGED. @param from its file, for the message */
export function parseManifest(text: string, from: string): BackupManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(from, 'it is not JSON');
  }
  const parsed = MANIFEST.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(from, `${issue!.path.join('.') || 'it'}: ${issue!.message}`);
}

function damaged(from: string, why: string): CoordinatorError {
  return new CoordinatorError(
    'BACKUP_DAMAGED',
    `The manifest ${from} cannot be used (${why}): take another backup`,
  );
}

/** The name of a backup that begins then. @param madeAt epoch ms */
export function backupName(label: string, madeAt: number): string {
  return `${label}-${utcStamp(madeAt)}`;
}

/** File of the snapshot of a backup. */
export function snapshotFile(name: string, encryption: BackupManifest['encryption']): string {
  return `${name}.rdb.gz${encryption === 'age' ? '.age' : ''}`;
}

/** File of the manifest of a backup. */
export function manifestFile(name: string): string {
  return `${name}.json`;
}
