/**
 * The flags of rotation, and rotation after a backup was made: whatever becomes of it, the new backup is there.
 */

import { type Rotated, rotate } from '../../backup/keep/rotate.ts';
import { KEEP, type Keep } from '../../backup/keep/rotation.ts';
import type { BackupStore } from '../../backup/store/backup-store.ts';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../errors.ts';
import { UsageError } from '../failure.ts';
import { printable } from '../printable.ts';
import type { Work } from '../work.ts';

/** How many are kept, as typed. */
export interface KeepFlags {
  readonly keepRecent?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
}

/** What those flags say. Throws USAGE. */
export function keepOf(flags: KeepFlags): Keep {
  const keep = {
    recent: flags.keepRecent ?? KEEP.recent,
    daily: flags.keepDaily ?? KEEP.daily,
    weekly: flags.keepWeekly ?? KEEP.weekly,
    monthly: flags.keepMonthly ?? KEEP.monthly,
  };
  for (const [name, count] of Object.entries(keep))
    if (!Number.isInteger(count) || count < 0)
      throw new UsageError(`--keep-${name} is how many backups are kept: 0 or more`);
  return keep;
}

/** Lets old ones of the label go; undefined when that failed, which is said. Never rejects. */
export async function rotateBackups(
  { console }: Pick<Work, 'console'>,
  store: BackupStore,
  label: string,
  keep: Keep,
  signal: AbortSignal,
): Promise<Rotated | undefined> {
  try {
    const rotated = await rotate(store, { label, keep, now: systemClock.now(), signal });
    for (const name of rotated.ahead)
      console.say(
        printable(`${name} is dated ahead of now: a clock was wrong. It stays until you delete it`),
      );
    return rotated;
  } catch (error) {
    const why = signal.aborted ? 'it was stopped' : messageOf(error);
    console.say(
      printable(
        `The backup was made, but old ones could not all be deleted: ${why}. The next backup goes on with it`,
      ),
    );
    return undefined;
  }
}
