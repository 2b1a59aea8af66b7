/**
 * Sends what was accepted while Redis was away: lane by lane, in order, each add exactly once.
 *
 * Runs while there is something to send and ends by itself. Over the bulk socket, so that catching up holds up
 * nobody. An add leaves the disk when Redis has answered it; what Redis will never take is kept apart.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection, ScriptClient } from '../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import type { AcceptedAdd } from '../spool/accepted-add.ts';
import type { Lane } from '../spool/lane.ts';
import type { Spool } from '../spool/spool.ts';
import { skipNumbers, withReceipts } from './receipts.ts';
import { runAdd } from './run-add.ts';

/** Adds under way at a time. */
const SLICE = 100;
const BACKOFF = { minDelayMs: 200, maxDelayMs: 5_000 };
const TELL_EVERY_MS = 1_000;

/** What a sender needs. */
export interface SpoolSenderOptions {
  readonly hub: Hub;
  readonly spool: Spool;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** Empties a spool into Redis. */
export class SpoolSender {
  readonly #options: SpoolSenderOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #isRunning = false;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: SpoolSenderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    options.spool.onWork(() => this.start());
  }

  /** There is something to send. Harmless when it is already being sent. */
  start(): void {
    const { hub } = this.#options;
    if (this.#isRunning || !hub.isConfigured || this.#stopping.signal.aborted) return;
    void this.#run();
  }

  /** Starts nothing any more. What is under way ends with the sockets. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { hub, spool } = this.#options;
    const { signal } = this.#stopping;
    this.#isRunning = true;
    for (let failures = 0; spool.lanes.length > 0 && !signal.aborted; ) {
      try {
        await hub.command.client; // Nothing is opened while Redis is away.
        await hub.onBulk((bulk) => this.#sendAll(bulk));
        failures = 0;
      } catch (error) {
        if (hub.command.state === 'closed' || hub.command.state === 'ended') return;
        failures += 1;
        if (!isPassing(error))
          this.#options.announce('spool.failed', { message: messageOf(error), repeated: failures });
        await sleep(backoffDelay(failures, BACKOFF), { signal, clock: this.#clock });
      }
    }
    this.#isRunning = false; // In the turn of the last look: whoever stores in the next one starts it again.
  }

  async #sendAll(bulk: Connection): Promise<void> {
    for (const lane of this.#options.spool.lanes) {
      const startedAt = this.#clock.monotonic();
      let sent = 0;
      while (lane.oldest(1).length > 0 && !this.#stopping.signal.aborted) {
        sent += await this.#sendSlice(bulk, lane);
        this.#tell(lane, sent);
      }
      const tookMs = Math.round(this.#clock.monotonic() - startedAt);
      if (lane.isEmpty)
        this.#options.announce('spool.emptied', { queue: lane.queue, sent, tookMs });
    }
  }

  /** Returns how many jobs have left the disk. Rejects when the rest must wait. */
  async #sendSlice(bulk: Connection, lane: Lane): Promise<number> {
    const { spool, keys } = this.#options;
    const stored = lane.oldest(SLICE);
    const adds: AcceptedAdd[] = [];
    for (const each of stored) {
      const add = await spool.read(each).catch((error: unknown) => error as Error);
      if (add instanceof Error) {
        if (adds.length > 0) break;
        await spool.refuse(lane, messageOf(add));
        return 0;
      }
      adds.push(add);
    }
    const key = keys.spool(lane.id);
    await this.#closeGap(bulk, key, stored[0]!.first);
    const client = await bulk.client;
    const outcomes = await Promise.allSettled(adds.map((add) => send(client, key, add)));
    return await this.#settle(lane, adds, outcomes);
  }

  /**
   * What lies before the oldest add has been settled in another way: refused, or lost with a Redis that came
   * back empty. A number that Redis has already seen stays: those adds are done.
   */
  async #closeGap(bulk: Connection, key: string, first: number): Promise<void> {
    const redis = await bulk.raw();
    const last = await redis.get(key);
    if (Number(last ?? 0) >= first - 1) return;
    await skipNumbers(redis, key, last, first - 1);
  }

  async #settle(
    lane: Lane,
    adds: readonly AcceptedAdd[],
    outcomes: readonly PromiseSettledResult<unknown>[],
  ): Promise<number> {
    const { spool } = this.#options;
    const failedAt = outcomes.findIndex(({ status }) => status === 'rejected');
    const done = failedAt === -1 ? adds.length : failedAt;
    await spool.settle(lane, done);
    const jobs = adds.slice(0, done).reduce((sum, { count }) => sum + count, 0);
    const failure = outcomes[failedAt];
    if (failure?.status !== 'rejected') return jobs;
    if (isPassing(failure.reason)) {
      if (jobs === 0) throw failure.reason;
      return jobs;
    }
    await spool.refuse(lane, messageOf(failure.reason));
    return jobs;
  }

  #tell(lane: Lane, sent: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#options.announce('spool.sent', { queue: lane.queue, sent, left: lane.jobs });
  }
}

function send(client: ScriptClient, key: string, add: AcceptedAdd): Promise<unknown> {
  return runAdd(add, undefined, withReceipts(client, key, add.first), add.kind, add.args);
}

/** Whether the same add can succeed later. */
function isPassing(error: unknown): boolean {
  if (toConnectionLost(error) || refusalOf(error)) return true;
  return error instanceof Error && /NOSCRIPT|SPOOLGAP/.test(error.message);
}
