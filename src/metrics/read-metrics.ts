/**
 * Reads the figures of a queue: minutes of the last day, hours of the last 90 days, or one sum of the last minutes.
 *
 * One round trip. What processes have written and the leader has not merged yet is in it, so figures are a few
 * seconds old at most. Ranges are bounded, and the answer says when one was cut. What is not known is null.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { type Figures, toFigures } from './figures.ts';
import { KEPT_HOURS, KEPT_MINUTES } from './merge-minute.ts';
import { unpackRecord } from './packed-record.ts';
import { OTHER } from './queue-recorder.ts';
import { WindowRecord } from './window-record.ts';

/** How finely. */
export type Step = 'minute' | 'hour';

/** What is asked for. */
export interface MetricsQuery {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  /** Epoch ms. Rounded down to the step. */
  readonly from: number;
  /** Epoch ms, exclusive; rounded up. */
  readonly to: number;
  readonly step: Step;
  /** So many steps as one. @default 1 */
  readonly every?: number | undefined;
  /** Of this job name only. */
  readonly jobName?: string | undefined;
}

/** The answer. */
export interface MetricsAnswer {
  /** One for each step, or for each `every` of them, oldest first; those of which nothing is known are `absent`. */
  readonly figures: readonly Figures[];
  /** Names of jobs of the queue that were counted in that time, most first. */
  readonly jobNames: readonly string[];
  /** The range was longer, or reached further back or ahead, than figures are kept. */
  readonly clamped: boolean;
  /** Records of another version, which are left out. */
  readonly unreadable: number;
}

const STEPS = {
  minute: { ms: 60_000, minutes: 1, kept: KEPT_MINUTES },
  hour: { ms: 3_600_000, minutes: 60, kept: KEPT_HOURS },
} as const;
/** Of a minute that has just begun, figures are at least this old. */
const LEAST_SHARE = 1 / 12;
/** Names of jobs that one answer tells. */
const MOST_NAMES = 100;
/** Minutes with parts that are not merged yet which one answer takes in. */
const MOST_OPEN = 120;

/**
 * KEYS 1 minutes or hours, 2 open minutes · ARGV 1 first and 2 last step, 3 minutes of a step, 4 how the keys of
 * parts begin, 5 most open minutes. Returns [field, record, …] and [minute, part, …]. Reads only; one step, or what
 * is merged in between would be missing or counted twice.
 */
const READ_LUA = /* lua */ `
local merged, parts = {}, {}
local first, last, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for start = first, last, 500 do
  local fields = {}
  for step = start, math.min(last, start + 499) do fields[#fields + 1] = string.format('%d', step) end
  for i, record in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
    if record then
      merged[#merged + 1] = fields[i]
      merged[#merged + 1] = record
    end
  end
end
local open = redis.call('ZREVRANGEBYSCORE', KEYS[2], last * size + size - 1, first * size, 'LIMIT', 0, ARGV[5])
for _, minute in ipairs(open) do
  for _, part in ipairs(redis.call('HVALS', ARGV[4] .. minute)) do
    parts[#parts + 1] = minute
    parts[#parts + 1] = part
  end
end
return { merged, parts }`;

/**
 * The figures of a queue, step by step.
 *
 * @param now epoch ms, by the server's clock
 */
export async function readMetrics(
  redis: Redis,
  keys: Keys,
  query: MetricsQuery,
  now: number,
): Promise<MetricsAnswer> {
  const { step, every = 1, jobName } = query;
  const { first: wanted, last, clamped } = clampRange(query, now);
  const first = wanted - (wanted % every);
  const { records, openMinutes, unreadable } = await read(redis, keys, query, { first, last });
  const { ms } = STEPS[step];
  const figures = Array.from({ length: Math.ceil((last - first + 1) / every) }, (_, i) => {
    const from = first + i * every;
    const whole = new WindowRecord();
    let minutes = 0;
    for (let at = from; at < from + every; at++) {
      const record = records.get(at);
      if (!record) continue;
      whole.merge(record);
      minutes += minutesIn(record, openMinutes.get(at), at, STEPS[step], now);
    }
    const record = minutes > 0 ? whole : undefined;
    return toFigures({ from: from * ms, to: (from + every) * ms, record, minutes, jobName });
  });
  return { figures, jobNames: namesIn(records.values()), clamped, unreadable };
}

/** Names that were counted, most first. */
function namesIn(records: Iterable<WindowRecord>): string[] {
  const counts = new Map<string, number>();
  for (const { names } of records)
    for (const [name, { added, started }] of names)
      counts.set(name, (counts.get(name) ?? 0) + added + started);
  return [...counts.keys()]
    .filter((name) => name !== OTHER)
    .sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1))
    .slice(0, MOST_NAMES);
}

