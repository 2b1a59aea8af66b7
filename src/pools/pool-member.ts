/**
 * A process as a member of the fleet: says every second how its pools are, and opens the slots that it is given.
 *
 *   measure → limit → say and hear, in one round trip → open or close slots
 *
 * It listens to the stream of decisions too, so a change is applied at once and not a second later. A reconnected
 * process asks before all else. While Redis is away it keeps what it has. Where nobody leads although Redis answers,
 * or where it may not read what a leader says, it opens slots of its own and tells so: missing rights or a missing
 * leader never silence a worker. It only ever sets slots; no running job is stopped by it.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import { messageOf } from '../errors.ts';
import type { Announce, EventBus } from '../events.ts';
import type { Keys } from '../keys.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Hub } from '../redis/hub.ts';
import type { LocalPool } from '../workers/pool-figures.ts';
import { mostSlots } from '../workers/pool-options.ts';
import type { PoolSettings } from '../workers/pool-settings.ts';
import { DecisionListener } from './decision-listener.ts';
import { type Guarded, guard } from './guard.ts';
import { introduce, type PoolAnswer, sendBeat } from './member-scripts.ts';
import { fitted, heard, type OwnShare, UNLED_MS, type Wish, wantedSlots } from './own-share.ts';
import type { ProcessBeat } from './process-beat.ts';
import { type Pressure, ProcessPressure } from './process-pressure.ts';

/** One pool of this process, with how it is scaled. */
export type MemberPool = LocalPool & { readonly settings: PoolSettings };

/** What a member needs. */
export interface PoolMemberOptions {
  readonly hub: Pick<Hub, 'command' | 'listening'>;
  readonly keys: Keys;
  readonly bus: Pick<EventBus, 'on'> & { readonly announce: Announce };
  readonly workers: { readonly pools: readonly MemberPool[] };
  /** `<host>:<pid>`, as the heartbeat has found it to be free; undefined until then. */
  readonly id: () => string | undefined;
  readonly host: string;
  /** Of the application. */
  readonly version: string | null;
  /** Whether Redis refuses writes for now: whoever tries each second has an error each second. */
  readonly isRefused?: () => boolean;
  readonly pressure?: { look(): Promise<Pressure>; stop(): void };
  readonly clock?: Clock;
}

const INTRODUCE_EVERY_MS = 60_000;
const ROUND_MS = 1_000;
/** A limit that comes and goes with every second is told once. */
const RELEASED_AFTER_MS = 10_000;
/** A round that took long for reasons of this process says nothing about the leader. */
const LONGEST_ROUND_MS = 2_000;

/** What is known of one pool. */
interface Known {
  own: OwnShare;
  /** How long nobody has led while Redis answered, and why. */
  unledMs: number;
  unledFor: string;
  isIntroduced: boolean;
}

/** The pools of one coordinator in the fleet. */
export class PoolMember {
  readonly #options: PoolMemberOptions;
  readonly #clock: Clock;
  readonly #pressure: NonNullable<PoolMemberOptions['pressure']>;
  readonly #decisions: DecisionListener;
  readonly #known = new Map<string, Known>();
  readonly #unled = new Set<string>();
  readonly #stopListening: readonly (() => void)[];
  #guarded: Guarded | undefined;
  /** When slots were last held back; undefined when it was told that none are any more. */
  #heldBackAt: number | undefined;
  #introducedAt = Number.NEGATIVE_INFINITY;
  /** How many pools were introduced last. */
  #introduced = 0;
  #answeredAt: number | undefined;
  #asking: Promise<void> | undefined;
  #isStopping = false;
  #hasLeft = false;

  constructor(options: PoolMemberOptions) {
    const { hub, keys, bus, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#pressure = options.pressure ?? new ProcessPressure({ clock });
    this.#decisions = new DecisionListener({
      ...{ hub, keys, clock },
      isOwn: (queue) => this.#known.has(queue),
      onDecision: () => void this.#askAnew().catch(() => {}), // The next round tells.
    });
    this.#stopListening = [
      bus.on('connection.ready', ({ role }) => role === 'command' && this.#onReconnected()),
      // Epochs may begin anew.
      bus.on('redis.emptied', () => this.#forgetEpochs()),
    ];
  }

  /** Slots that this process may have open over all its pools, and why not more. */
  get guarded(): { readonly capacity: number; readonly reason: string | null } {
    const { capacity, reason } = this.#guarded ?? { capacity: this.#most(), reason: null };
    return { capacity, reason };
  }

