/**
 * One queue as the leader scales it: what it knows of it, from one look to the next.
 *
 * Turns looks and beats into a target, and a target and shares into what is to be published. Does no I/O. Without
 * signals its target stays as it is.
 */
import type { PoolSettings } from '../workers/pool-settings.ts';
import { type ArrivalCount, countArrived } from './arrivals.ts';
import { decide, frozen } from './decide.ts';
import type { Explanation } from './explanation.ts';
import { type Counted, type LookTime, NOTHING_COUNTED, plus } from './heard-beats.ts';
import { inWords } from './in-words.ts';
import type { Inheritance } from './inheritance.ts';
import type { SeenQueue, StoredPool } from './look-at-queues.ts';
import { parseSettings } from './parse-settings.ts';
import { type Pin, parsePin } from './pins.ts';
import { dueWithinMs } from './plan.ts';
import { type PlanMemory, parsePlanMemory, planMemoryText } from './plan-memory.ts';
import type { HeardBeat } from './process-beat.ts';
import type { Publication } from './publish.ts';
import { countSlots } from './slot-counts.ts';

/** Slots by the schedule of a pool at a time, epoch ms, and until so long after it. */
export type FloorAt = (schedule: PoolSettings['schedule'], at: number, aheadMs: number) => number;

/** What is told of a change. */
export interface Scaled {
  readonly from: number;
  readonly to: number;
  readonly decidedBy: string;
  readonly reason: string;
}

/** A server clock and ours run so far apart only when one was set. */
const JUMP_MS = 2_000;
/** The pool itself, and with it its settings, is read this seldom; well within the length of a claim. */
const WHOLE_EVERY_MS = 2_500;
/** What is no decision is written seldom. */
const STATUS_EVERY_MS = 5_000;

interface Known {
  readonly target: number | null;
  readonly rev: number;
  readonly shares: string;
  readonly status: string;
  readonly pin: string;
  readonly statusAt: number;
  readonly isFrozen: boolean;
}

/** A queue in the leader's hands. */
export class ScaledQueue {
  readonly queue: string;
  #settingsText: string | undefined;
  #settings: PoolSettings | undefined;
  #waiting = 0;
  /** When the pool itself was read last. */
  #wholeAt: number | undefined;
  #lookedAt: LookTime | undefined;
  #arrivals: ArrivalCount | undefined;
  #counted: Counted = NOTHING_COUNTED;
  #memory: PlanMemory | undefined;
  #target: number | null = null;
  #recommended: number | null = null;
  #explanation: Explanation | undefined;
  #current = 0;
  #frozenFor: string | null = null;
  #shares: ReadonlyMap<string, number>;
  /** What stands in Redis, as far as is known; undefined when all must be written anew. */
  #published: Known | undefined;
  #rev = 0;

  constructor(queue: string, { memory, shares }: Inheritance) {
    this.queue = queue;
    this.#memory = memory === undefined ? undefined : parsePlanMemory(memory);
    this.#shares = shares;
  }

  get settings(): PoolSettings | undefined {
    return this.#settings;
  }
  get target(): number | null {
    return this.#target;
  }
  get shares(): ReadonlyMap<string, number> {
    return this.#shares;
  }
  /** Jobs that could run now, when it was last looked at. */
  get waiting(): number {
    return this.#waiting;
  }
  /** How far ahead its delayed jobs count. */
  get aheadMs(): number {
    return this.#settings ? dueWithinMs(this.#settings) : 0;
  }
  /** Whether it is time to read the pool itself, and to renew its claim. */
  isWholeDue(monotonicMs: number): boolean {
    return this.#wholeAt === undefined || monotonicMs - this.#wholeAt >= WHOLE_EVERY_MS;
  }
  /** Why its target does not follow; null while it does. */
  get frozenFor(): string | null {
    return this.#frozenFor;
  }
  /** What was learned, as text; undefined before there is anything. */
  get memoryText(): string | undefined {
    return this.#memory && planMemoryText(this.#memory);
  }

