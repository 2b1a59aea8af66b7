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
import type { PayloadCodecs } from '../payloads/payload-codec.ts';
import type { Connection, ScriptClient } from '../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import type { AcceptedAdd } from '../spool/accepted-add.ts';
import type { Lane } from '../spool/lane.ts';
import type { Spool } from '../spool/spool.ts';
import { type ChangeData, changeArguments, offload } from './packed-arguments.ts';
import { isStoreDown } from './payload-failures.ts';
import { fewAtOnce, onceEach } from './put-away.ts';
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
  readonly payloads: PayloadCodecs;
  readonly clock?: Clock;
}

interface Offloaded {
  readonly ready: readonly AcceptedAdd[];
  readonly failure: PromiseRejectedResult | undefined;
}

/** Empties a spool into Redis. */
export class SpoolSender {
  readonly #options: SpoolSenderOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #offloadFew = fewAtOnce(offload);
  /** By the number of the add: what puts the bodies of an add of one lane into their store, each once. */
  #away: { lane: Lane | undefined; adds: Map<number, ChangeData> } = {
    lane: undefined,
    adds: new Map(),
  };
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
        // Redis tells of itself.
        if (!isPassing(error) || isStoreDown(error))
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
    const { ready, failure } = await this.#offload(lane, adds);
    const outcomes = await Promise.allSettled(ready.map((add) => send(client, key, add)));
    if (failure) outcomes.push(failure);
    return await this.#settle(lane, adds.slice(0, outcomes.length), outcomes);
  }

  /**
   * Puts away what is large in the oldest adds, up to the first for which that fails. What has been put away is
   * remembered until it is sent, or every try would leave bodies behind.
   */
  async #offload(lane: Lane, adds: readonly AcceptedAdd[]): Promise<Offloaded> {
    const { payloads } = this.#options;
    if (this.#away.lane !== lane) this.#away = { lane, adds: new Map() };
    const { adds: away } = this.#away;
    const oldest = adds[0]?.first ?? 0;
    for (const first of away.keys()) if (first < oldest) away.delete(first);
    const outcomes = await Promise.allSettled(
      adds.map(async (add) => {
        const change = away.get(add.first) ?? onceEach(this.#offloadFew);
        away.set(add.first, change);
        return { ...add, args: await changeArguments(payloads, add, add.kind, add.args, change) };
      }),
    );
    const failedAt = outcomes.findIndex(({ status }) => status === 'rejected');
    const whole = failedAt === -1 ? outcomes : outcomes.slice(0, failedAt);
    return {
      ready: whole.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])),
      failure: outcomes[failedAt] as PromiseRejectedResult | undefined,
    };
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
  if (toConnectionLost(error) || refusalOf(error) || isStoreDown(error)) return true;
  return error instanceof Error && /NOSCRIPT|SPOOLGAP/.test(error.message);
}