/** What happened lately, before it is made into figures. */
export interface Recent {
  readonly from: number;
  readonly to: number;
  /** Undefined when nothing is known. */
  readonly record: WindowRecord | undefined;
  /** How many minutes of the span are known. */
  readonly minutes: number;
  /** What is known of each minute, or hour, by its number since 1970. */
  readonly steps: ReadonlyMap<number, WindowRecord>;
}

/**
 * What happened in the last `lastMs` of a queue, the minute that has begun included.
 *
 * @param step @default minutes, of which a day is kept
 * @param now epoch ms, by the server's clock
 */
export async function readRecent(
  redis: Redis,
  keys: Keys,
  { queue, lastMs, step }: { queue: string; lastMs: number; step?: Step | undefined },
  now: number,
): Promise<Recent> {
  const usual: Step = lastMs <= KEPT_MINUTES * STEPS.minute.ms ? 'minute' : 'hour';
  const range = { queue, from: now - lastMs, to: now, step: step ?? usual };
  const { ms } = STEPS[range.step];
  const { first, last } = clampRange(range, now);
  const { records, openMinutes } = await read(redis, keys, range, { first, last });
  const whole = new WindowRecord();
  let minutes = 0;
  for (const [at, record] of records) {
    whole.merge(record);
    minutes += minutesIn(record, openMinutes.get(at), at, STEPS[range.step], now);
  }
  const record = records.size > 0 ? whole : undefined;
  const to = Math.min(now, (last + 1) * ms);
  return { from: first * ms, to, record, minutes, steps: records };
}

/** The figures of the last `lastMs` of a queue as one; see `readRecent`. */
export async function readSummary(
  redis: Redis,
  keys: Keys,
  query: { readonly queue: string; readonly lastMs: number; readonly jobName?: string | undefined },
  now: number,
): Promise<Figures> {
  return toFigures({ ...(await readRecent(redis, keys, query, now)), jobName: query.jobName });
}

/** The steps of a range, cut to what is kept. */
export function clampRange(
  { from, to, step }: Pick<MetricsQuery, 'from' | 'to' | 'step'>,
  now: number,
): { first: number; last: number; clamped: boolean } {
  const { ms, kept } = STEPS[step];
  const newest = Math.floor(now / ms);
  const oldest = newest - kept;
  const wantedLast = Number.isFinite(to) ? Math.ceil(to / ms) - 1 : newest;
  const wantedFirst = Number.isFinite(from) ? Math.floor(from / ms) : oldest;
  const last = Math.min(Math.max(wantedLast, oldest), newest);
  const first = Math.min(Math.max(wantedFirst, oldest), last);
  return { first, last, clamped: first !== wantedFirst || last !== wantedLast };
}

interface Read {
  /** By step. */
  readonly records: ReadonlyMap<number, WindowRecord>;
  /** Minutes of a step of which nothing is merged yet, at most. */
  readonly openMinutes: ReadonlyMap<number, number>;
  readonly unreadable: number;
}

async function read(
  redis: Redis,
  keys: Keys,
  { queue, step }: Pick<MetricsQuery, 'queue' | 'step'>,
  { first, last }: { first: number; last: number },
): Promise<Read> {
  const { minutes: size } = STEPS[step];
  const [merged, parts] = (await redis.callBuffer(
    'EVAL',
    READ_LUA,
    2,
    step === 'minute' ? keys.minutes(queue) : keys.hours(queue),
    keys.openMinutes(queue),
    ...[first, last, size, keys.minute(queue, ''), MOST_OPEN],
  )) as [Buffer[], Buffer[]];
  const records = new Map<number, WindowRecord>();
  const open = new Map<number, Set<number>>();
  let unreadable = 0;
  for (const [key, bytes] of pairs(merged)) {
    const record = unpackRecord(bytes);
    if (record) records.set(key, record);
    else unreadable += 1;
  }
  for (const [minute, bytes] of pairs(parts)) {
    const part = unpackRecord(bytes);
    if (!part) {
      unreadable += 1;
      continue;
    }
    const at = Math.floor(minute / size);
    const record = records.get(at) ?? new WindowRecord();
    records.set(at, record);
    record.merge(part);
    open.set(at, (open.get(at) ?? new Set()).add(minute));
  }
  return {
    records,
    openMinutes: new Map([...open].map(([at, minutes]) => [at, minutes.size])),
    unreadable,
  };
}

/** How many minutes of a step are known: those that are merged, those that are not yet, and of this one a share. */
function minutesIn(
  record: WindowRecord,
  open: number | undefined,
  at: number,
  { ms, minutes }: { ms: number; minutes: number },
  now: number,
): number {
  const past = Math.max(LEAST_SHARE, (now - at * ms) / STEPS.minute.ms);
  return Math.min(Math.max(1, record.minutes + (open ?? 0)), past, minutes);
}

function* pairs(flat: readonly Buffer[]): Generator<[number, Buffer]> {
  for (let i = 0; i + 1 < flat.length; i += 2) yield [Number(flat[i]!.toString()), flat[i + 1]!];
}
