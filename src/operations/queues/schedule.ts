/**
 * Checks schedules before they are stored, and says them in words. Pure.
 *
 * A pattern that never fires, or that nothing can read, would stay in Redis as a scheduler that does nothing, or that
 * keeps workers busy with failing.
 */
import { CronExpressionParser } from 'cron-parser';
import cronstrue from 'cronstrue';
import { formatDuration } from '../../base/units.ts';
import { InputError } from '../../errors.ts';

/** When something runs. */
export interface Schedule {
  readonly pattern?: string;
  readonly everyMs?: number;
  readonly timeZone?: string;
}

const LONGEST_PATTERN = 120;
const FIELDS = /^\S+(?: +\S+){4,5}$/;

/** Throws INPUT_INVALID. @param now epoch ms */
export function checkSchedule({ pattern, everyMs, timeZone }: Schedule, now: number): void {
  if (pattern !== undefined && everyMs !== undefined)
    throw new InputError('/every', 'give either `pattern` or `every`, not both');
  if (pattern === undefined && everyMs === undefined)
    throw new InputError(
      '/pattern',
      'give `pattern`, such as "0 9 * * 1-5", or `every`, such as "5m"',
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw new InputError('/timeZone', `"${timeZone}" is no time zone: write it as "Europe/Berlin"`);
  if (pattern !== undefined) checkPattern(pattern, timeZone, now);
}

/** As a sentence. What cannot be read is said as it is. */
export function inWords({ pattern, everyMs, timeZone }: Schedule): string {
  if (everyMs !== undefined) return `Every ${formatDuration(everyMs)}`;
  if (pattern === undefined) return 'No schedule that this version can read';
  const zone = timeZone === undefined ? '' : ` (${timeZone})`;
  try {
    return `${describe(pattern)}${zone}`;
  } catch {
    return `${pattern}${zone}`;
  }
}

function checkPattern(pattern: string, tz: string | undefined, now: number): void {
  if (pattern.length > LONGEST_PATTERN || !FIELDS.test(pattern))
    throw new InputError('/pattern', 'must have five or six fields, such as "0 9 * * 1-5"');
  let next: number;
  try {
    const options = { currentDate: now, ...(tz !== undefined && { tz }) };
    next = CronExpressionParser.parse(pattern, options).next().getTime();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError('/pattern', `"${pattern}" never fires or cannot be read: ${reason}`);
  }
  if (!(next > now)) throw new InputError('/pattern', `"${pattern}" never fires`);
}

function describe(pattern: string): string {
  return cronstrue.toString(pattern, { use24HourTimeFormat: true });
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
}
