/**
 * Carries bulk actions on: the leader's part. Called again and again, and does what fits into its budget.
 *
 * Whatever it needs to know is in Redis, so any process can go on where another one was killed. Nothing is done twice
 * and nothing is counted twice: the work sees to it, and the place moves in the same step as the counts. The state of the action is read with each part, so a pause or an abort comes
 * through at once.
 */
import { isStoreDown } from '../backend/payload-failures.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep, withDeadline } from '../base/wait.ts';
import { messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Connection } from '../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import type { Lease } from '../redis/lease.ts';
import { ACTIVE, type BulkAction, type BulkState } from './bulk-action.ts';
import type { BulkStore, Fields } from './bulk-store.ts';
import type { BulkWork, Dealt } from './bulk-work.ts';

/** What a runner needs. */
export interface BulkRunnerOptions {
  readonly hub: Pick<Hub, 'command' | 'onBulk'>;
  /** Where its actions are. */
  readonly store: BulkStore;
  /** What they do. */
  readonly work: BulkWork;
  /** Whether this process leads, and its fencing epoch. */
  readonly leadership: Pick<Lease, 'isHeld' | 'epoch'>;
  readonly announce: Announce;
  /** Longest that one round takes while Redis answers; `stop` ends it sooner. @default 30 s */
  readonly budgetMs?: number;
  readonly clock?: Clock;
}

const BUDGET_MS = 30_000;
/** Under way at a time. */
const PAGE = 500;
/** How long the bulk socket may take to open. */
const OPENING_MS = 2_000;
const LOOK_FOR_NEW_MS = 500;
/** Longest pause inside a round; an abort and a stop are noticed after it. */
const LONGEST_PAUSE_MS = 200;
const CANARY_LOOK_MS = 250;

/** How long the action has nothing to do; null when the leader is through with it for now. */
type Rest = number | null;

/** Carries on what is active. */
export class BulkRunner {
  readonly #options: BulkRunnerOptions;
  readonly #clock: Clock;
  readonly #store: BulkStore;
  readonly #stopping = new AbortController();
  /** Action → when its pace allows the next part, monotonic. */
  readonly #nextAt = new Map<string, number>();
  /** Action → since when and how many, for its rate. */
  readonly #pulses = new Map<string, { since: number; count: number; rate: number }>();

  constructor(options: BulkRunnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = options.store;
  }

  /** Ends the round under way at its next part; later rounds do nothing. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Carries all active actions on for as long as the budget lasts. Nothing while this process does not lead. */
  async round(): Promise<void> {
    const { hub, budgetMs = BUDGET_MS } = this.#options;
    if (!this.#mayAct || !hub.command.isReady) return;
    const active = await this.#store.active(await hub.command.raw());
    if (active.length === 0) return;
    const endAt = this.#clock.monotonic() + budgetMs;
    try {
      await hub.onBulk((bulk) => this.#carryOn(bulk, endAt));
    } catch (error) {
      // The socket says itself that it is away; what was lost is looked at anew in the next round.
      if (!toConnectionLost(error)) throw error;
    }
  }

  get #mayAct(): boolean {
    return this.#options.leadership.isHeld && !this.#stopping.signal.aborted;
  }

  async #carryOn(bulk: Connection, endAt: number): Promise<void> {
    const opened = await withDeadline(bulk.client, OPENING_MS, this.#clock);
    let open: string[] = [];
    let lookedAt = Number.NEGATIVE_INFINITY;
    while (opened.settled && this.#mayAct && bulk.isReady && this.#clock.monotonic() < endAt) {
      const redis = await bulk.raw();
      if (this.#clock.monotonic() - lookedAt >= LOOK_FOR_NEW_MS) {
        open = await this.#store.active(redis);
        lookedAt = this.#clock.monotonic();
      }
      if (open.length === 0) return;
      let restMs = Number.POSITIVE_INFINITY;
      for (const id of [...open]) {
        if (!this.#mayAct || !bulk.isReady) return;
        const rest = await this.#advance(bulk, id).catch((error) => this.#failed(bulk, id, error));
        if (rest === null) open = open.filter((each) => each !== id);
        else restMs = Math.min(restMs, rest);
      }
      if (open.length > 0 && restMs > 0)
        await sleep(Math.min(restMs, LONGEST_PAUSE_MS), {
          ...{ signal: this.#stopping.signal, clock: this.#clock, background: true },
        });
    }
  }

  /** One part of one action. */
  async #advance(bulk: Connection, id: string): Promise<Rest> {
    const { epoch } = this.#options.leadership;
    const action = await this.#store.claim(await bulk.raw(), id, epoch);
    if (action?.state === 'planned') return this.#begin(bulk, action);
    if (action?.state === 'canary') return this.#canary(bulk, action);
    if (action?.state === 'running') return this.#part(bulk, action, PAGE);
    if (action?.state === 'undoing') return this.#undo(bulk, action);
    this.#nextAt.delete(id);
    this.#pulses.delete(id);
    return null;
  }

  /** What can pass is tried again in a later round; what cannot ends the action, not the others. */
  async #failed(bulk: Connection, id: string, error: unknown): Promise<Rest> {
    if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
      await bulk.preload();
      return 0;
    }
    if (toConnectionLost(error) || refusalOf(error) || isStoreDown(error) || !bulk.isReady)
      throw error;
    const action = await this.#store.get(await bulk.raw(), id);
    if (!action || !ACTIVE.includes(action.state)) return null;
    return this.#finish(bulk, action, 'failed', messageOf(error));
  }

