/**
 * Reads one job with what belongs to it, in one step. Of data that is very large only the beginning comes, unless all of
 * it is asked for.
 */
import type { Redis } from 'ioredis';
import { ATTEMPT_FIELDS } from '../../backend/attempt-history.ts';
import { isEnvelope } from '../../payloads/envelope.ts';
import { ROW_FIELDS, ROW_OF_LUA, type StoredRow, toStoredRow } from './job-row.ts';
import type { JobState } from './job-views.ts';
import { STATE_OF_LUA } from './state-of-lua.ts';

/** A stored job. */
export interface StoredJob extends StoredRow {
  readonly state: JobState | 'unknown';
  /** As it is stored; its beginning when `isHead`. */
  readonly data: string | undefined;
  readonly isHead: boolean;
  readonly result: string | undefined;
  readonly progress: string | undefined;
  readonly stacktrace: readonly string[];
  readonly logLines: number;
  /** JSON of failed attempts, as workers of Drover keep them. */
  readonly attempts: readonly string[];
}

/** Bytes of data that are read when not all of it is asked for, and when it is. */
const USUAL_BYTES = 1_024 * 1_024;
const FULL_BYTES = 64 * 1_024 * 1_024;
/** Bytes of the beginning of data that is larger. */
const HEAD_BYTES = 65_536;
/** Bytes of a result, of progress and of stack traces. */
const REST_BYTES = 1_024 * 1_024;
const MOST_ATTEMPTS = 20;

/**
 * KEYS 1 job, 2 meta · ARGV 1 id, 2 prefix, 3 most bytes of data, 4 bytes of its beginning, 5 most bytes of the rest, 6
 * what the fields of attempts begin with, 7 number of those, then fields of a row. Returns 'no queue', 'no job', or: the
 * row, the state, data, result, progress, stack traces, lines of its log, attempts. What is too large is cut. One step: a
 * job that moves on meanwhile would be told in two states.
 */
const JOB_LUA = /* lua */ `
${STATE_OF_LUA}
${ROW_OF_LUA}
local job, id, prefix = KEYS[1], ARGV[1], ARGV[2]
if redis.call('EXISTS', KEYS[2]) == 0 then return 'no queue' end
local state = stateOf(prefix, id)
if not state then return 'no job' end
local function part(field, most, head)
  local text = redis.call('HGET', job, field)
  if text and #text > tonumber(most) then return string.sub(text, 1, head) end
  return text
end
local score = state == 'delayed' and redis.call('ZSCORE', prefix .. 'delayed', id) or ''
local row = rowOf(job, id, score, 65536, {unpack(ARGV, 8)})
local attempts = {}
for i = 0, ARGV[7] - 1 do
  local attempt = redis.call('HGET', job, ARGV[6] .. i)
  if attempt then attempts[#attempts + 1] = attempt end
end
return {row, state, part('data', ARGV[3], ARGV[4]), part('returnvalue', ARGV[5], ARGV[5]),
  part('progress', ARGV[5], ARGV[5]), part('stacktrace', ARGV[5], 0),
  redis.call('LLEN', job .. ':logs'), attempts}`;

type Reply = [
  row: (string | number | null)[],
  state: JobState | 'unknown',
  data: string | null,
  result: string | null,
  progress: string | null,
  stacktrace: string | null,
  logLines: number,
  attempts: string[],
];

/** The job, or what is missing. */
export async function readJob(
  redis: Redis,
  keyPrefix: string,
  id: string,
  isFull: boolean,
): Promise<StoredJob | 'no queue' | 'no job'> {
  const mostBytes = isFull ? FULL_BYTES : USUAL_BYTES;
  const reply = (await redis.eval(
    JOB_LUA,
    2,
    ...[keyPrefix + id, `${keyPrefix}meta`, id, keyPrefix, mostBytes, HEAD_BYTES, REST_BYTES],
    ...[ATTEMPT_FIELDS, MOST_ATTEMPTS, ...ROW_FIELDS],
  )) as Reply | 'no queue' | 'no job';
  if (typeof reply === 'string') return reply;
  const [fields, state, data, result, progress, stacktrace, logLines, attempts] = reply;
  const row = toStoredRow(fields)!;
  return {
    ...{ ...row, state, logLines, attempts },
    data: data ?? undefined,
    isHead: row.bytes > mostBytes,
    result: result ?? undefined,
    progress: progress ?? undefined,
    stacktrace: textsOf(stacktrace),
  };
}

/** Whether nothing of the data can be shown without reading all of it. */
export function needsAll({ data, isHead }: StoredJob, isRedacted: boolean): boolean {
  return isHead && (isRedacted || isEnvelope(data ?? ''));
}

function textsOf(json: string | null): readonly string[] {
  if (!json) return [];
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
