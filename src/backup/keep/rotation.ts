/**
 * Which backups of a label may go. Pure.
 *
 * Kept are the newest `recent` ones, and of the last so many days, weeks and months that have backups at all the newest of
 * each: counted, not by age, so that backups that were not made for a while take none of the old ones along. Beyond any
 * count the newest stays, and the newest that was verified.
 *
 * A clock may jump. What is dated ahead of now neither goes nor takes the place of another one; and a clock that is wrong
 * itself can at most add days to count, never age a backup.
 */
import { isoWeek, utcDay, utcMonth } from '../../base/calendar.ts';

/** How many are kept; 0 keeps none for that reason. */
export interface Keep {
  readonly recent: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/** 24 h of quarter-hours, a week of days, two months of weeks, a year of months. */
export const KEEP: Keep = { recent: 96, daily: 7, weekly: 8, monthly: 12 };

/** What is known of a backup. */
export interface Dated {
  readonly name: string;
  readonly label: string;
  /** Epoch ms. */
  readonly madeAt: number;
  /** Epoch ms; null: never. */
  readonly verifiedAt: number | null;
}

/** Names of the backups that may go, oldest first. @param now epoch ms */
export function backupsToDelete(
  backups: readonly Dated[],
  label: string,
  keep: Keep,
  now: number,
): readonly string[] {
  const own = backups.filter((each) => each.label === label);
  const newestFirst = own
    .filter(({ madeAt }) => madeAt <= now)
    .sort((a, b) => b.madeAt - a.madeAt || (a.name < b.name ? 1 : -1));
  const kept = new Set([
    ...newestFirst.slice(0, Math.max(1, keep.recent)),
    ...newestOfEach(newestFirst, utcDay, keep.daily),
    ...newestOfEach(newestFirst, isoWeek, keep.weekly),
    ...newestOfEach(newestFirst, utcMonth, keep.monthly),
    ...newestFirst.filter(({ verifiedAt }) => verifiedAt !== null).slice(0, 1),
  ]);
  return newestFirst
    .filter((each) => !kept.has(each))
    .map(({ name }) => name)
    .reverse();
}

/** The newest of each of the last so many periods that have any. */
function newestOfEach(
  newestFirst: readonly Dated[],
  periodOf: (at: number) => number,
  count: number,
): readonly Dated[] {
  const newest = new Map<number, Dated>();
  for (const each of newestFirst) {
    const period = periodOf(each.madeAt);
    if (!newest.has(period)) newest.set(period, each);
  }
  return [...newest.values()].slice(0, count);
}
