/**
 * The one sampler of a process: looks at all queues once a second while anybody is interested, and keeps what it saw.
 *
 * Asleep otherwise. Whatever the number of viewers, a second costs one command, and another one every five seconds for
 * the connections of workers that run plain BullMQ. With more queues than one command may look at, they take turns: none
 * is left out, and how old the oldest row is is said. While Redis is away the last sample stays, with its age.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import { withDeadline } from '../../base/wait.ts';
import { messageOf } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import { countBullWorkers } from '../../queues/bull-connection.ts';
import type { QueueDirectory } from '../../queues/queue-directory.ts';
import { parseClientList } from '../../redis/client-list.ts';
import type { Hub } from '../../redis/hub.ts';
import { parseReason } from '../queues/pause-reasons.ts';
import { CountedMinutes, lastMinute } from './counted-minutes.ts';
import type { Rows } from './live-changes.ts';
import type { OverviewRow, OverviewView } from './live-views.ts';
import { type Sample, type SampledQueue, sampleQueues } from './sample-queues.ts';
import { type SlowFigures, toSlowFigures, UNKNOWN } from './slow-figures.ts';

/** What a sampler needs. */
export interface OverviewSamplerOptions {
  readonly hub: Pick<Hub, 'command' | 'serverClock' | 'isConfigured'>;
  readonly keys: Keys;
  readonly directory: Pick<QueueDirectory, 'labels' | 'isComplete' | 'look'>;
  /** How Redis is, from memory. */
  readonly redis: () => OverviewView['redis'];
  /** Whether anybody watches. */
  readonly isWatched: () => boolean;
  /** Called after each round. */
  readonly onRound: (moment: Moment) => void;
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/** What is known at a moment. */
export interface Moment
  extends Pick<
    OverviewView,
    'redis' | 'takenAt' | 'processes' | 'uncounted' | 'oldestRowAt' | 'isComplete' | 'problem'
  > {
  readonly rows: Rows;
}

interface Heartbeat {
  readonly workers: number;
  readonly slots: number;
}

/** Interest of somebody who asked once lasts so long. */
const INTEREST_MS = 10_000;
/** A sample is good for so long: a little less than the loop's shortest pause. */
const FRESH_MS = 850;
const WHOLE_EVERY_MS = 5_000;
/** So many looks share the queues that are due as a whole, so that none is slow. */
const SHARED_BY = 5;
/** What was refused is not asked for again for a while: each time is a line in the log of the ACL. */
const DENIED_MS = 5 * 60_000;
const QUEUES_PER_COMMAND = 250;
/** A list of more clients than this holds the server up: it is asked for less often. */
const MANY_CLIENTS = 1_000;
const MANY_CLIENTS_EVERY_MS = 60_000;

/** Keeps the last sample. */
export class OverviewSampler {
  readonly #options: OverviewSamplerOptions;
  readonly #clock: Clock;
  readonly #slow = new Map<string, SlowFigures>();
  readonly #minutes = new CountedMinutes();
  readonly #wholeAt = new Map<string, number>();
  /** When it was looked at, on the server's clock. Of all queues, also of those that cannot be counted. */
  readonly #seenAt = new Map<string, number>();
  #heartbeats: ReadonlyMap<string, Heartbeat> | undefined;
  #processes: number | null = null;
  #plain: ReadonlyMap<string, number> | undefined;
  #hostsAt = Number.NEGATIVE_INFINITY;
  #clientsAt = Number.NEGATIVE_INFINITY;
  #deniedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #sampling: Promise<void> | undefined;
  /** Where the next look begins. */
  #next = 0;
  #last: Moment = {
    ...{ redis: 'disabled', takenAt: null, processes: null, uncounted: [], oldestRowAt: null },
    ...{ isComplete: false, problem: null },
    rows: new Map(),
  };

