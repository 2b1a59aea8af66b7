/**
 * Which dead letters are meant: the text of a filter, made into a time range and a question about each record. Pure.
 *
 *   queue:thumbnails name:resize type:TimeoutError group:5f1c09ab77d2e134 error:"no answer"
 *   after:2h before:2026-11-25T10:00Z attempts:>=3 version:1.2.3 id:17 state:dead
 *
 * All terms must hold; `-` before a term turns it round. Times without a zone are UTC; a duration counts back from
 * the given moment. An empty filter means every record.
 */
import { closest } from '../base/closest.ts';
import { parseDuration } from '../base/units.ts';
import { FilterError } from '../errors.ts';
import { cutTerms, type Term } from './filter-terms.ts';

/** What a filter looks at. */
export interface Candidate {
  readonly jobId: string;
  readonly jobName: string;
  readonly type: string;
  readonly fingerprint: string;
  readonly version: string;
  readonly state: string;
  readonly attemptsMade: number;
  /** Reason of the failure; read only when the filter needs it. */
  readonly reason: string;
}

/** A filter that has been read. */
export interface Filter {
  /** The queue that it names, if it does. */
  readonly queue: string | undefined;
  /** `from ≤ failedAt < to`, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Whether `matches` looks at the reason. */
  readonly needsReason: boolean;
  matches(candidate: Candidate): boolean;
}

type Question = (candidate: Candidate) => boolean;
interface Parts {
  queue: string | undefined;
  from: number;
  to: number;
  needsReason: boolean;
  readonly questions: Question[];
}
type Reader = (term: Term, parts: Parts, now: number) => Question | undefined;

const STATES = ['dead', 'replayed'];
const FIRST_TIME = Date.UTC(2000, 0, 1);
const LAST_TIME = Date.UTC(2200, 0, 1);
const LONGEST_MS = 3_650 * 86_400_000;
const MOST_ATTEMPTS = 1_000_000;

const exact =
  (field: 'jobId' | 'jobName' | 'type' | 'version'): Reader =>
  ({ value }) =>
  (candidate) =>
    candidate[field] === value;

const READERS: Readonly<Record<string, Reader>> = {
  queue: (term, parts) => {
    refuseNegation(term);
    if (parts.queue !== undefined && parts.queue !== term.value)
      throw new FilterError(term.at, `one queue is enough: "${parts.queue}" is named already`);
    parts.queue = term.value;
    return undefined;
  },
  id: exact('jobId'),
  name: exact('jobName'),
  type: exact('type'),
  version: exact('version'),
  group: ({ value, valueAt }) => {
    if (!/^[0-9a-f]{16}$/.test(value))
      throw new FilterError(valueAt, `expected a fingerprint of 16 hex digits, found "${value}"`);
    return ({ fingerprint }) => fingerprint === value;
  },
  state: ({ value, valueAt }) => {
    if (!STATES.includes(value))
      throw new FilterError(valueAt, `expected ${STATES.join(' or ')}, found "${value}"`);
    return ({ state }) => state === value;
  },
  error: ({ value }, parts) => {
    parts.needsReason = true;
    const sought = value.toLowerCase();
    return ({ reason }) => reason.toLowerCase().includes(sought);
  },
  attempts: (term) => readAttempts(term),
  after: (term, parts, now) => {
    parts.from = Math.max(parts.from, readTime(term, now));
    return undefined;
  },
  before: (term, parts, now) => {
    parts.to = Math.min(parts.to, readTime(term, now));
    return undefined;
  },
};

/**
 * Reads a filter. Throws `FilterError` with the column of what is wrong.
 *
 * @param now what durations count back from, epoch ms
 */
export function parseFilter(text: string, now: number): Filter {
  const parts: Parts = {
    ...{ queue: undefined, from: 0, to: Number.POSITIVE_INFINITY },
    ...{ needsReason: false, questions: [] },
  };
  for (const term of cutTerms(text)) {
    const ask = readerOf(term)(term, parts, now);
    if (ask) parts.questions.push(term.isNegated ? (each) => !ask(each) : ask);
    if (parts.from >= parts.to)
      throw new FilterError(term.at, 'no time is left between after and before');
  }
  const { queue, from, to, needsReason, questions } = parts;
  const matches = (candidate: Candidate): boolean => questions.every((ask) => ask(candidate));
  return { queue, from, to, needsReason, matches };
}

function readerOf(term: Term): Reader {
  const { key } = term;
  const reader = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
  if (reader) return reader;
  throw unknownKey(term, Object.keys(READERS));
}

/** The error for a key that is none of `names`. */
export function unknownKey({ key, at }: Term, names: readonly string[]): FilterError {
  const meant = closest(key, names);
  return new FilterError(
    at,
    `"${key}" is no key${meant ? `: did you mean "${meant}"?` : `, expected one of ${names.join(', ')}`}`,
  );
}

/** How many attempts were made: `>=3`. */
export function readAttempts({
  value,
  valueAt,
}: Term): (candidate: Pick<Candidate, 'attemptsMade'>) => boolean {
  const [, sign = '', digits = ''] = /^(>=|<=|>|<|=)?(\d{1,15})$/.exec(value) ?? [];
  const wanted = Number(digits);
  if (digits === '' || wanted > MOST_ATTEMPTS)
    throw new FilterError(
      valueAt,
      `expected a number up to ${MOST_ATTEMPTS} with an optional >=, >, <= or <, found "${value}"`,
    );
  return ({ attemptsMade: made }) => {
    if (sign === '>=') return made >= wanted;
    if (sign === '>') return made > wanted;
    if (sign === '<=') return made <= wanted;
    if (sign === '<') return made < wanted;
    return made === wanted;
  };
}

/** Epoch ms of a time, or of a duration that counts back from `now`. */
export function readTime(term: Term, now: number): number {
  refuseNegation(term);
  const { value, valueAt } = term;
  const ago = parseDuration(value);
  if (ago !== undefined) {
    if (ago <= LONGEST_MS) return now - ago;
    throw new FilterError(valueAt, `at most ten years back can be asked for, found "${value}"`);
  }
  const time = readDate(value);
  if (time === undefined)
    throw new FilterError(
      valueAt,
      `expected a duration like 2h or a time like 2026-11-25T10:00Z, found "${value}"`,
    );
  if (time < FIRST_TIME || time > LAST_TIME)
    throw new FilterError(valueAt, `expected a year from 2000 to 2199, found "${value}"`);
  return time;
}

/** Epoch ms of an ISO date, of an ISO time with or without a zone, or of epoch ms. */
function readDate(value: string): number | undefined {
  if (/^\d{12,14}$/.test(value)) return Number(value);
  const shape = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(value);
  if (!shape) return undefined;
  const hasNoZone = shape[1] !== undefined && shape[4] === undefined;
  const time = Date.parse(hasNoZone ? `${value}Z` : value);
  return Number.isNaN(time) ? undefined : time;
}

/** For keys that cannot be turned round. */
export function refuseNegation({ key, isNegated, at }: Term): void {
  if (isNegated) throw new FilterError(at - 1, `"-" cannot stand before ${key}`);
}
