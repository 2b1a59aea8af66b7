/**
 * Makes a row of the small fields of a stored job. Pure.
 *
 * Lenient: a field that is missing or odd becomes its empty value, a time null, since whoever looks must see what there is.
 */
import { Job } from 'bullmq';
import { numberOf } from '../../dead-letters/dead-letter.ts';
import { jobOfKey, queueOfLabel } from '../../keys.ts';
import { runsAtOf } from './job-states.ts';
import type { JobRow, JobState } from './job-views.ts';

/** A small field of BullMQ's hash. */
type RowField =
  | ('name' | 'timestamp' | 'processedOn' | 'finishedOn' | 'atm' | 'opts' | 'priority')
  | ('delay' | 'parentKey' | 'rjk' | 'pb' | 'failedReason');
/** The fields of BullMQ's hash that a row is made of, in the order in which scripts read them. */
export const ROW_FIELDS: readonly RowField[] = [
  ...(['name', 'timestamp', 'processedOn', 'finishedOn', 'atm', 'opts', 'priority'] as const),
  ...(['delay', 'parentKey', 'rjk', 'pb', 'failedReason'] as const),
];

/**
 * A part of scripts, whose KEYS and ARGV it does not touch: defines `rowOf(job, id, score, most, fields)`, which returns a
 * row as `toStoredRow` reads it, each field cut at `most` bytes: a list of huge names or reasons is a short answer, too.
 */
export const ROW_OF_LUA: string = /* lua */ `
local function rowOf(job, id, score, most, fields)
  local row = {id, score, redis.call('HSTRLEN', job, 'data')}
  for i, value in ipairs(redis.call('HMGET', job, unpack(fields))) do
    row[3 + i] = value and string.sub(value, 1, most)
  end
  return row
end
`;

/** Characters of a name, or of the reason of a failure, that are shown. */
const MOST_CHARACTERS = 500;

/** A stored job without its payloads. */
export interface StoredRow {
  readonly id: string;
  /** In the set of its state; null in a list. */
  readonly score: number | null;
  /** Size of the stored data; also what reading it costs. */
  readonly bytes: number;
  readonly fields: Readonly<Partial<Record<RowField, string>>>;
}

/** A row of a script's reply: id, score or '', bytes of the data, then the fields; undefined when the hash is gone. */
export function toStoredRow(reply: readonly (string | number | null)[]): StoredRow | undefined {
  const [id, score, bytes, ...values] = reply;
  if (values.length === 0) return undefined;
  const known = ROW_FIELDS.map((field, i) => [field, values[i]] as const);
  return {
    id: String(id),
    score: score === '' || score === null ? null : Number(score),
    bytes: Number(bytes),
    fields: Object.fromEntries(known.filter(([, value]) => typeof value === 'string')),
  };
}

/** The options as BullMQ stores them; none when they cannot be read, as when they were so long that they are cut. */
export function optionsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The same under the names by which they are given: BullMQ stores some as two letters. */
export function writtenOptions(text: string | undefined): Readonly<Record<string, unknown>> {
  return { ...Job.optsFromJSON(JSON.stringify(optionsOf(text))) };
}

const HIDDEN = '<hidden>';

/** What hides the texts of a row whose data was not looked into: all of them where anything of the queue is secret. */
export function hiderFor(secretPaths: readonly unknown[] | undefined): (text: string) => string {
  const hides = secretPaths !== undefined && secretPaths.length > 0;
  return (text) => (hides && text !== '' ? HIDDEN : text);
}

/**
 * The row as it may be seen.
 *
 * @param hide what hides secrets in texts
 */
export function toJobRow(
  queue: string,
  { id, score, bytes, fields }: StoredRow,
  state: JobState | 'unknown',
  hide: (text: string) => string,
): JobRow {
  const options = optionsOf(fields.opts);
  const addedAt = numberOf(fields.timestamp, null);
  const runsAt = score === null ? null : runsAtOf(score);
  return {
    ...{ queue, id, name: shortened(fields.name ?? ''), state, addedAt },
    startedAt: numberOf(fields.processedOn, null),
    finishedAt: numberOf(fields.finishedOn, null),
    runsAt: state === 'delayed' ? runsAt : null,
    attemptsMade: numberOf(fields.atm, 0),
    attempts: numberOf(options.attempts, 0) || 1,
    priority: numberOf(fields.priority, 0),
    failedReason: fields.failedReason === undefined ? null : shortened(hide(fields.failedReason)),
    dataBytes: bytes,
    parent: fields.parentKey ? jobOfKey(fields.parentKey, queueOfLabel(queue).prefix) : null,
    scheduler: fields.rjk ?? null,
  };
}

/** Cut at 500 characters. */
export function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
