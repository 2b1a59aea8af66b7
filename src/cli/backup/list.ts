/**
 * `drover backup list`: what backups a folder or a bucket has, and what is wrong with those that cannot be used.
 */
import { type ListedBackup, listBackups } from '../../backup/keep/list-backups.ts';
import { openStore } from '../../backup/store/open-store.ts';
import { systemClock } from '../../base/clock.ts';
import { EXIT } from '../failure.ts';
import { fieldsOf } from '../input.ts';
import { surroundings } from '../surroundings.ts';
import { present, type Work } from '../work.ts';

interface Wishes {
  readonly from?: string;
  readonly label?: string;
}

const USUAL_PLACE = './backups';

/** Lists them. */
export async function backupList(work: Work): Promise<number> {
  const { command, typed, interrupted } = work;
  const { from = USUAL_PLACE, label } = fieldsOf(command, typed) as Wishes;
  const store = openStore(from, surroundings());
  try {
    const backups = await listBackups(store, { label, signal: interrupted() });
    const now = systemClock.now();
    await present(
      {
        where: store.where,
        backups: backups.map((each) => ({ ...each, ageMs: ageOf(each, now) })),
      },
      command.view!,
      work,
    );
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

/** null: not known, or dated ahead of now. */
function ageOf({ madeAt }: ListedBackup, now: number): number | null {
  return madeAt === null || madeAt > now ? null : now - madeAt;
}
