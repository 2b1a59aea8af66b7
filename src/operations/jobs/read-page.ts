/**
 * Reads a page of the jobs of one state with their small fields: one script, one round trip, never the data.
 *
 * A page goes on behind the last job of the one before, wherever that is by now, never at a number of rows: jobs that
 * came or went in between leave nothing out. In a set the place is found by score and id. In a list the last few jobs of
 * the page before are looked for, and when all have gone, rows may come twice rather than not at all.
 */
import type { Redis } from 'ioredis';
import { type JobCursor, toAnchors } from './job-cursor.ts';
import { ROW_FIELDS, ROW_OF_LUA, type StoredRow, toStoredRow } from './job-row.ts';
import { isFinished, STATE_PLACES } from './job-states.ts';
import type { JobState } from './job-views.ts';

/** What is read. */
export interface PageQuery {
  /** What BullMQ's keys of the queue begin with. */
  readonly keyPrefix: string;
  readonly state: JobState;
  readonly order: 'newest' | 'oldest';
  readonly most: number;
  readonly cursor: JobCursor | undefined;
  /** Of finished jobs, `from ≤ end < to`: others are not looked at. */
  readonly from?: number;
  readonly to?: number;
}

/** What there was. */
export interface StoredPage {
  readonly rows: readonly StoredRow[];
  /** Ids without a job. */
  readonly gone: number;
  /** All ids of this page. */
  readonly looked: number;
  readonly total: number;
  /** null after the last. */
  readonly next: JobCursor | null;
  /** The place behind one of its rows, for a page that is cut short. */
  behind(row: StoredRow): JobCursor;
}

/**
 * KEYS 1 meta, 2 a list or set of ids · ARGV 1 list or zset, 2 newest or oldest, 3 most, 4 prefix of jobs, 5 and 6
 * bounds of the score or '', 7 place or score of the last job or '', 8 number of its ids, then those, then fields. Returns nil when there is no queue, else the total, the first place, and for each id: id, score or '', and when
 * its hash is there the bytes of its data and the fields. One step: places change with every job that comes or goes, and
 * a page is one round trip.
 */
const PAGE_LUA = /* lua */ `
${ROW_OF_LUA}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local isNewest, most, prefix, at = ARGV[2] == 'newest', tonumber(ARGV[3]), ARGV[4], ARGV[7]
local anchors, key = tonumber(ARGV[8]), KEYS[2]
local total, first, ids, width = 0, 0, nil, 1
if ARGV[1] == 'zset' then
  total, width = redis.call('ZCARD', key), 2
  local from, to = ARGV[5] == '' and '-inf' or ARGV[5], ARGV[6] == '' and '+inf' or ARGV[6]
  if at == '' and isNewest then
    first = to == '+inf' and 0 or redis.call('ZCOUNT', key, to, '+inf')
  elseif at == '' then
    first = from == '-inf' and 0 or redis.call('ZCOUNT', key, '-inf', '(' .. from)
  else
    local score = redis.call('ZSCORE', key, ARGV[9])
    if score and tonumber(score) == tonumber(at) then
      first = redis.call(isNewest and 'ZREVRANK' or 'ZRANK', key, ARGV[9]) + 1
    elseif isNewest then
      first = redis.call('ZCOUNT', key, '(' .. at, '+inf')
    else
      first = redis.call('ZCOUNT', key, '-inf', '(' .. at)
    end
  end
  ids = redis.call(isNewest and 'ZREVRANGE' or 'ZRANGE', key, first, first + most - 1, 'WITHSCORES')
else
  total = redis.call('LLEN', key)
  if at ~= '' then
    local found
    for i = 9, 8 + anchors do
      found = found or redis.call('LPOS', key, ARGV[i], 'RANK', isNewest and 1 or -1)
    end
    if found then
      first = (isNewest and found or total - 1 - found) + 1
    elseif isNewest then
      first = tonumber(at)
    end
  end
  if isNewest then
    ids = redis.call('LRANGE', key, first, first + most - 1)
  elseif first < total then
    local range = redis.call('LRANGE', key, math.max(0, total - first - most), total - first - 1)
    ids = {}
    for i = #range, 1, -1 do ids[#ids + 1] = range[i] end
  else
    ids = {}
  end
end
local fields, rows = {unpack(ARGV, 9 + anchors)}, {}
for i = 1, #ids, width do
  local id, job = ids[i], prefix .. ids[i]
  local row = {id, width == 2 and ids[i + 1] or ''}
  if redis.call('EXISTS', job) == 1 then
    row = rowOf(job, id, row[2], 16384, fields)
  end
  rows[#rows + 1] = row
end
return {total, first, rows}`;

