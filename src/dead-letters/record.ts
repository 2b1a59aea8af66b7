/**
 * Writes the records of dead letters: with a job's failure in one step, or afterwards for a job that failed
 * without Drover.
 *
 * BullMQ's own script runs first; only when it says that the job has failed is anything recorded. So a lost lock
 * leaves nothing, a repeated acknowledgement nothing twice, and a full Redis, which lets a script go on once it
 * has written, takes the record with the failure. The job's data is copied inside Redis. What goes wrong while
 * recording is logged by Redis and never undoes the acknowledgement: the reconciler looks again.
 */
import type { Redis } from 'ioredis';
import type { Failure, FailureRecorder } from '../backend/failure-recorder.ts';
import type { Keys } from '../keys.ts';
import type { Companion } from '../redis/companions.ts';
import { cutText } from './cut-text.ts';
import { ORIGINAL_FIELDS } from './dead-letter.ts';
import { type Cause, causeOf } from './fingerprint.ts';

/** Attempts in a record's history; names and versions of a group, beside `other`; hours of a sparkline. */
const MOST_ATTEMPTS = 20;
const MOST_NAMES = 20;
const MOST_HOURS = 7 * 24;
const LONGEST_NAME = 100;
const LONGEST_HISTORY_REASON = 200;

/**
 * Functions, for both scripts below: `record(keys, jobId, job, facts)`. `keys`: those of `keysOf`. `job`: its
 * hash before it failed. `facts`: those of `valuesOf`, then failedAt, attemptsMade, via. KEYS and ARGV are the scripts' own.
 * Returns nothing. Within one step, since a record, its index and its group must not tell different stories.
 */
const RECORD_LUA = /* lua */ `
local function hash(key)
  local fields, reply = {}, redis.call('HGETALL', key)
  for i = 1, #reply, 2 do fields[reply[i]] = reply[i + 1] end
  return fields
end

local function historyOf(job, former, last)
  local texts = {last}
  for field, text in pairs(job) do if string.sub(field, 1, 3) == 'da:' then texts[#texts + 1] = text end end
  if #texts == 1 and not former then return '[' .. last .. ']' end
  local entries, seen = {}, {}
  local function add(entry)
    if type(entry) ~= 'table' then return end
    local mark = tostring(entry.attempt) .. '@' .. tostring(entry.startedAt)
    if seen[mark] then return end
    seen[mark] = true
    entries[#entries + 1] = entry
  end
  local isRead, before = pcall(cjson.decode, former or '[]')
  if isRead and type(before) == 'table' then for _, entry in ipairs(before) do add(entry) end end
  for _, text in ipairs(texts) do
    local isEntry, entry = pcall(cjson.decode, text)
    if isEntry then add(entry) end
  end
  table.sort(entries, function(a, b)
    local one, other = tonumber(a.startedAt) or 0, tonumber(b.startedAt) or 0
    if one ~= other then return one < other end
    return (tonumber(a.attempt) or 0) < (tonumber(b.attempt) or 0)
  end)
  while #entries > ${MOST_ATTEMPTS} do table.remove(entries, 1) end
  return #entries == 0 and '[]' or cjson.encode(entries)
end

local function tally(group, kind, name)
  local field = kind .. ':' .. string.sub(name, 1, ${LONGEST_NAME})
  if redis.call('HEXISTS', group, field) == 0 then
    if tonumber(redis.call('HGET', group, kind .. '#') or 0) < ${MOST_NAMES} then
      redis.call('HINCRBY', group, kind .. '#', 1)
    else
      field = kind .. ':other'
    end
  end
  redis.call('HINCRBY', group, field, 1)
end

local function countHour(group, failedAt, newest)
  local hour, last = math.floor(failedAt / 3600000), math.floor(newest / 3600000)
  if hour <= last - ${MOST_HOURS} then return end
  if redis.call('HINCRBY', group, 'h:' .. hour, 1) > 1 then return end
  for _, field in ipairs(redis.call('HKEYS', group)) do
    local old = tonumber(string.match(field, '^h:(%d+)$'))
    if old and old <= last - ${MOST_HOURS} then redis.call('HDEL', group, field) end
  end
end

local function countIn(group, jobId, jobName, facts)
  local failedAt = tonumber(facts.failedAt)
  local was = redis.call('HMGET', group, 'firstSeen', 'lastSeen', 'state', 'stateSince')
  local first, last = tonumber(was[1] or failedAt), tonumber(was[2] or failedAt)
  if not was[1] then
    redis.call('HSET', group, 'type', facts.type, 'message', facts.message, 'frames', facts.frames, 'state', 'open')
  elseif was[3] == 'resolved' and failedAt > tonumber(was[4] or 0) then
    redis.call('HSET', group, 'state', 'regressed', 'stateSince', facts.failedAt, 'stateBy', '')
  end
  if not was[1] or failedAt < first then redis.call('HSET', group, 'firstSeen', facts.failedAt) end
  if failedAt >= last then
    last = failedAt
    redis.call('HSET', group, 'lastSeen', facts.failedAt, 'sample', jobId)
  end
  redis.call('HINCRBY', group, 'count', 1)
  tally(group, 'n', jobName)
  if facts.version ~= '' then tally(group, 'v', facts.version) end
  countHour(group, failedAt, last)
  return last
end

local function record(keys, jobId, job, facts)
  local former = redis.call('HMGET', keys.record, 'deaths', 'history')
  local original = {}
  for _, field in ipairs({'${ORIGINAL_FIELDS.join("','")}'}) do original[field] = job[field] end
  local jobName = job.name or ''
  redis.call('HSET', keys.record,
    'originalJob', cjson.encode(original), 'failureReason', facts.reason, 'failedAt', facts.failedAt,
    'attemptsMade', facts.attemptsMade, 'jobName', string.sub(jobName, 1, ${LONGEST_NAME}),
    'type', facts.type, 'message', facts.message, 'stack', facts.stack, 'fingerprint', facts.fingerprint,
    'history', historyOf(job, former[2], facts.attempt), 'host', facts.host, 'version', facts.version,
    'state', 'dead', 'deaths', (former[1] or 0) + 1, 'via', facts.via)
  redis.call('PEXPIRE', keys.record, facts.ttl)
  redis.call('ZADD', keys.index, facts.failedAt, jobId)
  local lastSeen = countIn(keys.group, jobId, jobName, facts)
  redis.call('ZADD', keys.groups, string.format('%.0f', lastSeen), facts.fingerprint)
  -- As long as the newest of what they list; told anew once an hour.
  local ttl = tonumber(facts.ttl)
  for _, key in ipairs({keys.index, keys.groups, keys.group}) do
    if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl + 3600000) end
  end
end

local function factsFrom(at)
  local names, facts = {'reason', 'type', 'message', 'frames', 'stack', 'fingerprint', 'host', 'version', 'attempt', 'ttl'}, {}
  for i, name in ipairs(names) do facts[name] = ARGV[at + i] end
  return facts
end
`;

