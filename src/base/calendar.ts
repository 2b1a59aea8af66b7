/**
 * Days, weeks and months in UTC, counted from the epoch on; and the time that a stamp in a name stands for. Pure.
 */

const DAY_MS = 24 * 3_600_000;

/** The day, counted from the epoch. */
export function utcDay(epochMs: number): number {
  return Math.floor(epochMs / DAY_MS);
}

/** The week of ISO 8601, which begins on Monday. */
export function isoWeek(epochMs: number): number {
  return Math.floor((utcDay(epochMs) + 3) / 7); // The epoch was a Thursday.
}

/** The month, counted from the year 0. */
export function utcMonth(epochMs: number): number {
  const time = new Date(epochMs);
  return 12 * time.getUTCFullYear() + time.getUTCMonth();
}

/** Epoch ms of `20261127T070000Z`; undefined when there is no such time. */
export function parseUtcStamp(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  // The 31st of April would be read as the 1st of May.
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso ? time.getTime() : undefined;
}