type Reply = [total: number, first: number, rows: (string | number | null)[][]] | null;

/** The page; undefined when there is no queue. */
export async function readPage(redis: Redis, query: PageQuery): Promise<StoredPage | undefined> {
  const { keyPrefix, state, order, most, cursor, from, to } = query;
  const { key, type } = STATE_PLACES[state];
  const reply = (await redis.eval(
    PAGE_LUA,
    2,
    ...[`${keyPrefix}meta`, keyPrefix + key, type, order, most, keyPrefix],
    ...[boundOf(state, from, 0), boundOf(state, to, Number.POSITIVE_INFINITY)],
    ...[cursor?.at ?? '', cursor?.ids.length ?? 0, ...(cursor?.ids ?? []), ...ROW_FIELDS],
  )) as Reply;
  if (reply === null) return undefined;
  const [total, first, all] = reply;
  const seen = all.filter((row) => !isSeen(query, row));
  // Markers of older versions of BullMQ lie among the ids.
  const jobs = seen.filter(([id]) => type === 'zset' || !String(id).startsWith('0:'));
  const found = jobs.map(toStoredRow);
  const rows = found.filter((row) => row !== undefined && isInside(query, row)) as StoredRow[];
  const isPast = found.some((row) => row !== undefined && isBehind(query, row));
  const isLast = isPast || all.length < most;
  return {
    ...{ rows, total, looked: jobs.length, gone: found.filter((row) => row === undefined).length },
    next: isLast ? null : cursorBehind(type, first, all),
    behind: ({ id }) => {
      const count = all.findIndex(([each]) => String(each) === id) + 1;
      return cursorBehind(type, first, all.slice(0, count));
    },
  };
}

function cursorBehind(
  type: 'list' | 'zset',
  first: number,
  all: readonly (string | number | null)[][],
): JobCursor {
  const last = all.at(-1)!;
  if (type === 'zset') return { at: String(last[1]), ids: [String(last[0])] };
  return { at: String(first + all.length), ids: toAnchors(all.map(([id]) => String(id))) };
}

/**
 * Whether a row stood on a page before: when the last job of that has gone, the script begins at the first of its score.
 * Equal scores are in the order of the bytes of their ids.
 */
function isSeen(
  { state, order, cursor }: PageQuery,
  [id, score]: (string | number | null)[],
): boolean {
  if (!cursor || STATE_PLACES[state].type === 'list' || Number(score) !== Number(cursor.at))
    return false;
  const compared = Buffer.compare(Buffer.from(String(id)), Buffer.from(cursor.ids[0]!));
  return order === 'newest' ? compared >= 0 : compared <= 0;
}

function isInside(
  { state, from = 0, to = Number.POSITIVE_INFINITY }: PageQuery,
  row: StoredRow,
): boolean {
  if (!isFinished(state)) return true;
  const score = row.score ?? 0;
  return score >= from && score < to;
}

/** Whether all further rows are outside of the bounds, too. */
function isBehind({ state, order, from, to }: PageQuery, { score }: StoredRow): boolean {
  if (!isFinished(state)) return false;
  return order === 'newest'
    ? (score ?? 0) < (from ?? 0)
    : (score ?? 0) >= (to ?? Number.POSITIVE_INFINITY);
}

function boundOf(state: JobState, bound: number | undefined, none: number): string {
  return bound === undefined || bound === none || !isFinished(state) ? '' : String(bound);
}