  /** Adds what its processes have done; it counts until the next decision. */
  count(counted: Counted): void {
    this.#counted = plus(this.#counted, counted);
  }

  /** Decides anew from a look at the queue and the processes that are there. */
  see(look: SeenQueue, live: readonly HeardBeat[], time: LookTime, floorAt: FloorAt): void {
    this.#take(look, time);
    this.#waiting = look.waiting;
    const settings = this.#settings;
    if (!settings) {
      this.freeze('its settings cannot be read');
      return;
    }
    this.#frozenFor = null;
    const slots = countSlots(live, this.queue, this.#shares);
    const floor = floorAt(settings.schedule, time.now, settings.startMs);
    const pin = parsePin(look.pin);
    const { waiting, active, delayed, dueSoon, isPaused, globalConcurrency, jobsPerSecond } = look;
    const signals = {
      ...{ waiting, active, delayed, dueSoon, isPaused, globalConcurrency, jobsPerSecond },
      ...this.#sinceLast(look, time),
      ...{ ...slots, floor, pinned: pin?.slots ?? null },
    };
    const before = { settings, target: this.#target, recommended: this.#recommended, signals };
    const { target, recommended, explanation, memory } = decide(before, this.#memory);
    this.#current = slots.ready;
    this.#target = target;
    this.#recommended = recommended;
    this.#explanation = explained(explanation, pin);
    this.#memory = memory;
  }

  /** Keeps the target, since nothing was heard. */
  freeze(reason: string): void {
    this.#frozenFor = reason;
    if (this.#target !== null) this.#explanation = frozen(this.#target, this.#explanation);
  }

  /** What is to be written when the processes get these shares; null when it stands there already. */
  publication(shares: ReadonlyMap<string, number>, monotonicMs: number): Publication | null {
    const { queue } = this;
    const [settings, explanation, target] = [this.#settings, this.#explanation, this.#target];
    if (!settings || !explanation || target === null) return this.#frozenAlone(monotonicMs);
    this.#shares = shares;
    const text = JSON.stringify(Object.fromEntries(shares));
    const isDecision = target !== this.#published?.target || text !== this.#published?.shares;
    const status = { ...this.#status(settings, explanation, target), shares: text };
    if (!isDecision && !this.#isStatusDue(status, monotonicMs)) return null;
    const recommended = this.#recommended;
    const why = { ...explanation, from: this.#published?.target ?? explanation.from };
    const pool = { ...status, reason: inWords(why, { mode: settings.mode, recommended }) };
    if (!isDecision) return { queue, decision: null, pool };
    const fields = {
      ...{ from: why.from, to: target, mode: settings.mode },
      ...{ recommended: recommended ?? '', why: JSON.stringify(why) },
    };
    return { queue, decision: { rev: this.#rev + 1, fields }, pool };
  }

  /** Where nothing can be decided only that is told: processes then open slots of their own. */
  #frozenAlone(monotonicMs: number): Publication | null {
    if (this.#frozenFor === null) return null;
    const pool = { frozen: this.#frozenFor };
    if (this.#published && !this.#isStatusDue(pool, monotonicMs)) return null;
    return { queue: this.queue, decision: null, pool };
  }

  /** It is written. Tells what changed, if the target did. */
  written({ decision, pool }: Publication, monotonicMs: number): Scaled | null {
    const before = decision ? Number(decision.fields.from) : this.#target;
    if (decision) this.#rev = decision.rev;
    this.#published = {
      target: this.#target,
      rev: this.#rev,
      shares: String(pool.shares ?? this.#published?.shares ?? ''),
      status: statusText(pool),
      pin: pinText(this.#explanation),
      statusAt: monotonicMs,
      isFrozen: this.#frozenFor !== null,
    };
    const to = this.#target!;
    const [decidedBy, reason] = [String(pool.decidedBy), String(pool.reason)];
    return before === to ? null : { from: before!, to, decidedBy, reason };
  }

  /** Whether it was written is not known, or it was not: everything is written again. */
  unwritten(): void {
    this.#published = undefined;
    if (this.#wholeAt !== undefined) this.#wholeAt = Number.NEGATIVE_INFINITY;
  }

  /** Notes what stands in Redis. When that is not what was written last, as after a failover, all is written again. */
  #take({ pool }: SeenQueue, { monotonicMs }: LookTime): void {
    if (!pool) return;
    if (this.#wholeAt === undefined) this.#begin(pool);
    else if (pool.rev !== this.#published?.rev) this.#published = undefined;
    this.#wholeAt = monotonicMs;
    this.#rev = Math.max(this.#rev, pool.rev);
    if (pool.settings === this.#settingsText) return;
    this.#settingsText = pool.settings;
    this.#settings = parseSettings(pool.settings);
  }

  /** Goes on from what the leader before has published. */
  #begin({ target, recommended, rev }: StoredPool): void {
    this.#target = target;
    this.#recommended = recommended;
    if (target === null) return;
    this.#published = {
      ...{ target, rev },
      shares: JSON.stringify(Object.fromEntries(this.#shares)),
      ...{ status: '', pin: '' },
      statusAt: Number.NEGATIVE_INFINITY,
      isFrozen: false,
    };
  }

  #sinceLast(look: SeenQueue, time: LookTime) {
    const elapsedMs = elapsedBetween(this.#lookedAt, time);
    const { started, returned, busyMs, runs, runMs, runMsSquared } = this.#counted;
    const { waiting } = look;
    const seen = { waiting, started, returned, elapsedMs };
    const { arrived, count } = countArrived(this.#arrivals, seen);
    const isFirst = this.#lookedAt === undefined;
    this.#arrivals = count;
    this.#lookedAt = time;
    this.#counted = NOTHING_COUNTED;
    // Without the time that they took, counts say nothing.
    if (isFirst) return { elapsedMs, arrived: 0, runs: 0, runMs: 0, runMsSquared: 0, busyMs: 0 };
    return { elapsedMs, arrived, runs, runMs, runMsSquared, busyMs };
  }

  #status(settings: PoolSettings, explanation: Explanation, target: number) {
    return {
      minWorkers: settings.min,
      maxWorkers: settings.max,
      currentWorkers: this.#current,
      targetWorkers: target,
      mode: settings.mode,
      recommended: this.#recommended ?? '',
      decidedBy: explanation.decidedBy,
      frozen: this.#frozenFor ?? '',
    };
  }

  /** The numbers of its sentence change all the time: they are no other status. */
  #isStatusDue(now: Publication['pool'], monotonicMs: number): boolean {
    const { status, pin, statusAt, isFrozen } = this.#published!;
    if (pin !== pinText(this.#explanation)) return true;
    if (status === statusText(now)) return false;
    const isOther = isFrozen !== (this.#frozenFor !== null);
    return isOther || monotonicMs - statusAt >= STATUS_EVERY_MS;
  }
}

/** With who has set the target, and why: of two pins with as many slots the sentence is another. */
function explained(explanation: Explanation, pin: Pin | null): Explanation {
  if (explanation.decidedBy !== 'pin' || !pin) return explanation;
  const { by, reason, until } = pin;
  return { ...explanation, pin: { by, reason, until: until || null } };
}

function pinText(explanation: Explanation | undefined): string {
  return explanation?.decidedBy === 'pin' ? JSON.stringify(explanation.pin ?? null) : '';
}

/** What makes a status another one. */
function statusText({ reason: _, ...pool }: Publication['pool']): string {
  return JSON.stringify(pool);
}

/** By the server's clock, which the signals are of; by ours when that was set meanwhile. */
function elapsedBetween(last: LookTime | undefined, time: LookTime): number {
  if (!last) return 0;
  const byServer = time.now - last.now;
  const byUs = time.monotonicMs - last.monotonicMs;
  return Math.abs(byServer - byUs) > JUMP_MS ? byUs : Math.max(0, byServer);
}
