/**
 * Numbers, times and sizes as people read them, in their language. Pure but for the time zone.
 */

/** How each kind of figure is written. null is always a dash: it is not known, which is not nothing. */
export interface Formats {
  /** `1,234`. */
  number(value: number | null): string;
  /** `1,234` or `12.5`: at most three digits that matter. */
  rate(value: number | null): string;
  /** A share from 0 to 1 as `4.2%`. */
  share(value: number | null): string;
  /** `420 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
  duration(ms: number | null): string;
  /** The same by its largest unit alone: `420 ms`, `1.2 s`, `3 min`, `2 h`, `4 d`. */
  brief(ms: number | null): string;
  /** `1.4 MB`. */
  bytes(value: number | null): string;
  /** `Nov 27, 14:03:22`, with the year when it is not this one. */
  time(at: number | null): string;
  /** `14:03`, for the axis of a plot. */
  clock(at: number): string;
  /** `Nov 27`. */
  day(at: number): string;
  /** The moment in full, with its time zone. */
  fullTime(at: number): string;
}

/** What is not known. */
export const UNKNOWN = '–';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** The formats of a language. */
export function createFormats(language: string): Formats {
  const plain = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const day = { day: 'numeric', month: 'short' } as const;
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const near = new Intl.DateTimeFormat(language, { ...day, ...clock, second: '2-digit' });
  const far = new Intl.DateTimeFormat(language, { ...day, year: 'numeric', ...clock });
  const hours = new Intl.DateTimeFormat(language, clock);
  const days = new Intl.DateTimeFormat(language, day);
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
  const known =
    (write: (value: number) => string) =>
    (value: number | null): string =>
      value === null || Number.isNaN(value) ? UNKNOWN : write(value);
  return {
    number: known((value) => plain.format(value)),
    rate: known((value) => short.format(value)),
    share: known((value) => share.format(value)),
    duration: known((ms) => durationIn(ms, short)),
    brief: known((ms) => /^-?\S+ \S+/.exec(durationIn(ms, short))![0]),
    bytes: known((value) => bytesIn(value, short)),
    time: known((at) =>
      (new Date(at).getFullYear() === new Date().getFullYear() ? near : far).format(at),
    ),
    clock: (at) => hours.format(at),
    day: (at) => days.format(at),
    fullTime: (at) => full.format(at),
  };
}

function durationIn(ms: number, short: Intl.NumberFormat): string {
  if (ms < 0) return `-${durationIn(-ms, short)}`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${short.format(seconds < 10 ? seconds : Math.round(seconds))} s`;
  const two = (whole: number, unit: string, rest: number, smaller: string): string =>
    rest > 0 ? `${whole} ${unit} ${rest} ${smaller}` : `${whole} ${unit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, 'min', Math.floor(seconds % 60), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function bytesIn(value: number, short: Intl.NumberFormat): string {
  let [size, unit] = [value, 0];
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${short.format(size)} ${UNITS[unit]}`;
}
