/**
 * Which jobs of a state are meant: the text of a filter, made into a time range and questions about each job. Pure.
 *
 *   name:resize error:"no answer" id:17 attempts:>=3 scheduler:nightly after:2h before:2026-11-25T10:00Z data.user.id:42
 *
 * All terms must hold; `-` before a term turns it round. Times are those of the end of finished jobs, else of the add. An
 * empty filter means every job. Questions about data come last: data is read for those jobs only that all else matches.
 */
import { digitsOf } from '../../base/exact-numbers.ts';
import { numberOf } from '../../dead-letters/dead-letter.ts';
import { readAttempts, readTime, refuseNegation, unknownKey } from '../../dead-letters/filter.ts';
import { cutTerms, type Term } from '../../dead-letters/filter-terms.ts';
import { FilterError } from '../../errors.ts';
import type { StoredRow } from './job-row.ts';
import type { JobState } from './job-views.ts';

/** A filter that has been read. */
export interface JobFilter {
  /** `from ≤ time < to`, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Whether it looks at the reasons of failures, or at data: what it matches tells something of them. */
  readonly asksReason: boolean;
  readonly asksData: boolean;
  /** Everything but the data. */
  matches(row: StoredRow): boolean;
  /** @param data as it was parsed, numbers exactly */
  matchesData(data: unknown): boolean;
}

type Ask<Of> = (of: Of) => boolean;

const KEYS = [
  ...['name', 'id', 'error', 'attempts', 'scheduler', 'after', 'before', 'state', 'data.<field>'],
];
const DEEPEST = 20;

/** Reads a filter for jobs of a state. Throws `FilterError` with the column of what is wrong. */
export function parseJobFilter(text: string, state: JobState, now: number): JobFilter {
  const rows: Ask<StoredRow>[] = [];
  const datas: Ask<unknown>[] = [];
  let [from, to, asksReason] = [0, Number.POSITIVE_INFINITY, false];
  const turned = <Of>({ isNegated }: Term, ask: Ask<Of>): Ask<Of> =>
    isNegated ? (of) => !ask(of) : ask;
  for (const term of cutTerms(text)) {
    if (term.key === 'after') from = Math.max(from, readTime(term, now));
    else if (term.key === 'before') to = Math.min(to, readTime(term, now));
    else if (term.key === 'state') checkState(term, state);
    else if (term.key.startsWith('data.')) datas.push(turned(term, askData(term)));
    else rows.push(turned(term, askRow(term)));
    asksReason ||= term.key === 'error';
    if (from >= to) throw new FilterError(term.at, 'no time is left between after and before');
  }
  return {
    ...{ from, to, asksReason, asksData: datas.length > 0 },
    matches: (row) => isWithin(timeOf(row), from, to) && rows.every((ask) => ask(row)),
    matchesData: (data) => datas.every((ask) => ask(data)),
  };
}

/** When it ended, or was added. */
export function timeOf({ fields }: StoredRow): number {
  return numberOf(fields.finishedOn ?? fields.timestamp, 0);
}

function isWithin(time: number, from: number, to: number): boolean {
  return time >= from && time < to;
}

function checkState(term: Term, state: JobState): void {
  refuseNegation(term);
  if (term.value === state) return;
  throw new FilterError(term.valueAt, `jobs that are ${state} were asked for, not "${term.value}"`);
}

function askRow(term: Term): Ask<StoredRow> {
  const { key, value } = term;
  if (key === 'name') return ({ fields }) => fields.name === value;
  if (key === 'id') return ({ id }) => id === value;
  if (key === 'scheduler') return ({ fields }) => fields.rjk === value;
  if (key === 'error') {
    const sought = value.toLowerCase();
    return ({ fields }) => (fields.failedReason ?? '').toLowerCase().includes(sought);
  }
  if (key === 'attempts') {
    const ask = readAttempts(term);
    return ({ fields }) => ask({ attemptsMade: numberOf(fields.atm, 0) });
  }
  throw unknownKey(term, KEYS);
}

function askData({ key, value, at }: Term): Ask<unknown> {
  const names = key.split('.').slice(1);
  if (names.length > DEEPEST || names.includes(''))
    throw new FilterError(at, `expected a field like data.user.id, found "${key}"`);
  return (data) => scalarText(names.reduce(fieldOf, data)) === value;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A value as one writes it into a filter; undefined for what cannot be written there. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return digitsOf(value) ?? value;
  const isPlain = typeof value === 'number' || typeof value === 'boolean' || value === null;
  return isPlain ? String(value) : undefined;
}
