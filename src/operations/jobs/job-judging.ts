/**
 * Looks at chosen jobs and judges what a bulk action could do with them, as far as that can be told before.
 */
import type { Redis } from 'ioredis';
import type { Skip } from '../../dead-letters/bulk-action.ts';
import type { JobBulkKind } from './job-bulk-order.ts';
import { ROW_FIELDS, ROW_OF_LUA, type StoredRow, toStoredRow } from './job-row.ts';
import { isFinished } from './job-states.ts';
import type { JobState } from './job-views.ts';
import { STATE_OF_LUA } from './state-of-lua.ts';

/** A job that was looked at. */
export interface LookedAt {
  readonly id: string;
  /** undefined: there is no such job. */
  readonly row: StoredRow | undefined;
  readonly state: JobState | 'unknown';
  /** When it ended or was added, as it is stored. */
  readonly stamp: string;
  /** Whether it has a parent or children. */
  readonly hasFamily: boolean;
  readonly hasChildren: boolean;
}

/**
 * KEYS jobs · ARGV prefix, number of jobs, their ids, then fields. Returns for each: the row, the state, whether it has
 * children. One step only to spare round trips.
 */
const LOOK_LUA = /* lua */ `
${STATE_OF_LUA}
${ROW_OF_LUA}
local prefix, fields, looked = ARGV[1], {unpack(ARGV, 3 + ARGV[2])}, {}
for i, job in ipairs(KEYS) do
  local id = ARGV[2 + i]
  local row, children, state = {id, ''}, 0, stateOf(prefix, id)
  if state then
    local score = state == 'delayed' and redis.call('ZSCORE', prefix .. 'delayed', id) or ''
    row = rowOf(job, id, score, 16384, fields)
    children = redis.call('EXISTS', job .. ':dependencies', job .. ':processed', job .. ':failed', job .. ':unsuccessful')
  end
  looked[i] = {row, state or 'unknown', children}
end
return looked`;

type Reply = [row: (string | number | null)[], state: JobState | 'unknown', children: number][];

/** Looked at in one step: each may cost a search through all that wait. */
const AT_ONCE = 50;

/** Reads the small fields of jobs by their ids. */
export async function* readJobs(
  redis: Redis,
  keyPrefix: string,
  ids: readonly string[],
): AsyncGenerator<LookedAt> {
  for (let start = 0; start < ids.length; start += AT_ONCE)
    yield* await readPart(redis, keyPrefix, ids.slice(start, start + AT_ONCE));
}

async function readPart(
  redis: Redis,
  keyPrefix: string,
  ids: readonly string[],
): Promise<LookedAt[]> {
  const keys = ids.map((id) => keyPrefix + id);
  const values = [keyPrefix, ids.length, ...ids, ...ROW_FIELDS];
  const replies = (await redis.eval(LOOK_LUA, keys.length, ...keys, ...values)) as Reply;
  return replies.map(([fields, state, children], i) => {
    const row = toStoredRow(fields);
    const stamp = row?.fields.finishedOn ?? row?.fields.timestamp ?? '';
    const hasFamily = children > 0 || row?.fields.parentKey !== undefined;
    return { id: ids[i]!, row, state, stamp, hasFamily, hasChildren: children > 0 };
  });
}

/** Why an action cannot deal with a job; undefined when it can. */
export function judgeJob(
  kind: JobBulkKind,
  { row, state, hasFamily, hasChildren }: LookedAt,
  wanted: JobState | undefined,
  sparesParents = false,
): Skip | undefined {
  if (!row) return 'gone';
  if (wanted !== undefined && state !== wanted) return 'state';
  if (kind === 'retry') return state !== 'unknown' && isFinished(state) ? undefined : 'state';
  if (kind === 'promote') return state === 'delayed' ? undefined : 'state';
  if (state === 'active') return 'state';
  if (row.fields.rjk !== undefined && state === 'delayed') return 'scheduled';
  if (kind === 'remove') return sparesParents && hasChildren ? 'family' : undefined;
  if (state === 'waiting-children' || state === 'unknown') return 'state';
  return hasFamily ? 'family' : undefined;
}
