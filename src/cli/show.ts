/**
 * An answer as text: JSON, rows parted by tabs, or for people. Pure.
 */
import { styleText } from 'node:util';
import { formatOf, toCell, toPlainCell, UNKNOWN, valueAt } from './cells.ts';
import type { Column, Format, View } from './command.ts';
import { printable, printableJson, printableLines } from './printable.ts';
import type { Settings } from './settings.ts';
import { layOut, pad } from './table.ts';

/** How it is to look. */
export type Look = Pick<Settings, 'output' | 'isColoured' | 'columns'>;

/** The answer for stdout, and what is said beside it on stderr. */
export interface Shown {
  readonly data: string;
  readonly remark: string | null;
}

/** An answer in the form that was asked for. */
export function show(answer: unknown, view: View, look: Look): Shown {
  if (look.output === 'json') return { data: toJson(answer), remark: null };
  if (view.kind === 'table') return table(answer, view, look);
  if (view.kind === 'text') return { data: printableLines(String(answer)), remark: null };
  if (view.kind === 'tree') return { data: tree(answer, '').join('\n'), remark: null };
  if (view.kind === 'field') return { data: field(answer, view.field), remark: null };
  return record(answer, view.kind === 'record' ? (view.formats ?? {}) : {}, look);
}

/** JSON that no terminal takes for orders. */
export function toJson(value: unknown): string {
  return printableJson(JSON.stringify(value, null, 2) ?? 'null');
}

const NUMERIC: readonly Format[] = ['number', 'bytes', 'duration', 'seconds', 'ratio'];
const TEXTS: readonly Format[] = ['text', 'list', 'counts', 'grants'];

function table(answer: unknown, view: View & { kind: 'table' }, look: Look): Shown {
  const found = view.rows ? valueAt(answer, view.rows) : answer;
  const rows = Array.isArray(found) ? (found as unknown[]) : [];
  const next = valueAt(answer, 'next');
  const more = typeof next === 'string' ? `There is more: --cursor ${printable(next)}` : null;
  const { columns } = view;
  if (look.output === 'plain') {
    const lines = rows.map((row) => plainRow(row, columns));
    return { data: lines.join('\n'), remark: more };
  }
  const { source } = view;
  const first = source ? rows.findIndex((row) => valueAt(row, source) !== 'absent') : 0;
  const known = first < 0 ? [] : rows.slice(first);
  if (known.length === 0) return { data: '', remark: view.empty };
  // The head says once that times are UTC.
  const cells = known.map((row) =>
    columns.map(([, path, format]) => inTable(toCell(valueAt(row, path), format), format)),
  );
  const formats = columns.map(([, , format = 'text']) => format);
  const head = columns.map(([title, , format]) => (format === 'time' ? `${title} UTC` : title));
  const [top, ...rest] = layOut(head, cells, {
    columns: look.columns,
    isRight: formats.map((format) => NUMERIC.includes(format)),
    isText: formats.map((format) => TEXTS.includes(format)),
  });
  const title = look.isColoured ? styleText('bold', top!, { validateStream: false }) : top!;
  return { data: [title, ...rest].join('\n'), remark: more };
}

function inTable(cell: string, format: Format | undefined): string {
  return format === 'time' ? cell.replace(/ UTC$/, '') : cell;
}

function plainRow(row: unknown, columns: readonly Column[]): string {
  return columns.map(([, path]) => toPlainCell(valueAt(row, path))).join('\t');
}

function field(answer: unknown, name: string): string {
  const value = valueAt(answer, name);
  return Array.isArray(value)
    ? value.map((each) => printableLines(String(each))).join('\n')
    : printableLines(String(value ?? UNKNOWN));
}

function record(answer: unknown, formats: Readonly<Record<string, Format>>, look: Look): Shown {
  const fields = flat(answer, '', formats);
  if (look.output === 'plain') {
    const lines = fields.map(([path, value]) => `${printable(path)}\t${toPlainCell(value)}`);
    return { data: lines.join('\n'), remark: null };
  }
  const width = Math.max(0, ...fields.map(([path]) => path.length));
  const lines = fields.map(([path, value]) => {
    const name = pad(printable(path), width);
    const shown = look.isColoured ? styleText('dim', name, { validateStream: false }) : name;
    const format = formats[path];
    const text = format ? toCell(value, format) : shownValue(value, formatOf(path));
    return `${shown}  ${text}`.trimEnd();
  });
  return { data: lines.join('\n'), remark: null };
}

/** On the line of its name, or on lines of its own: texts of several lines, and lists of objects. */
function shownValue(value: unknown, format: Format): string {
  const lines =
    typeof value === 'string' && value.includes('\n')
      ? printableLines(value)
      : Array.isArray(value) && value.some((each) => typeof each === 'object')
        ? value.map((each) => toCell(each)).join('\n')
        : undefined;
  return lines === undefined ? toCell(value, format) : `\n${lines.replace(/^/gm, '    ')}`;
}

/** Fields with those inside of objects; lists of texts as one text, line by line. */
function flat(
  value: unknown,
  path: string,
  formats: Readonly<Record<string, Format>>,
): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null || formats[path]) return [[path, value]];
  if (Array.isArray(value)) {
    const isTexts = value.every((each) => typeof each === 'string');
    if (isTexts && value.length > 0) return [[path, value.join('\n')]];
    return [[path, value.length === 0 ? null : value]];
  }
  const entries = Object.entries(value);
  if (entries.length === 0 && path !== '') return [[path, null]];
  return entries.flatMap(([name, inner]) =>
    flat(inner, path === '' ? name : `${path}.${name}`, formats),
  );
}

function tree(node: unknown, indent: string): string[] {
  const cell = (path: string): string => toCell(valueAt(node, path));
  const children = (valueAt(node, 'children') as unknown[] | undefined) ?? [];
  const more = Number(valueAt(node, 'more') ?? 0);
  return [
    `${indent}${cell('name')}  ${cell('state')}  ${cell('queue')}/${cell('id')}`,
    ...children.flatMap((child) => tree(child, `${indent}  `)),
    ...(more > 0 ? [`${indent}  and ${more} more`] : []),
  ];
}
