/**
 * Tells Redis of a backup that was made or verified, so that its doctor and metrics know.
 *
 * A record never goes back in time, whichever of two runs ends first; only what is dated ahead of now gives way, or a clock
 * that leapt once would silence it until then. A Redis that does not take the note fails nothing: the backup is there.
 *
 * It is read, written and read again until it holds. No script, since whoever makes backups may run none: of two that
 * write within the same millisecond one may be lost, until the next backup is noted.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import { messageOf } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import {
  type BackupRecord,
  parseBackupRecord,
  writeBackupRecord,
} from '../../metrics/backup-records.ts';
import type { BackupManifest } from '../manifest.ts';

/** Sends a command and resolves to its reply. */
export type Ask = (...words: string[]) => Promise<unknown>;

/** What is written down of a backup. */
export type Recorded = Pick<BackupManifest, 'name' | 'label' | 'madeAt' | 'stored' | 'verifiedAt'>;

const DEADLINE_MS = 5_000;
const MOST_TRIES = 10;
/** Clocks of two machines may differ by so much. */
const AHEAD_MS = 5 * 60_000;

/** Writes it down; when that was not possible, why, as a line to be told. Never rejects. */
export async function recordBackup(
  ask: Ask,
  keys: Pick<Keys, 'backups'>,
  backup: Recorded,
  clock: Clock = systemClock,
): Promise<string | null> {
  try {
    const written = await withDeadline(
      write(ask, keys.backups(), backup, clock),
      DEADLINE_MS,
      clock,
    );
    return written.settled ? null : told('it did not answer within 5 s');
  } catch (error) {
    return told(reasonOf(messageOf(error), keys.backups()));
  }
}

async function write(ask: Ask, key: string, backup: Recorded, clock: Clock): Promise<void> {
  const { label } = backup;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const reply = await ask('HGET', key, label);
    const held = reply === null || reply === undefined ? '' : String(reply);
    const record = merged(parseBackupRecord(label, held), backup, clock.now());
    const text = writeBackupRecord(record);
    if (text === held) return;
    await ask('HSET', key, label, text);
  }
  throw new Error('others write to it all the time');
}

/** The record with what this backup adds to it. @param now epoch ms */
export function merged(
  held: BackupRecord | undefined,
  { name, label, madeAt, stored, verifiedAt }: Recorded,
  now: number,
): BackupRecord {
  const isNewer = (at: number, than: number | null | undefined): boolean =>
    than === null || than === undefined || at >= than || than > now + AHEAD_MS;
  const made = { name, madeAt, bytes: stored.bytes };
  const verified = { verifiedAt, verifiedName: verifiedAt === null ? null : name };
  const isVerifiedNewer = verifiedAt !== null && isNewer(verifiedAt, held?.verifiedAt);
  return {
    label,
    ...(!held || isNewer(madeAt, held.madeAt)
      ? made
      : { name: held.name, madeAt: held.madeAt, bytes: held.bytes }),
    ...(!held || isVerifiedNewer
      ? verified
      : { verifiedAt: held.verifiedAt, verifiedName: held.verifiedName }),
  };
}

function told(reason: string): string {
  return `Redis was not told of this backup (${reason}): its doctor and metrics will not know of it. The backup itself is as it should be.`;
}

const REASONS: readonly (readonly [said: RegExp, reason: (key: string) => string])[] = [
  [/NOPERM|no permissions/i, (key) => `its user lacks ~${key} +hget +hset`],
  [/READONLY|MASTERDOWN/, () => 'it is a replica, which takes no writes'],
  [/\bOOM\b/, () => 'its memory is full'],
  [/MISCONF/, () => 'it refuses writes because it cannot write to its disk'],
];

function reasonOf(message: string, key: string): string {
  return REASONS.find(([said]) => said.test(message))?.[1](key) ?? message.slice(0, 120);
}
