/**
 * Adds something to a minute of a queue, and to its hour, in one step: the parts of processes, or what was derived.
 *
 * What is written was worked out from what was read, so it is written only if nothing has changed since, and only
 * under the current lease: a second leader, or one that slept, changes nothing. A record of another version is
 * never written over.
 */
import type { Redis } from 'ioredis';
import { AGES_MS } from '../config/ages.ts';
import type { Keys } from '../keys.ts';
import { packRecord, packSettled, unpackRecord } from './packed-record.ts';
import { WindowRecord } from './window-record.ts';

/** How long minutes and hours are kept. */
export const KEPT_MINUTES: number = AGES_MS.metricsData / 60_000;
export const KEPT_HOURS: number = 90 * 24;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Parts of a queue that are merged at a time: reading one takes up to 60 µs, and jobs run in this process, too. */
const MOST_PARTS = 128;

/**
 * KEYS 1 parts, 2 minutes, 3 hours, 4 open minutes, 5 epoch of the lease · ARGV 1 epoch of the writer, 2 minute,
 * 3 hour, 4 and 5 what the minute and the hour were ('' for none), 6 and 7 what they shall be, 8 and 9 how long
 * minutes and hours live, ms, 10 … names of the parts that are in it. Returns 1 when done, 0 when something has
 * changed meanwhile, -1 when the lease has another epoch. One step: killed in between, parts would be lost or
 * counted twice.
 */
const MERGE_LUA = /* lua */ `
if (redis.call('GET', KEYS[5]) or '0') ~= ARGV[1] then return -1 end
if (redis.call('HGET', KEYS[2], ARGV[2]) or '') ~= ARGV[4] then return 0 end
if (redis.call('HGET', KEYS[3], ARGV[3]) or '') ~= ARGV[5] then return 0 end
for i = 10, #ARGV do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then return 0 end
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[6])
redis.call('HSET', KEYS[3], ARGV[3], ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[8])
redis.call('PEXPIRE', KEYS[3], ARGV[9])
if #ARGV >= 10 then redis.call('HDEL', KEYS[1], unpack(ARGV, 10)) end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[4], ARGV[2]) end
return 1`;

/**
 * KEYS 1 parts, 2 open minutes · ARGV 1 minute. Returns 1 when it is taken off. One step: a part that comes in
 * between must stay known.
 */
const CLOSE_LUA = /* lua */ `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])`;

/** One minute of one queue. */
export interface Place {
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  readonly minute: number;
}

/** What is stored of it. */
export interface Stored extends Place {
  readonly minuteBytes: Buffer | null;
  readonly hourBytes: Buffer | null;
  /** Parts that are not merged yet, by name. */
  readonly parts: ReadonlyMap<string, Buffer>;
}

/** What shall be stored of it. */
export interface Merge {
  readonly stored: Stored;
  /** Parts that are in it now. */
  readonly merged: readonly string[];
  readonly minute: WindowRecord;
  readonly hour: WindowRecord;
}

/** Who may write, and what is settled. */
export interface Fence {
  /** Key of the lease's epoch. */
  readonly key: string;
  readonly epoch: number;
  /** Hours before this one are settled, and so are their minutes: the last sixty minutes never are. */
  readonly openHour: number;
}

/** Reads what is stored of each place, in one round trip. */
export async function readStored(
  redis: Redis,
  keys: Keys,
  places: readonly Place[],
): Promise<Stored[]> {
  const pipeline = redis.pipeline();
  for (const { label, minute } of places) {
    pipeline.hgetallBuffer(keys.minute(label, minute));
    pipeline.hgetBuffer(keys.minutes(label), String(minute));
    pipeline.hgetBuffer(keys.hours(label), String(hourOf(minute)));
  }
  const replies = (await pipeline.exec()) ?? [];
  const values = replies.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  return places.map((place, i) => ({
    ...place,
    parts: new Map(Object.entries(values[3 * i] as Record<string, Buffer>).slice(0, MOST_PARTS)),
    minuteBytes: values[3 * i + 1] as Buffer | null,
    hourBytes: values[3 * i + 2] as Buffer | null,
  }));
}

/**
 * Works out the minute and the hour with all readable parts, and `more`, in them.
 *
 * @returns undefined when there is nothing to add, or when what is stored cannot be read by this version
 */
export function planMerge(stored: Stored, more?: WindowRecord): Merge | undefined {
  const minute = recordOf(stored.minuteBytes);
  const hour = recordOf(stored.hourBytes);
  if (!minute || !hour) return undefined;
  const delta = new WindowRecord();
  const merged: string[] = [];
  for (const [name, bytes] of stored.parts) {
    const part = unpackRecord(bytes);
    if (!part) continue;
    delta.merge(part);
    merged.push(name);
  }
  if (more) delta.merge(more);
  else if (merged.length === 0) return undefined;
  delta.minutes = stored.minuteBytes ? 0 : 1;
  const overtaken = overtakenBy(delta, minute);
  for (const record of [minute, hour]) {
    record.merge(delta);
    takeOff(record, overtaken);
  }
  return { stored, merged, minute, hour };
}

/** Writes them, in one round trip. Returns what became of each: 1 done, 0 changed meanwhile, -1 no longer the leader. */
export async function writeMerges(
  redis: Redis,
  keys: Keys,
  fence: Fence,
  merges: readonly Merge[],
): Promise<number[]> {
  const pipeline = redis.pipeline();
  for (const { stored, merged, minute, hour } of merges) {
    const { label } = stored;
    const pack = hourOf(stored.minute) < fence.openHour ? packSettled : packRecord;
    pipeline.eval(
      MERGE_LUA,
      5,
      keys.minute(label, stored.minute),
      keys.minutes(label),
      keys.hours(label),
      keys.openMinutes(label),
      fence.key,
      fence.epoch,
      stored.minute,
      hourOf(stored.minute),
      stored.minuteBytes ?? '',
      stored.hourBytes ?? '',
      pack(minute),
      pack(hour),
      KEPT_MINUTES * MINUTE_MS,
      KEPT_HOURS * HOUR_MS,
      ...merged,
    );
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw error;
    return Number(reply);
  });
}

/** Takes minutes without parts off the list of open ones. */
export async function closeMinutes(
  redis: Redis,
  keys: Keys,
  places: readonly Place[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const { label, minute } of places)
    pipeline.eval(CLOSE_LUA, 2, keys.minute(label, minute), keys.openMinutes(label), minute);
  await pipeline.exec();
}

/** Hours since the epoch. */
export function hourOf(minute: number): number {
  return Math.floor(minute / 60);
}

function recordOf(bytes: Buffer | null): WindowRecord | undefined {
  return bytes ? unpackRecord(bytes) : new WindowRecord();
}

interface Finished {
  readonly completed: number;
  readonly dead: number;
}

/** Jobs that were taken for other workers' until their own figures came, late: they are in the sets, too. */
function overtakenBy(delta: WindowRecord, minute: WindowRecord): Finished {
  const { completed, dead } = delta.total;
  return {
    completed: Math.min(completed, minute.derived?.completed ?? 0),
    dead: Math.min(dead, minute.derived?.dead ?? 0),
  };
}

function takeOff(record: WindowRecord, { completed, dead }: Finished): void {
  const { derived } = record;
  if (!derived || completed + dead === 0) return;
  if (derived.completed !== null) derived.completed -= completed;
  if (derived.dead !== null) derived.dead -= dead;
  if (derived.completed === 0 && derived.dead === 0) record.derived = undefined;
}