  /** Once a second. Throws what Redis refuses; what the pools have stays. */
  async round(): Promise<void> {
    if (this.#hasLeft || this.#pools().length === 0) return;
    const pressure = await this.#pressure.look();
    const busy = this.#pools().reduce((sum, { active }) => sum + active, 0);
    const wanting = this.#wishes().filter(({ slots }) => slots > 0).length;
    const facts = { ...pressure, busy, most: this.#most(), pools: wanting };
    this.#guarded = guard(this.#guarded?.state, facts);
    this.#apply();
    if (!this.#options.hub.command.isReady || this.#options.isRefused?.()) {
      this.#answeredAt = undefined;
      return;
    }
    // A Redis that does not answer must not stop the guard from looking.
    await withDeadline(this.#ask(), ROUND_MS, this.#clock);
    this.#decisions.start();
  }

  /** From now on no new jobs are taken here: others get these slots while the last jobs end. */
  beginLeaving(): void {
    this.#isStopping = true;
    if (this.#known.size > 0 && this.#options.hub.command.isReady)
      void this.#askAnew().catch(() => {}); // The next round says it.
  }

  /**
   * Says for the last time how the pools are, once their jobs have ended. The entry is left to the leader: what was
   * counted last, such as jobs that were handed back, must reach it.
   */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#isStopping = true;
    for (const stop of this.#stopListening) stop();
    this.#decisions.stop();
    this.#pressure.stop();
    if (this.#options.hub.command.isReady && this.#known.size > 0)
      await this.#askAnew().catch(() => {}); // It runs out by itself.
    this.#hasLeft = true;
  }

  #pools(): readonly MemberPool[] {
    const { pools } = this.#options.workers;
    for (const { queue, slots } of pools)
      if (!this.#known.has(queue))
        this.#known.set(queue, {
          own: { epoch: -1, rev: -1, slots: undefined, first: slots },
          ...{ unledMs: 0, unledFor: '', isIntroduced: false },
        });
    return pools;
  }

  #most(): number {
    return this.#options.workers.pools.reduce((sum, { settings }) => sum + mostSlots(settings), 0);
  }

  /** Says and hears, at most once at a time. */
  #ask(): Promise<void> {
    this.#asking ??= this.#exchange().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** As above, but not with an answer that is older than the question. */
  async #askAnew(): Promise<void> {
    await this.#asking?.catch(() => {});
    await this.#ask();
  }

  async #exchange(): Promise<void> {
    const pools = this.#pools();
    const id = this.#options.id();
    const { hub, keys } = this.#options;
    try {
      const redis = await hub.command.raw();
      // Without a name nothing can be said: somebody else's entry would be overwritten.
      const known = pools.map(({ queue }) => ({ queue, ...this.#known.get(queue)!.own }));
      if (id === undefined) this.#hear(pools, undefined, id, 'the heartbeat of this process fails');
      else {
        const beat = this.#beat(id, pools);
        this.#hear(pools, await sendBeat(redis, keys, beat, known, this.#clock.now()), id);
      }
      if (!this.#isStopping) await this.#introduce(pools);
    } catch (error) {
      if (toConnectionLost(error)) return;
      const refusal = refusalOf(error);
      // A refusal that passes holds jobs back too; with rights that are missing nobody will ever be heard.
      if (refusal === undefined || refusal === 'NOPERM')
        this.#hear(pools, undefined, id, messageOf(error));
      throw error;
    }
  }

  #beat(id: string, pools: readonly MemberPool[]): ProcessBeat {
    const { host, version } = this.#options;
    return {
      ...{ id, host, version, capacity: this.guarded.capacity, isStopping: this.#isStopping },
      pools: Object.fromEntries(
        pools.map(({ queue, slots, active, figures, settings, isPaused }) => {
          const { epoch, rev } = this.#known.get(queue)!.own;
          // What stops or is paused takes no new jobs, whatever it has.
          const [most, open] = this.#isStopping || isPaused ? [0, 0] : [mostSlots(settings), slots];
          return [queue, { ...figures, most, slots: open, active, epoch, rev }];
        }),
      ),
    };
  }

  /** @param answers undefined: Redis answered, but not to the question. @param why then */
  #hear(
    pools: readonly MemberPool[],
    answers: readonly PoolAnswer[] | undefined,
    id: string | undefined,
    why = '',
  ): void {
    const now = this.#clock.monotonic();
    const sinceMs = Math.min(now - (this.#answeredAt ?? now), LONGEST_ROUND_MS);
    this.#answeredAt = now;
    for (const [i, { queue }] of pools.entries()) {
      const known = this.#known.get(queue)!;
      const answer = answers?.[i];
      const unledFor = answer ? answer.unledFor : why;
      known.unledMs = unledFor === null ? 0 : known.unledMs + sinceMs;
      known.unledFor = unledFor ?? '';
      if (answer?.published && id !== undefined) known.own = heard(known.own, answer.published, id);
    }
    this.#tellWhoLeads();
    this.#apply();
  }

  #tellWhoLeads(): void {
    const { announce } = this.#options.bus;
    const isUnled = ([, { unledMs }]: [string, Known]): boolean => unledMs >= UNLED_MS;
    const unled = [...this.#known].filter(isUnled).map(([queue]) => queue);
    const lost = unled.filter((queue) => !this.#unled.has(queue));
    const found = [...this.#unled].filter((queue) => !unled.includes(queue));
    for (const queue of lost) this.#unled.add(queue);
    for (const queue of found) this.#unled.delete(queue);
    const reasonOf = (queue: string): string => this.#known.get(queue)!.unledFor;
    for (const reason of new Set(lost.map(reasonOf)))
      announce('pools.unled', { pools: lost.filter((each) => reasonOf(each) === reason), reason });
    if (found.length > 0) announce('pools.led', { pools: found });
  }

  /** What each pool wants here, in the order of the pools. */
  #wishes(): Wish[] {
    return this.#pools().map(({ queue, settings, active }) => {
      const { own, unledMs } = this.#known.get(queue)!;
      const slots = wantedSlots(own, settings, unledMs);
      return { queue, slots, weight: settings.weight, active };
    });
  }

  /** Opens and closes slots, within what the guard allows. */
  #apply(): void {
    if (this.#isStopping) return;
    const pools = this.#pools();
    const wishes = this.#wishes();
    const wanted = wishes.reduce((sum, { slots }) => sum + slots, 0);
    const { capacity } = this.guarded;
    const slots = wanted > capacity ? fitted(wishes, capacity) : undefined;
    this.#tellWhatIsHeldBack(wanted, capacity);
    for (const [i, pool] of pools.entries()) {
      const own = slots?.get(pool.queue) ?? wishes[i]!.slots;
      if (pool.slots !== own) pool.setSlots(own);
    }
  }

  #tellWhatIsHeldBack(wanted: number, capacity: number): void {
    const { announce } = this.#options.bus;
    const now = this.#clock.monotonic();
    if (wanted > capacity) {
      const reason = this.guarded.reason ?? '';
      if (this.#heldBackAt === undefined) announce('pools.held-back', { wanted, capacity, reason });
      this.#heldBackAt = now;
    } else if (this.#heldBackAt !== undefined && now - this.#heldBackAt >= RELEASED_AFTER_MS) {
      this.#heldBackAt = undefined;
      announce('pools.released', { capacity });
    }
  }

  async #introduce(pools: readonly MemberPool[]): Promise<void> {
    const now = this.#clock.monotonic();
    const isNew = pools.length !== this.#introduced;
    if (!isNew && now - this.#introducedAt < INTRODUCE_EVERY_MS) return;
    // Also when it is refused: once a minute is often enough to be told no.
    this.#introducedAt = now;
    this.#introduced = pools.length;
    const redis = await this.#options.hub.command.raw();
    await introduce(
      redis,
      this.#options.keys,
      pools.map(({ queue, settings }) => {
        return { queue, settings, isFirst: !this.#known.get(queue)!.isIntroduced };
      }),
      this.#clock.now(),
    );
    for (const { queue } of pools) this.#known.get(queue)!.isIntroduced = true;
  }

  /** Told as soon as the socket can be used: this question goes out before any fetch. */
  #onReconnected(): void {
    this.#introducedAt = Number.NEGATIVE_INFINITY;
    this.#answeredAt = undefined;
    if (this.#pools().length > 0) void this.#ask().catch(() => {}); // The next round tells.
  }

  #forgetEpochs(): void {
    for (const known of this.#known.values()) known.own = { ...known.own, epoch: -1, rev: -1 };
    this.#introducedAt = Number.NEGATIVE_INFINITY;
  }
}
