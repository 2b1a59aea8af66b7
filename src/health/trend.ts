/**
 * How many jobs ended in each of the last minutes: what a line of half an hour is drawn from. Pure.
 */
import { toFigures } from '../metrics/figures.ts';
import type { WindowRecord } from '../metrics/window-record.ts';

/** Jobs that completed or failed for good in each of `TREND_MINUTES` minutes, oldest first; null: not known. */
export type Trend = readonly (number | null)[];

/** Minutes of a trend. */
export const TREND_MINUTES = 30;

/** Nothing is known. */
export const NO_TREND: Trend = Array<null>(TREND_MINUTES).fill(null);

/** The trend up to the minute `last`, from what is kept of each minute. */
export function toTrend(minutes: ReadonlyMap<number, WindowRecord>, last: number): Trend {
  return NO_TREND.map((_, i) => {
    const minute = last - (TREND_MINUTES - 1) + i;
    const figures = toFigures({ from: 0, to: 0, record: minutes.get(minute), minutes: 1 });
    return figures.throughputPerMinute;
  });
}

/** As it is kept: `3,,0` is 3, not known, 0. Null when nothing is known. */
export function writeTrend(trend: Trend): string | null {
  if (trend.every((jobs) => jobs === null)) return null;
  return trend.map((jobs) => (jobs === null ? '' : Math.round(jobs))).join(',');
}

/** What a kept text says; null when it is none. */
export function parseTrend(text: string | null | undefined): Trend | null {
  const parts = text?.split(',') ?? [];
  if (parts.length !== TREND_MINUTES || !parts.every((part) => /^\d{0,15}$/.test(part)))
    return null;
  return parts.map((part) => (part === '' ? null : Number(part)));
}
