/**
 * What a chart is made of: lines over the same moments, and how their figures are written. Pure.
 */
import type { Formats } from '../words/formats.ts';

/** A line. */
export interface ChartLine {
  readonly label: string;
  /** One for each moment; null: not known, which leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Its colour, `--chart-1` to `--chart-5`. */
  readonly tint: 1 | 2 | 3 | 4 | 5;
  /**
   * `area` fills what is below it · `steps` stays as it is until it changes · `level` is something promised: it does not
   * press what was measured flat on the ground. @default 'line'
   */
  readonly drawnAs?: 'line' | 'area' | 'steps' | 'level';
}

/** What is counted: a rate, ms, or whole things. */
export type ChartUnit = 'rate' | 'duration' | 'count';

/** Dashes of the lines in their order: they differ without their colours, too. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
/** Of a level. */
const LEVEL_DASH = [4, 4];

/** The dashes of one line of a chart. */
export function dashOf(line: ChartLine, place: number): readonly number[] {
  return line.drawnAs === 'level' ? LEVEL_DASH : DASHES[place % DASHES.length]!;
}

/** How figures of a unit are written. */
export function writerOf(unit: ChartUnit, formats: Formats): (value: number | null) => string {
  const { rate, duration, number } = formats;
  return { rate, duration, count: number }[unit];
}

/** A level so many times higher than all that was measured is left out of the plot. */
const FAR_ABOVE = 4;

/** The highest value that a plot has to show; 0 when nothing is known. */
export function topOf(lines: readonly ChartLine[]): number {
  const most = (wanted: readonly ChartLine[]): number =>
    wanted.reduce(
      (top, { values }) => values.reduce<number>((a, b) => Math.max(a, b ?? 0), top),
      0,
    );
  const measured = most(lines.filter(({ drawnAs }) => drawnAs !== 'level'));
  const level = most(lines.filter(({ drawnAs }) => drawnAs === 'level'));
  return measured === 0 || level <= FAR_ABOVE * measured ? Math.max(measured, level) : measured;
}

/** Whether anything was measured. */
export function isKnown(lines: readonly ChartLine[]): boolean {
  return lines.some(
    ({ drawnAs, values }) => drawnAs !== 'level' && values.some((value) => value !== null),
  );
}

/** The last moment of which anything is known; the last one when nothing is. */
export function lastKnown(times: readonly number[], lines: readonly ChartLine[]): number {
  const measured = lines.filter(({ drawnAs }) => drawnAs !== 'level');
  const last = times.findLastIndex((_, i) => measured.some(({ values }) => values[i] !== null));
  return last < 0 ? times.length - 1 : last;
}

/** Moments more than so far apart are told by their day. */
const DAYS_FROM_MS = 2 * 86_400_000;

/** How moments of a span are written on an axis. */
export function clockOf(times: readonly number[], formats: Formats): (at: number) => string {
  return (times.at(-1) ?? 0) - (times[0] ?? 0) > DAYS_FROM_MS ? formats.day : formats.clock;
}
