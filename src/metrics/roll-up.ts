/**
 * Merges what all processes have written into minutes and hours. One process does it: the leader.
 *
 * A minute is closed half a minute after its end, when the last parts of it are there; parts that come later, after
 * an outage, are merged in the same way. Each closed minute is also compared with the sets of finished jobs, so
 * that workers without Drover are covered, and gives the keys that others read. Every step is one script that
 * does all or nothing, so it may be killed between any two.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Lease } from '../redis/lease.ts';
import { CloseOfMinute } from './close-of-minute.ts';
import {
  closeMinutes,
  type Fence,
  hourOf,
  type Merge,
  type Place,
  planMerge,
  readStored,
  writeMerges,
} from './merge-minute.ts';
import { forgetQueues, prune, settle } from './settle.ts';

const MINUTE_MS = 60_000;
/** Processes write every few seconds; later than this come only those that were cut off. */
const CLOSED_AFTER_MS = 30_000;
/** Queues of a fleet that are looked at. */
const MOST_QUEUES = 1_000;
const QUEUES_AT_A_TIME = 100;
/** Their parts are read at once, over the socket and in the process that jobs use: both must stay free. */
const MERGES_AT_A_TIME = 2;
/** Minutes of a queue that are caught up with in one round. */
const MOST_CATCHING_UP = 20;
/** A leader that was away does not look at the sets of longer ago. */
const MOST_CLOSINGS = 3;
/** Nor does it settle hours of longer ago. */
const MOST_SETTLINGS = 3;

/** What a roll-up needs. */
export interface RollUpOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly lease: Pick<Lease, 'name' | 'isHeld' | 'epoch'>;
  /** Queues that this process knows, also those without a Drover worker: names inside Drover's keys. */
  readonly queues: () => readonly string[] | Promise<readonly string[]>;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  readonly clock?: Clock;
}

/** The leader's part of the metrics. */
export class RollUp {
  readonly #options: RollUpOptions;
  readonly #clock: Clock;
  readonly #closing: CloseOfMinute;
  /** The last minute that was compared with the sets. */
  #closed: number | undefined;
  /** The hour before which everything is settled. */
  #tidiedHour: number | undefined;
  /** Minutes that only another version can merge. */
  #foreign = new Set<string>();

  constructor(options: RollUpOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#closing = new CloseOfMinute(options.keys);
  }

  /** Minutes with parts that this version cannot read. */
  get unreadable(): number {
    return this.#foreign.size;
  }

  /** One round. Does nothing unless this process leads and Redis answers. */
  async round(): Promise<void> {
    const { command, lease, keys } = this.#options;
    if (!lease.isHeld || !command.isReady) return;
    const redis = await command.raw();
    const now = this.#options.serverNow() ?? this.#clock.now();
    const last = Math.floor((now - CLOSED_AFTER_MS) / MINUTE_MS) - 1;
    const labels = await this.#labels(redis);
    const fence = {
      key: keys.leaseEpoch(lease.name),
      epoch: lease.epoch,
      openHour: hourOf(last) - 1,
    };
    for (const some of slices(labels)) {
      if (!(await this.#merge(redis, fence, some, last))) return;
    }
    const first = Math.max((this.#closed ?? 0) + 1, last - MOST_CLOSINGS + 1);
    for (let minute = first; minute <= last; minute += 1) {
      for (const some of slices(labels)) {
        if (!this.#options.lease.isHeld) return;
        await this.#closing.close(redis, fence, some, { minute, now, isLast: minute === last });
      }
      this.#closed = minute;
    }
    await this.#tidyUp(redis, fence, labels, { last, now });
  }

  async #labels(redis: Redis): Promise<string[]> {
    const measured = await redis.zrevrange(this.#options.keys.metrics(), 0, MOST_QUEUES - 1);
    return [...new Set([...measured, ...(await this.#options.queues())])].slice(0, MOST_QUEUES);
  }

  /** Merges the parts of closed minutes. Returns false when this process leads no longer. */
  async #merge(
    redis: Redis,
    fence: Fence,
    labels: readonly string[],
    last: number,
  ): Promise<boolean> {
    const { lease } = this.#options;
    for (let turn = 0; turn < MOST_CATCHING_UP; turn += 1) {
      if (!lease.isHeld) return false;
      const places = await this.#openMinutes(redis, labels, last);
      if (places.length === 0) return true;
      for (const some of slices(places, MERGES_AT_A_TIME))
        if (!(await this.#mergeSome(redis, fence, some))) return false;
    }
    return true;
  }

  async #mergeSome(redis: Redis, fence: Fence, places: readonly Place[]): Promise<boolean> {
    const { keys } = this.#options;
    const stored = await readStored(redis, keys, places);
    const merges: Merge[] = [];
    for (const one of stored) {
      const merge = planMerge(one);
      if (merge) merges.push(merge);
      else if (one.parts.size > 0) this.#foreign.add(placeName(one));
    }
    const results = await writeMerges(redis, keys, fence, merges);
    await closeMinutes(
      redis,
      keys,
      stored.filter(({ parts }) => parts.size === 0),
    );
    return !results.includes(-1);
  }

  /** Of each queue the oldest minute that is closed and has parts. */
  async #openMinutes(redis: Redis, labels: readonly string[], last: number): Promise<Place[]> {
    const pipeline = redis.pipeline();
    for (const label of labels)
      pipeline.zrangebyscore(
        this.#options.keys.openMinutes(label),
        '-inf',
        last,
        'LIMIT',
        0,
        MOST_CATCHING_UP,
      );
    const replies = (await pipeline.exec()) ?? [];
    return replies.flatMap(([error, minutes], i) => {
      if (error) throw error;
      const label = labels[i]!;
      const minute = (minutes as string[])
        .map(Number)
        .find((each) => !this.#foreign.has(placeName({ label, minute: each })));
      return minute === undefined ? [] : [{ label, minute }];
    });
  }

  /** Once an hour: settles the hours that are over, and forgets what is too old. */
  async #tidyUp(
    redis: Redis,
    fence: Fence,
    labels: readonly string[],
    { last, now }: { last: number; now: number },
  ): Promise<void> {
    const { keys, lease } = this.#options;
    const { openHour } = fence;
    if (this.#tidiedHour === openHour) return;
    const first = Math.max(this.#tidiedHour ?? 0, openHour - MOST_SETTLINGS);
    for (const label of labels) {
      for (let hour = first; hour < openHour; hour += 1) {
        if (!lease.isHeld) return;
        await settle(redis, keys, fence, { label, hour });
      }
    }
    for (const some of slices(labels)) await prune(redis, keys, some, last);
    await forgetQueues(redis, keys, now);
    this.#foreign.clear();
    this.#tidiedHour = openHour;
  }
}

function* slices<T>(list: readonly T[], size: number = QUEUES_AT_A_TIME): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}

function placeName({ label, minute }: Place): string {
  return `${label}:${minute}`;
}
