/**
 * How many slots the schedule of a pool asks for at a moment. Pure.
 *
 * A floor holds for `forMs` from each time on that its cron expression names, on the clock of its time zone; `forMs`
 * itself is real time, so that a floor over a change of the clocks is neither longer nor shorter. A time that the
 * change leaves out is held an hour later, and one that it brings twice is held once.
 *
 * The parser finds both only when it comes from before the change: asked for the next time after a moment in the
 * hour that follows it, it forgets the first kind and finds the second kind again, and backwards it always does
 * (cron-parser 5.10). So it is never asked backwards, and close to a change from an hour before.
 */
import { CronDate, CronExpressionParser } from 'cron-parser';
import type { PoolFloor } from '../workers/pool-settings.ts';

/** The parts of a floor that name its times. */
type Times = Pick<PoolFloor, 'cron' | 'timeZone'>;

/** No time of the expression is in here, but for `until` itself. */
interface Gap {
  readonly from: number;
  readonly until: number;
}

/** By how much clocks are changed. */
const CHANGE_MS = 3_600_000;
const DAY_MINUTES = 1_440;
/** More expressions than a fleet has; beyond them they are forgotten and found again. */
const MOST_KEPT = 10_000;

/**
 * Finds the times that cron expressions name, and remembers the last one it found for each.
 *
 * Finding one takes up to half a millisecond, and the leader asks for every queue every second; remembered ones are
 * found in half a microsecond (measured).
 */
export class Occurrences {
  readonly #gaps = new Map<string, Gap>();

  /** The first time after `after`, epoch ms; `Infinity` when there is none, or the expression cannot be read. */
  next({ cron, timeZone }: Times, after: number): number {
    const key = `${timeZone} ${cron}`;
    const gap = this.#gaps.get(key);
    if (gap && gap.from <= after && after < gap.until) return gap.until;
    const until = nextTime({ cron, timeZone }, after);
    if (this.#gaps.size >= MOST_KEPT) this.#gaps.clear();
    this.#gaps.set(key, { from: after, until });
    return until;
  }
}

/**
 * The highest floor that holds at a moment or begins within `aheadMs` after it; 0 when there is none.
 *
 * @param at epoch ms
 * @param occurrences kept by who asks again and again
 */
export function scheduleFloor(
  schedule: readonly PoolFloor[],
  at: number,
  aheadMs: number,
  occurrences: Occurrences = new Occurrences(),
): number {
  let highest = 0;
  for (const floor of schedule) {
    if (floor.min <= highest) continue;
    if (occurrences.next(floor, at - floor.forMs) <= at + aheadMs) highest = floor.min;
  }
  return highest;
}

/** What was checked by a host of another version may be unreadable here: no floor is better than no plan. */
function nextTime({ cron, timeZone }: Times, after: number): number {
  try {
    const from = isAfterChange(after, timeZone) ? after - CHANGE_MS : after;
    const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(from) });
    let next = times.next().getTime();
    while (next <= after) next = times.next().getTime();
    return next;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Whether the clocks of a time zone were changed in the hour before. */
function isAfterChange(at: number, timeZone: string): boolean {
  const passed = minuteOf(at, timeZone) - minuteOf(at - CHANGE_MS, timeZone);
  return (passed + DAY_MINUTES) % DAY_MINUTES !== CHANGE_MS / 60_000;
}

/** Of the day, by the clock of a time zone. */
function minuteOf(at: number, timeZone: string): number {
  const time = new CronDate(new Date(at), timeZone);
  return time.getHours() * 60 + time.getMinutes();
}
