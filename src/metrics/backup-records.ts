/**
 * What Redis itself knows of its backups: for each label the last one, and the last one that was verified.
 *
 * Whoever makes or verifies a backup writes it down, the doctor and metrics read it. It is a note and no proof: after a
 * restore it is as old as what was restored, which is true.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** Of one label. */
export interface BackupRecord {
  readonly label: string;
  /** Of the last backup. */
  readonly name: string;
  /** Epoch ms, when its snapshot began. */
  readonly madeAt: number;
  /** As it lies in its store. */
  readonly bytes: number;
  /** Epoch ms, when one was last verified; null: never. */
  readonly verifiedAt: number | null;
  /** That one. */
  readonly verifiedName: string | null;
}

/** All of them, by label. Rejects as the connection does. */
export async function readBackups(
  redis: Pick<Redis, 'hgetall'>,
  keys: Pick<Keys, 'backups'>,
): Promise<readonly BackupRecord[]> {
  const stored = await redis.hgetall(keys.backups());
  return Object.entries(stored)
    .flatMap(([label, text]) => parseBackupRecord(label, text) ?? [])
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** One of them; undefined when it is none. */
export function parseBackupRecord(label: string, text: string): BackupRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, madeAt, bytes, verifiedAt, verifiedName } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !isCount(madeAt) || !isCount(bytes)) return undefined;
  return {
    ...{ label, name, madeAt, bytes },
    verifiedAt: isCount(verifiedAt) ? verifiedAt : null,
    verifiedName: typeof verifiedName === 'string' ? verifiedName : null,
  };
}

/** As it is stored; the label is the field. */
export function writeBackupRecord({ label: _, ...record }: BackupRecord): string {
  return JSON.stringify(record);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