  constructor(options: OverviewSamplerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What is known. How Redis is, is of now. */
  get last(): Moment {
    return { ...this.#last, redis: this.#options.redis() };
  }

  /** Milliseconds since the last sample; null when there is none. */
  get ageMs(): number | null {
    if (this.#last.takenAt === null) return null;
    return Math.max(0, Math.round(this.#clock.monotonic() - this.#sampledAt));
  }

  /** What is known, once it is of the last seconds or Redis had its time to answer. Never rejects. */
  async ask(): Promise<Moment> {
    this.#askedAt = this.#clock.monotonic();
    const { timeoutMs } = this.#options;
    if (!this.#isFresh(2 * FRESH_MS)) await withDeadline(this.#sample(), timeoutMs, this.#clock);
    return this.last;
  }

  /** For a loop, once a second. Throws nothing: what is wrong is part of the overview. */
  async round(): Promise<void> {
    const { isWatched, onRound } = this.#options;
    const isWanted = isWatched() || this.#clock.monotonic() - this.#askedAt < INTEREST_MS;
    if (!isWanted) return;
    if (!this.#isFresh(FRESH_MS)) await withDeadline(this.#sample(), FRESH_MS, this.#clock);
    onRound(this.last);
  }

  #isFresh(withinMs: number): boolean {
    return this.#clock.monotonic() - this.#sampledAt < withinMs;
  }

  /** Whoever asks while a sample is taken gets that one. */
  #sample(): Promise<void> {
    const { hub } = this.#options;
    if (!hub.command.isReady) return Promise.resolve();
    this.#sampling ??= this.#look()
      .catch((error: unknown) => {
        this.#last = { ...this.#last, problem: messageOf(error) };
      })
      .finally(() => {
        this.#sampling = undefined;
      });
    return this.#sampling;
  }

  async #look(): Promise<void> {
    const { directory } = this.#options;
    await directory.look();
    const { isComplete } = directory; // Of these labels: it goes on looking meanwhile.
    const labels = directory.labels();
    const rows = new Map<string, OverviewRow>();
    for (const label of labels) {
      const row = this.#last.rows.get(label);
      if (row) rows.set(label, row);
    }
    await this.#lookAtClients();
    // Those that are new are all looked at, of the others so many in each round.
    const added = labels.filter((label) => !this.#seenAt.has(label));
    const wanted = [...new Set([...added, ...this.#takeTurn(labels)])];
    for (let at = 0; at === 0 || at < wanted.length; at += QUEUES_PER_COMMAND)
      await this.#lookAt(wanted.slice(at, at + QUEUES_PER_COMMAND), rows);
    this.#forget(new Set(labels));
    this.#sampledAt = this.#clock.monotonic();
    this.#last = {
      ...{ redis: this.#options.redis(), takenAt: this.#serverNow(), processes: this.#processes },
      uncounted: labels.filter((label) => !rows.has(label)),
      oldestRowAt: [...this.#seenAt.values()].reduce(earlier, null),
      ...{ isComplete, problem: null, rows },
    };
  }

  #takeTurn(labels: readonly string[]): readonly string[] {
    if (this.#next >= labels.length) this.#next = 0;
    const from = this.#next;
    this.#next += QUEUES_PER_COMMAND;
    return labels.slice(from, this.#next);
  }

  async #lookAt(labels: readonly string[], rows: Map<string, OverviewRow>): Promise<void> {
    const { hub, keys } = this.#options;
    const at = this.#clock.monotonic();
    const isDue = (since = Number.NEGATIVE_INFINITY): boolean => at - since >= WHOLE_EVERY_MS;
    const withDrover = at - this.#deniedAt >= DENIED_MS;
    const withHosts = withDrover && isDue(this.#hostsAt);
    const now = this.#serverNow();
    const last = lastMinute(now);
    const whole = new Map(
      this.#dueAsWhole(labels, isDue).map((label) => [label, this.#uncounted(label, last)]),
    );
    const wishes = { labels, whole, now, withHosts, withDrover };
    const sample = await sampleQueues(await hub.command.raw(), keys, wishes);
    if (sample.isDenied) this.#deniedAt = at;
    if (withHosts) {
      this.#hostsAt = at;
      this.#hear(sample);
    }
    for (const [i, label] of labels.entries()) {
      const seen = sample.queues[i];
      this.#seenAt.set(label, now);
      if (!seen) {
        rows.delete(label);
        continue;
      }
      if (seen.slow) {
        this.#minutes.add(label, last, seen.slow.minutes);
        this.#slow.set(label, toSlowFigures(seen.slow, this.#minutes.of(label)));
        this.#wholeAt.set(label, at);
      }
      rows.set(label, this.#row(label, seen, now));
    }
  }

  /** Those that never were, and of the others at most so many that all have had their turn when they are due again. */
  #dueAsWhole(
    labels: readonly string[],
    isDue: (since: number | undefined) => boolean,
  ): readonly string[] {
    const due = labels.filter((label) => isDue(this.#wholeAt.get(label)));
    const known = due.filter((label) => this.#wholeAt.has(label));
    const most = Math.ceil(labels.length / SHARED_BY);
    const mayWait = new Set(known.slice(most));
    return due.filter((label) => !mayWait.has(label));
  }

  /** Half an hour of many queues takes long: the first look, which is at all of them, leaves that to the turns. */
  #uncounted(label: string, last: number): number {
    return this.#wholeAt.has(label) ? this.#minutes.missing(label, last) : 0;
  }

  #row(queue: string, seen: SampledQueue, now: number): OverviewRow {
    const { isJudged, oldestWaitingAt: since, ...slow } = this.#slow.get(queue) ?? UNKNOWN;
    const hasWaiting = (seen.counts.waiting ?? 0) + (seen.counts.prioritized ?? 0) > 0;
    const oldestWaitingAt = hasWaiting ? since : null;
    const beat = this.#heartbeats?.get(queue);
    const plain = this.#plain?.get(queue) ?? 0;
    const isKnown = this.#heartbeats !== undefined || this.#plain !== undefined;
    const from = isJudged && beat ? 'measured' : 'derived';
    return {
      ...{ queue, counts: seen.counts, isPaused: seen.isPaused },
      pausedFor: parseReason(seen.pause)?.reason ?? null,
      oldestWaitingMs: oldestWaitingAt === null ? null : Math.max(0, now - oldestWaitingAt),
      oldestWaitingAt,
      workers: isKnown ? (beat?.workers ?? 0) + plain : null,
      slots: this.#heartbeats && plain === 0 ? (beat?.slots ?? 0) : null,
      active: seen.counts.active ?? 0,
      ...slow,
      throughputFrom: slow.throughputPerMinute === null ? 'absent' : from,
    };
  }

  #hear({ hosts, isDenied }: Sample): void {
    if (isDenied || !hosts) {
      this.#heartbeats = undefined;
      this.#processes = null;
      return;
    }
    this.#heartbeats = sum(hosts);
    this.#processes = hosts.length;
  }

  /** Workers of plain BullMQ have no heartbeat, but their connections have names. */
  async #lookAtClients(): Promise<void> {
    const { command } = this.#options.hub;
    const at = this.#clock.monotonic();
    const isMany = (command.serverInfo.connectedClients ?? 0) > MANY_CLIENTS;
    const everyMs = isMany ? MANY_CLIENTS_EVERY_MS : WHOLE_EVERY_MS;
    if (at - this.#clientsAt < everyMs) return;
    this.#clientsAt = at;
    const redis = await command.raw();
    let text: string;
    try {
      text = String(await redis.client('LIST'));
    } catch {
      this.#plain = undefined; // A right that is missing: heartbeats still tell.
      this.#clientsAt = at + DENIED_MS;
      return;
    }
    this.#plain = countBullWorkers(parseClientList(text));
  }

  #forget(known: ReadonlySet<string>): void {
    this.#minutes.keep(known);
    for (const kept of [this.#slow, this.#wholeAt, this.#seenAt])
      for (const label of kept.keys()) if (!known.has(label)) kept.delete(label);
  }

  #serverNow(): number {
    return Math.round(this.#options.hub.serverClock.now ?? this.#clock.now());
  }
}

function earlier(one: number | null, other: number): number {
  return one === null ? other : Math.min(one, other);
}

/** What all processes say, together, by queue. What cannot be read is another version's: skipped. */
function sum(hosts: readonly string[]): Map<string, Heartbeat> {
  const sums = new Map<string, Heartbeat>();
  for (const json of hosts) {
    for (const [queue, beat] of Object.entries(parse(json))) {
      const { workers, slots } = sums.get(queue) ?? { workers: 0, slots: 0 };
      sums.set(queue, { workers: workers + beat.workers, slots: slots + beat.slots });
    }
  }
  return sums;
}

function parse(json: string): Record<string, Heartbeat> {
  try {
    return (JSON.parse(json) ?? {}) as Record<string, Heartbeat>;
  } catch {
    return {};
  }
}