/** How many keys and values belong to one record. */
const RECORD_KEYS = 4;
const RECORD_VALUES = 10;

/** Behind BullMQ's own KEYS those of `keysOf`, behind its ARGV the values of `valuesOf`. Returns what BullMQ's script does. */
const COMPANION_LUA = /* lua */ `${RECORD_LUA}
local job = hash(KEYS[12])
local result = bullmq(KEYS, ARGV)
local hasFailed = ARGV[5] == 'failed' and (result == 0 or type(result) == 'table' and not result.err)
if not hasFailed then return result end
local isWritten, problem = pcall(function()
  local k, facts = #KEYS - ${RECORD_KEYS}, factsFrom(#ARGV - ${RECORD_VALUES})
  facts.failedAt, facts.attemptsMade, facts.via = ARGV[2], (tonumber(job.atm) or 0) + 1, 'worker'
  record({record = KEYS[k + 1], index = KEYS[k + 2], groups = KEYS[k + 3], group = KEYS[k + 4]}, ARGV[1], job, facts)
end)
if not isWritten then
  redis.log(redis.LOG_WARNING, 'no dead letter of ' .. KEYS[12] .. ': ' .. (type(problem) == 'table' and problem.err or tostring(problem)))
end
return result`;

/**
 * KEYS 1 the failed set · for each job its hash and the keys of `keysOf`. ARGV for each job its id, its score in
 * the set, and the values of `valuesOf`. Returns how many records were written. One step: a job that is being
 * retried, or recorded by its worker or another reconciler, must not be recorded here too.
 */
