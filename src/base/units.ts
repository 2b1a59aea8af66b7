/**
 * Durations and sizes as people write them: `'30s'`, `'24h'`, `'64kb'`; and times as people read them.
 *
 * Pure. A plain number is already in the base unit (milliseconds, bytes). A string without a unit is
 * refused: `'30'` says nothing.
 */

/** Milliseconds, or a number with one of the units ms, s, m, h, d. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;
/** Bytes, or a number with one of the units b, kb, mb, gb (powers of 1024). */
export type Size = number | `${number}${'b' | 'kb' | 'mb' | 'gb'}`;

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { b: 1, kb: 1_024, mb: 1_048_576, gb: 1_073_741_824 } as const;

function parse(input: number | string, units: Record<string, number>): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) && input >= 0 ? input : undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(input);
  const unit = match && units[match[2]!.toLowerCase()];
  return unit ? Math.round(Number(match[1]) * unit) : undefined;
}

/** Milliseconds of a duration, or `undefined` when it is none. */
export function parseDuration(input: number | string): number | undefined {
  return parse(input, MS);
}

/** Bytes of a size, or `undefined` when it is none. */
export function parseSize(input: number | string): number | undefined {
  return parse(input, BYTES);
}

/** `950` → `950ms`, `40_000` → `40s`, `5_400_000` → `1h 30m`: for lines that people read. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3_600)}h ${Math.floor((seconds % 3_600) / 60)}m`;
}

/** `950` → `950 B`, `70_211` → `69 KB`: for lines that people read. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Math.round(bytes / 1_024 ** power)} ${units[power]}`;
}

/** Epoch ms as `2026-03-01 14:05 UTC`; undefined when it is no time. */
export function formatTime(epochMs: number): string | undefined {
  const time = new Date(epochMs);
  if (Number.isNaN(time.getTime())) return undefined;
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Epoch ms as `20260301T140559Z`: for names, which then sort by time. */
export function utcStamp(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The time that JSON has of a `Date`, null being one that is no time; undefined for any other text. */
export function parseJsonTime(text: string | null): Date | undefined {
  if (text === null) return new Date(Number.NaN);
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text ? time : undefined;
}
