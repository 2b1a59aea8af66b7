/**
 * A dead letter: what is kept of a job that will not be tried again. Pure.
 *
 * It is a hash, `keys.deadLetter(queue, jobId)`, written by `record.ts` in the step that fails the job. Parsing
 * is lenient: a field that is missing or that another version wrote differently becomes its empty value, never
 * an error, since whoever looks at failures must see what there is.
 */

/** dead: nobody has done anything yet · replayed: the job was put back · discarded: somebody gave it up. */
export type DeadLetterState = 'dead' | 'replayed' | 'discarded';

/** Who wrote the record: the worker of the job in the same step, or the leader afterwards. */
export type RecordedVia = 'worker' | 'reconciler';

/** One attempt of a job. */
export interface Attempt {
  /** 1 is the first. */
  readonly attempt: number;
  readonly host: string;
  /** Of the application; '' when it has none. */
  readonly version: string;
  /** When it was fetched, epoch ms; null when that is not known. */
  readonly startedAt: number | null;
  readonly ms: number | null;
  readonly reason: string;
}

/** The job as it was stored, so that it can be added again exactly. Every value is the text of BullMQ's hash. */
export interface OriginalJob {
  readonly name: string;
  /** JSON, or an envelope of a payload policy. */
  readonly data: string;
  /** JSON, in BullMQ's short names. */
  readonly opts: string;
  readonly timestamp: string;
  readonly delay?: string;
  readonly priority?: string;
  readonly parentKey?: string;
  /** JSON. */
  readonly parent?: string;
  /** Key of the job scheduler that made it. */
  readonly rjk?: string;
  /** Deduplication id. */
  readonly deid?: string;
}

/** The fields of BullMQ's hash that `OriginalJob` holds. */
export const ORIGINAL_FIELDS: readonly (keyof OriginalJob)[] = [
  'name',
  'data',
  'opts',
  'timestamp',
  'delay',
  'priority',
  'parentKey',
  'parent',
  'rjk',
  'deid',
];

/** A dead letter as readers get it. */
export interface DeadLetter {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly state: DeadLetterState;
  /** At most 16 KB; what was cut is told at its end. */
  readonly failureReason: string;
  /** Epoch ms; BullMQ's `finishedOn`. */
  readonly failedAt: number;
  readonly attemptsMade: number;
  /** Name of the error: `TypeError`. */
  readonly type: string;
  /** The reason without what changes from job to job. */
  readonly message: string;
  /** Of the last attempt, at most 16 KB; '' when there is none. */
  readonly stack: string;
  /** 16 hexadecimal digits; names its group. */
  readonly fingerprint: string;
  /** Oldest first, at most 20. */
  readonly history: readonly Attempt[];
  /** Host of the last attempt; '' when no worker of Drover ran it. */
  readonly host: string;
  readonly version: string;
  /** How often a job of this id has died. */
  readonly deaths: number;
  readonly via: RecordedVia;
  readonly originalJob: OriginalJob | undefined;
  /** Of the last replay, also when the job has died again since. */
  readonly replayedAt: number | undefined;
  readonly replayedBy: string | undefined;
}

/** Redis's reply to HGETALL. */
export type Hash = Readonly<Record<string, string>>;

/** The dead letter in a hash; undefined when there is none. */
export function parseDeadLetter(queue: string, jobId: string, hash: Hash): DeadLetter | undefined {
  if (hash.failedAt === undefined) return undefined;
  return {
    ...{ queue, jobId },
    jobName: hash.jobName ?? '',
    state: oneOf(hash.state, ['dead', 'replayed', 'discarded']),
    failureReason: hash.failureReason ?? '',
    failedAt: numberOf(hash.failedAt, 0),
    attemptsMade: numberOf(hash.attemptsMade, 0),
    type: hash.type ?? '',
    message: hash.message ?? '',
    stack: hash.stack ?? '',
    fingerprint: hash.fingerprint ?? '',
    history: parseHistory(hash.history),
    host: hash.host ?? '',
    version: hash.version ?? '',
    deaths: numberOf(hash.deaths, 1),
    via: oneOf(hash.via, ['worker', 'reconciler']),
    originalJob: parseOriginalJob(hash.originalJob),
    replayedAt: hash.replayedAt === undefined ? undefined : numberOf(hash.replayedAt, 0),
    replayedBy: hash.replayedBy,
  };
}

/** The job in the text of `originalJob`; undefined when it could not be added again from it. */
export function parseOriginalJob(text: string | undefined): OriginalJob | undefined {
  const parsed = parseJson(text);
  if (!isRecord(parsed)) return undefined;
  const kept = ORIGINAL_FIELDS.filter((field) => typeof parsed[field] === 'string');
  if (!(['name', 'data', 'opts', 'timestamp'] as const).every((field) => kept.includes(field)))
    return undefined;
  return Object.fromEntries(kept.map((field) => [field, parsed[field]])) as unknown as OriginalJob;
}

function parseHistory(text: string | undefined): readonly Attempt[] {
  const parsed = parseJson(text);
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(isRecord).map((entry) => ({
    attempt: numberOf(entry.attempt, 0),
    host: textOf(entry.host),
    version: textOf(entry.version),
    startedAt: numberOf(entry.startedAt, null),
    ms: numberOf(entry.ms, null),
    reason: textOf(entry.reason),
  }));
}

/** The value when it is one of the words, else the first of them. */
export function oneOf<T extends string>(value: unknown, words: readonly [T, ...T[]]): T {
  return words.find((word) => word === value) ?? words[0];
}

/** The number in a field; `otherwise` when there is none. */
export function numberOf<Otherwise extends number | null>(
  value: unknown,
  otherwise: Otherwise,
): number | Otherwise {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
