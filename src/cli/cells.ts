/**
 * Values of an answer as people read them. Pure.
 *
 * What is not known is a dash, never 0.
 */
import { formatDuration, formatSize, formatTime } from '../base/units.ts';
import type { Format } from './command.ts';
import { printable } from './printable.ts';

/** What stands where nothing is known. */
export const UNKNOWN = '-';

/** The value at `counts.waiting` of an answer. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, part) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, part)
          ? (inner as Record<string, unknown>)[part]
          : undefined,
      value,
    );
}

/** A value for people, on one line. */
export function toCell(value: unknown, format: Format = 'text'): string {
  if (value === null || value === undefined) return UNKNOWN;
  return printable(FORMATS[format](value)) || UNKNOWN;
}

/** How the field at a path is written, by the unit in its name: `load.cpuRatio`, `startedAt`, `ms`. */
export function formatOf(path: string): Format {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return UNITS.find(([named]) => named.test(name))?.[1] ?? 'text';
}

const UNITS: readonly (readonly [named: RegExp, format: Format])[] = [
  [/^at$|At$|Seen$|^since$|Since$|^until$/, 'time'],
  [/^ms$|Ms$/, 'duration'],
  [/Seconds$/, 'seconds'],
  [/^bytes$|Bytes$/, 'bytes'],
  [/Ratio$/, 'ratio'],
];

/** A value for programs that read rows: numbers and times as they are. */
export function toPlainCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const number = (value: unknown, of: (n: number) => string): string =>
  typeof value === 'number' && Number.isFinite(value) ? of(value) : textOf(value);

const FORMATS: Readonly<Record<Format, (value: unknown) => string>> = {
  text: (value) => textOf(value),
  json: (value) => JSON.stringify(value),
  number: (value) => number(value, rounded),
  duration: (value) => number(value, formatDuration),
  seconds: (value) => number(value, (n) => formatDuration(n * 1_000)),
  time: (value) => number(value, (n) => (n === 0 ? UNKNOWN : (formatTime(n) ?? UNKNOWN))),
  bytes: (value) => number(value, formatSize),
  ratio: (value) => number(value, (n) => `${Math.round(n * 1_000) / 10} %`),
  yes: (value) => (value === true ? 'yes' : value === false ? 'no' : textOf(value)),
  list: (value) => (Array.isArray(value) ? value.map(nameOf).join(', ') || UNKNOWN : textOf(value)),
  grants: (value) =>
    Array.isArray(value) ? value.map(grantOf).join('; ') || UNKNOWN : textOf(value),
  counts: (value) =>
    Array.isArray(value)
      ? value.map((each) => `${nameOf(each)} ${valueAt(each, 'count') ?? ''}`.trim()).join(', ')
      : textOf(value),
};

/** What names an element of a list. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { name, queue, may } = value as Record<string, unknown>;
  return textOf(name ?? queue ?? may ?? value);
}

/** `operator, data.read on mails-*`; nothing is said of where when it is everywhere. */
function grantOf(value: unknown): string {
  const where = valueAt(value, 'queues');
  const isAll = where === undefined || (Array.isArray(where) && where.includes('*'));
  return `${textOf(valueAt(value, 'may'))}${isAll ? '' : ` on ${textOf(where)}`}`;
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return rounded(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return Object.entries(value)
    .map(([name, each]) => [name, toCell(each, formatOf(name))] as const)
    .filter(([, text]) => text !== UNKNOWN)
    .map(([name, text]) => `${name} ${text}`)
    .join('; ');
}

function rounded(n: number): string {
  return String(Math.round(n * 100) / 100);
}