  async #begin(bulk: Connection, action: BulkAction): Promise<Rest> {
    const { id, kind, selection, actor, total } = action;
    const to = action.canary ? 'canary' : 'running';
    const now = this.#clock.now();
    const isMoved = await this.#move(bulk, action, to, { startedAt: now, pausedIn: to });
    if (isMoved)
      this.#options.announce('bulk.started', { id, kind, queue: selection.queue, actor, total });
    return 0;
  }

  async #canary(bulk: Connection, action: BulkAction): Promise<Rest> {
    const { canary, canaryIds, canaryUntil, place } = action;
    const left = canary!.count - canaryIds.length;
    if (canaryUntil === 0 && left > 0 && place !== null) return this.#part(bulk, action, left);
    if (canaryUntil === 0) {
      const until = this.#clock.now() + canary!.waitMs;
      await this.#save(bulk, action, { canaryUntil: until });
      return 0;
    }
    const isTimeUp = this.#clock.now() >= canaryUntil;
    const verdict = await this.#options.work.judgeCanary!(await bulk.raw(), action, isTimeUp);
    if (verdict === 'wait') return CANARY_LOOK_MS;
    if (verdict === 'go') await this.#move(bulk, action, 'running', { pausedIn: 'running' });
    else await this.#pause(bulk, action, verdict.reason);
    return 0;
  }

  /** A pause by the leader resumes behind the canary: whoever resumes has seen what came of it. */
  async #pause(bulk: Connection, action: BulkAction, reason: string): Promise<void> {
    const { id, kind, selection } = action;
    if (await this.#move(bulk, action, 'paused', { reason, pausedIn: 'running' }))
      this.#options.announce('bulk.paused', { id, kind, queue: selection.queue, reason });
  }

  /** Deals with at most so many, as far as the pace allows. */
  async #part(bulk: Connection, action: BulkAction, most: number): Promise<Rest> {
    const { id, perSecond, place } = action;
    if (place === null) return this.#finish(bulk, action, 'done');
    const now = this.#clock.monotonic();
    const nextAt = this.#nextAt.get(id) ?? now;
    if (nextAt > now) return nextAt - now;
    const allowed =
      perSecond === null ? most : Math.min(most, Math.max(1, Math.floor(perSecond / 5)));
    const by = { at: this.#clock.now(), epoch: this.#options.leadership.epoch };
    const dealt = await this.#options.work.part(bulk, { ...action, place }, allowed, by);
    const state = await this.#savePart(bulk, action, dealt);
    if (perSecond !== null) this.#nextAt.set(id, now + (1_000 * dealt.taken) / perSecond);
    return state === action.state ? 0 : null;
  }

  async #savePart(
    bulk: Connection,
    action: BulkAction,
    { next, counts: { errors, ...counts }, replayed }: Dealt,
  ): Promise<BulkState | 'fenced' | 'gone'> {
    const isCanary = action.state === 'canary';
    return this.#save(
      bulk,
      action,
      {
        ...(next === null ? { isThrough: '1' } : { place: next }),
        rate: this.#rateOf(action.id, counts.processed),
        ...(isCanary && { canaryIds: JSON.stringify([...action.canaryIds, ...replayed]) }),
        ...(errors.length > 0 && {
          errors: JSON.stringify([...action.errors, ...errors].slice(0, 5)),
        }),
      },
      counts.add,
    );
  }

  /** Takes back what has not started, newest first. */
  async #undo(bulk: Connection, action: BulkAction): Promise<Rest> {
    const { place } = action;
    if (place === null) return this.#finish(bulk, action, 'undone');
    const { next, ...counts } = await this.#options.work.undo!(bulk, { ...action, place });
    const set: Fields = next === null ? { isThrough: '1' } : { place: next };
    await this.#save(bulk, action, set, counts);
    return 0;
  }

  async #finish(bulk: Connection, action: BulkAction, to: BulkState, reason = ''): Promise<Rest> {
    const finishedAt = this.#clock.now();
    if (await this.#move(bulk, action, to, { finishedAt, rate: 0, reason }))
      this.#options.announce('bulk.finished', {
        ...{ id: action.id, kind: action.kind, queue: action.selection.queue, state: to },
        ...{ done: action.done, skipped: sum(action.skipped), failed: action.failed },
        ...{ undone: action.undone, tookMs: finishedAt - (action.startedAt ?? finishedAt) },
      });
    return null;
  }

  async #move(
    bulk: Connection,
    action: BulkAction,
    to: BulkState,
    fields: Fields,
  ): Promise<boolean> {
    const redis = await bulk.raw();
    const { epoch } = this.#options.leadership;
    const written = { ...fields, updatedAt: this.#clock.now() };
    const from = [action.state];
    return (
      (await this.#store.move(redis, action.id, { from, to, fields: written, epoch })) === true
    );
  }

  async #save(
    bulk: Connection,
    { id }: BulkAction,
    set: Fields,
    add: Readonly<Record<string, number>> = {},
  ): Promise<BulkState | 'fenced' | 'gone'> {
    const { epoch } = this.#options.leadership;
    const written = { ...set, updatedAt: this.#clock.now() };
    return this.#store.save(await bulk.raw(), id, epoch, written, add);
  }

  /** How many per second over the last second or more. */
  #rateOf(id: string, processed: number): number {
    const now = this.#clock.monotonic();
    const pulse = this.#pulses.get(id) ?? { since: now, count: 0, rate: 0 };
    this.#pulses.set(id, pulse);
    pulse.count += processed;
    const ms = now - pulse.since;
    if (ms >= 1_000)
      Object.assign(pulse, { since: now, count: 0, rate: (1_000 * pulse.count) / ms });
    return Math.round(10 * pulse.rate) / 10;
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
