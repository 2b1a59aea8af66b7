/**
 * Writes what this process has counted, a few times a minute and in one round trip.
 *
 * What is written is numbered for each queue, and the number is compared and kept in the same step: a batch whose
 * answer was lost is sent again as it was and is counted once. While Redis is away the figures of a minute are
 * added up here, for an hour at most.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import { AGES_MS } from '../config/ages.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { packRecord } from './packed-record.ts';
import type { Recorder } from './recorder.ts';
import type { WindowRecord } from './window-record.ts';

/** Longer than a batch may be sent again: see `RECEIPT_TTL_S`. */
const GIVEN_UP_AFTER_MS = 55 * 60_000;
/** What is older has no receipt any more, and could be counted twice. */
const RECEIPT_TTL_S = 60 * 60;
const MOST_MINUTES = 60;

/**
 * KEYS 1 receipt of the process, 2 open minutes of the queue, 3 index of queues, 4 … the keys of the minutes ·
 * ARGV 1 number of the batch, 2 name of the process, 3 label of the queue, 4 seconds a receipt lives, 5 ms a part
 * lives, 6 … for each minute: the minute, the part. Returns 1 when written, 0 when it was there already. One step:
 * killed in between, the parts would be there and their number not, and they would be counted twice.
 */
const WRITE_LUA = /* lua */ `
local number = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) >= number then return 0 end
local last = 0
for i = 4, #KEYS do
  local minute = ARGV[6 + (i - 4) * 2]
  redis.call('HSET', KEYS[i], ARGV[2] .. ':' .. ARGV[1], ARGV[7 + (i - 4) * 2])
  redis.call('PEXPIRE', KEYS[i], ARGV[5])
  redis.call('ZADD', KEYS[2], minute, minute)
  last = math.max(last, tonumber(minute))
end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], last * 60000, ARGV[3])
return 1`;

/** What was sent for a queue and has not been answered yet. */
interface Batch {
  readonly number: number;
  readonly sentAt: number;
  readonly parts: ReadonlyMap<number, Buffer>;
}

/** What one queue still has to write. */
interface Backlog {
  number: number;
  unanswered: Batch | undefined;
  readonly minutes: Map<number, WindowRecord>;
}

/** What a flush needs. */
export interface FlushOptions {
  readonly recorder: Recorder;
  readonly command: Connection;
  readonly keys: Keys;
  /** Of this process: `<host>:<pid>`. */
  readonly hostId: string;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** Writes the figures of a process. */
export class Flush {
  readonly #options: FlushOptions;
  readonly #clock: Clock;
  readonly #process: string;
  readonly #backlogs = new Map<string, Backlog>();
  #hasDropped = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: FlushOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#process = `${options.hostId}:${randomUUID().slice(0, 8)}`;
  }

  /** Writes what there is. While Redis is away it is only kept. */
  flush(): Promise<void> {
    return this.#round({ all: false });
  }

  /** Writes all that is left, but waits no longer than `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    const last = this.#sending
      .catch(() => {})
      .then(() => this.#round({ all: true }))
      // A batch without an answer goes first and alone; what came after it needs another round.
      .then(() => (this.#isEmpty ? undefined : this.#round({ all: true })));
    await withDeadline(
      last.catch(() => {}),
      timeoutMs,
    );
  }

  get #isEmpty(): boolean {
    return [...this.#backlogs.values()].every(
      ({ unanswered, minutes }) => !unanswered && minutes.size === 0,
    );
  }

  #round({ all }: { all: boolean }): Promise<void> {
    this.#sending = this.#write(all);
    return this.#sending;
  }

  async #write(all: boolean): Promise<void> {
    const { recorder, command } = this.#options;
    for (const { minute, records } of recorder.take({ all }))
      for (const [label, record] of records) this.#keep(label, minute, record);
    this.#drop();
    if (!command.isReady) return;
    this.#hasDropped = false;
    const batches = this.#batches();
    if (batches.length === 0) return;
    const redis = await command.raw();
    const pipeline = redis.pipeline();
    for (const [label, batch] of batches) this.#send(pipeline, label, batch);
    const replies = (await pipeline.exec()) ?? [];
    let failure: Error | undefined;
    for (const [i, [error]] of replies.entries()) {
      if (error) failure ??= error;
      else this.#backlogs.get(batches[i]![0])!.unanswered = undefined;
    }
    if (failure) throw failure;
  }

  #keep(label: string, minute: number, record: WindowRecord): void {
    const backlog = this.#backlogs.get(label) ?? {
      number: 0,
      unanswered: undefined,
      minutes: new Map<number, WindowRecord>(),
    };
    this.#backlogs.set(label, backlog);
    const known = backlog.minutes.get(minute);
    if (known) known.merge(record);
    else backlog.minutes.set(minute, record);
  }

  /** For each queue what is unanswered, as it was, or else what has come since. */
  #batches(): [label: string, batch: Batch][] {
    const batches: [string, Batch][] = [];
    for (const [label, backlog] of this.#backlogs) {
      if (!backlog.unanswered && backlog.minutes.size > 0) {
        backlog.number += 1;
        backlog.unanswered = {
          number: backlog.number,
          sentAt: this.#clock.monotonic(),
          parts: new Map([...backlog.minutes].map(([minute, part]) => [minute, packRecord(part)])),
        };
        backlog.minutes.clear();
      }
      if (backlog.unanswered) batches.push([label, backlog.unanswered]);
    }
    return batches;
  }

  #send(pipeline: ReturnType<Redis['pipeline']>, label: string, { number, parts }: Batch): void {
    const { keys } = this.#options;
    const minutes = [...parts.keys()];
    pipeline.eval(
      WRITE_LUA,
      3 + minutes.length,
      keys.flushed(label, this.#process),
      keys.openMinutes(label),
      keys.metrics(),
      ...minutes.map((minute) => keys.minute(label, minute)),
      number,
      this.#process,
      label,
      RECEIPT_TTL_S,
      AGES_MS.metricsData,
      ...[...parts].flat(),
    );
  }

  /** Gives up what is too old to be sent without being counted twice, and more minutes than are kept. */
  #drop(): void {
    const oldest = this.#clock.monotonic() - GIVEN_UP_AFTER_MS;
    let hasDropped = false;
    for (const backlog of this.#backlogs.values()) {
      if (backlog.unanswered && backlog.unanswered.sentAt < oldest) {
        backlog.unanswered = undefined;
        hasDropped = true;
      }
      while (backlog.minutes.size > MOST_MINUTES) {
        backlog.minutes.delete(Math.min(...backlog.minutes.keys()));
        hasDropped = true;
      }
    }
    if (hasDropped && !this.#hasDropped) {
      this.#hasDropped = true;
      this.#options.announce('metrics.dropped', { minutes: GIVEN_UP_AFTER_MS / 60_000 });
    }
  }
}