const MISSED_LUA = /* lua */ `${RECORD_LUA}
local written = 0
for i = 0, (#KEYS - 1) / ${RECORD_KEYS + 1} - 1 do
  local k, a = 1 + i * ${RECORD_KEYS + 1}, i * ${RECORD_VALUES + 2}
  local id, failedAt = ARGV[a + 1], tonumber(ARGV[a + 2])
  local isFailed = tonumber(redis.call('ZSCORE', KEYS[1], id) or -1) == failedAt
  local recordedAt = tonumber(redis.call('HGET', KEYS[k + 2], 'failedAt') or -1)
  if isFailed and recordedAt < failedAt then
    local job, facts = hash(KEYS[k + 1]), factsFrom(a + 2)
    facts.failedAt, facts.attemptsMade, facts.via = ARGV[a + 2], job.atm or '0', 'reconciler'
    if job.name then
      record({record = KEYS[k + 2], index = KEYS[k + 3], groups = KEYS[k + 4], group = KEYS[k + 5]}, id, job, facts)
      written = written + 1
    end
  end
end
return written`;

/** What records in a process have in common. */
export interface RecorderOptions {
  readonly keys: Keys;
  readonly host: string;
  /** Of the application; '' when it has none. */
  readonly version: string;
  /** How long records are kept. */
  readonly keepMs: number;
}

/** Records what fails in this process. */
export class DeadLetterRecorder implements FailureRecorder {
  readonly companion: Companion = {
    script: 'moveToFinished',
    name: 'dead-letter',
    ownKeys: 14,
    extraKeys: RECORD_KEYS,
    lua: COMPANION_LUA,
  };
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  extras(failure: Failure): ReturnType<FailureRecorder['extras']> {
    const { keys, host, version, keepMs } = this.#options;
    const { queue, jobId, reason, stack, attempt, startedAt, runMs } = failure;
    const told = whatIsKept(reason, stack);
    const last = {
      ...{ attempt, host, version, startedAt: startedAt ?? null },
      ms: runMs === undefined ? null : Math.round(runMs),
      reason: reason.slice(0, LONGEST_HISTORY_REASON),
    };
    return {
      keys: keysOf(keys, queue, jobId, told.cause),
      values: valuesOf({ told, host, version, last: JSON.stringify(last), ttlMs: keepMs }),
    };
  }
}

/** A job that failed without a record. */
export interface MissedFailure {
  readonly jobId: string;
  /** Key of its hash. */
  readonly jobKey: string;
  /** Its score in the failed set. */
  readonly failedAt: number;
  readonly told: Told;
  readonly ttlMs: number;
}

/** What a failure tells, in the length in which it is kept. */
export interface Told {
  readonly reason: string;
  readonly stack: string;
  readonly cause: Cause;
}

export function whatIsKept(reason: string, stack: string | undefined): Told {
  return { reason: cutText(reason), stack: cutText(stack ?? ''), cause: causeOf(reason, stack) };
}

/** Records those of `missed` that are still failed and still have no record of it. Returns how many. */
export async function recordMissed(
  redis: Redis,
  keys: Keys,
  at: { readonly queue: string; readonly failedKey: string },
  missed: readonly MissedFailure[],
): Promise<number> {
  const names: string[] = [at.failedKey];
  const values: (string | number)[] = [];
  for (const { jobId, jobKey, failedAt, told, ttlMs } of missed) {
    names.push(jobKey, ...keysOf(keys, at.queue, jobId, told.cause));
    values.push(jobId, failedAt, ...valuesOf({ told, host: '', version: '', last: '', ttlMs }));
  }
  return Number(await redis.eval(MISSED_LUA, names.length, ...names, ...values));
}

function keysOf(keys: Keys, queue: string, jobId: string, { fingerprint }: Cause): string[] {
  return [
    keys.deadLetter(queue, jobId),
    keys.deadLetters(queue),
    keys.groups(queue),
    keys.group(queue, fingerprint),
  ];
}

/** In the order of `factsFrom`. */
function valuesOf(facts: {
  readonly told: Told;
  readonly host: string;
  readonly version: string;
  /** The last attempt, as JSON; '' when nothing is known of it. */
  readonly last: string;
  readonly ttlMs: number;
}): (string | number)[] {
  const { reason, stack, cause } = facts.told;
  return [
    reason,
    cause.type,
    cause.message,
    cause.frames.join('\n'),
    stack,
    cause.fingerprint,
    facts.host,
    facts.version,
    facts.last,
    facts.ttlMs,
  ];
}
