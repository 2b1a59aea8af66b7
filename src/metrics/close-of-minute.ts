/**
 * What is done for a minute once its parts are merged: comparing it with the jobs that are still kept, working out
 * how many came in, and writing the keys that others read.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { keyPrefixOf } from '../queues/key-prefix.ts';
import { readQueueStats } from '../queues/queue-stats.ts';
import { readSamples, readSeen, weighted } from './derived.ts';
import { toFigures } from './figures.ts';
import {
  type Fence,
  type Merge,
  planMerge,
  readStored,
  type Stored,
  writeMerges,
} from './merge-minute.ts';
import { unpackRecord } from './packed-record.ts';
import { type Excess, judgeSource, type Seen, type Verdict } from './source.ts';
import { WindowRecord } from './window-record.ts';

const MINUTE_MS = 60_000;
const PUBLISHED_MS = 3 * MINUTE_MS;

/** Which minute. */
export interface Closing {
  readonly minute: number;
  /** Epoch ms. */
  readonly now: number;
  /** Whether it is the last whole one: only that is published. */
  readonly isLast: boolean;
}

/** Remembers what two minutes have to be compared for. */
export class CloseOfMinute {
  readonly #keys: Keys;
  /** Jobs that had not finished when the minute was closed, by queue. */
  #pending = new Map<string, { minute: number; jobs: number }>();
  /** The last minute in which more had finished than was measured, by queue. */
  #exceeded = new Map<string, number>();

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Closes a minute of the queues `labels`. May be repeated. */
  async close(
    redis: Redis,
    fence: Fence,
    labels: readonly string[],
    closing: Closing,
  ): Promise<void> {
    const { minute, now, isLast } = closing;
    const pending = isLast ? await this.#readPending(redis, labels, now) : new Map();
    const seen = await readSeen(redis, labels, minute);
    const places = labels.map((label) => ({ label, minute }));
    const stored = (await readStored(redis, this.#keys, places)).map((one) => ({
      ...one,
      parts: new Map<string, Buffer>(), // Late parts are merged in the next round.
    }));
    const merges: Merge[] = [];
    const records = new Map<string, WindowRecord | undefined>();
    for (const one of stored) {
      const more = await this.#more(redis, one, seen.get(one.label), pending.get(one.label));
      const merge = more && planMerge(one, more);
      if (merge) merges.push(merge);
      records.set(one.label, merge?.minute ?? read(one));
    }
    for (const [label, jobs] of pending) this.#pending.set(label, { minute, jobs });
    if (merges.length > 0) await writeMerges(redis, this.#keys, fence, merges);
    if (isLast) await this.#publish(redis, records);
  }

  async #readPending(
    redis: Redis,
    labels: readonly string[],
    now: number,
  ): Promise<Map<string, number>> {
    const targets = labels.map((label) => ({ label, keyPrefix: keyPrefixOf(label) }));
    const stats = await readQueueStats(redis, this.#keys, targets, now);
    return new Map(
      stats.map(({ queue, counts }) => {
        const { waiting, active, prioritized, delayed, 'waiting-children': parents } = counts;
        return [queue, waiting + active + prioritized + delayed + parents];
      }),
    );
  }

  /** What is to be added to a minute; undefined for nothing. */
  async #more(
    redis: Redis,
    one: Stored,
    seen: Seen | undefined,
    pending: number | undefined,
  ): Promise<WindowRecord | undefined> {
    const record = one.minuteBytes ? read(one) : new WindowRecord();
    if (!record || !seen) return undefined;
    const more = new WindowRecord();
    const verdict = this.#judge(one, record, seen);
    if (verdict.source === 'derived' && !record.derived)
      more.derived = await derive(redis, one, verdict.excess);
    const after = new WindowRecord();
    after.merge(record);
    after.merge(more);
    const arrivals = record.arrivalMinutes > 0 ? undefined : this.#arrivals(one, after, pending);
    if (arrivals !== undefined) {
      more.arrivals = arrivals;
      more.arrivalMinutes = 1;
    }
    return more.derived || arrivals !== undefined ? more : undefined;
  }

  #judge({ label, minute }: Stored, record: WindowRecord, seen: Seen): Verdict {
    const exceededBefore = this.#exceeded.get(label) === minute - 1;
    const verdict = judgeSource(seen, record.isMeasured ? record.total : null, exceededBefore);
    if (verdict.exceeds) this.#exceeded.set(label, minute);
    else this.#exceeded.delete(label);
    return verdict;
  }

  /** How many came in: what left, and what there is more than a minute ago. Undefined at the first look. */
  #arrivals(
    { label, minute }: Stored,
    record: WindowRecord,
    pending: number | undefined,
  ): number | undefined {
    const before = this.#pending.get(label);
    const { throughputPerMinute } = toFigures({ from: 0, to: 0, record, minutes: 1 });
    if (pending === undefined || before?.minute !== minute - 1 || throughputPerMinute === null)
      return undefined;
    return Math.max(0, pending - before.jobs + throughputPerMinute);
  }

  async #publish(
    redis: Redis,
    records: ReadonlyMap<string, WindowRecord | undefined>,
  ): Promise<void> {
    const pipeline = redis.pipeline();
    for (const [label, record] of records) {
      const { throughputPerMinute, run } = toFigures({ from: 0, to: 0, record, minutes: 1 });
      publish(this.#keys.throughput(label), throughputPerMinute);
      publish(this.#keys.latencyP95(label), run?.p95Ms ?? null);
    }
    await pipeline.exec();

    function publish(key: string, value: number | null): void {
      if (value === null) pipeline.del(key);
      else pipeline.set(key, String(Math.round(value)), 'PX', PUBLISHED_MS);
    }
  }
}

async function derive(
  redis: Redis,
  { label, minute }: Stored,
  excess: Excess,
): Promise<WindowRecord['derived']> {
  const jobs = excess.completed ?? 0;
  const { waits, runs } =
    jobs > 0 ? await readSamples(redis, label, minute) : { waits: [], runs: [] };
  return { ...excess, wait: weighted(waits, jobs), run: weighted(runs, jobs) };
}

function read({ minuteBytes }: Stored): WindowRecord | undefined {
  return minuteBytes ? unpackRecord(minuteBytes) : undefined;
}
