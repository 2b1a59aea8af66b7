/**
 * Numbers as people say them: `4 min`, `3.2 %`, `1 job`, `1.5 GB`. Pure.
 *
 * For sentences that operators read. An amount never looks smaller than it is by rounding it to nothing.
 */

/** `850 ms`, `40 s`, `4 min`, `1 h 30 min`, `3 d 4 h`. */
export function durationInWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return inTwo(minutes, 60, 'h', 'min');
  return inTwo(Math.round(minutes / 60), 24, 'd', 'h');
}

/** `0.3 %`, `12 %`; less than a tenth of a percent is `< 0.1 %`. */
export function percentInWords(ratio: number): string {
  const percent = ratio * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1 %';
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** `1 job`, `17 jobs`. */
export function countInWords(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `900 B`, `1.5 MB`, `2 GB` (powers of 1024). */
export function bytesInWords(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1_024 ** power).toFixed(1))} ${units[power]}`;
}

function inTwo(amount: number, perUnit: number, unit: string, rest: string): string {
  const left = amount % perUnit;
  return `${Math.floor(amount / perUnit)} ${unit}${left > 0 ? ` ${left} ${rest}` : ''}`;
}
