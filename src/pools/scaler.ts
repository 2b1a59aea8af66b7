/**
 * Scales all pools of the fleet, once a second, in the process that leads it.
 *
 * A round claims and reads every queue in one round trip, plans each, shares all targets out over the processes that
 * are there, and publishes what changed. Redis compares epochs in every one of these steps, so a leader that slept
 * through its lease writes nothing; it forgets what it knew as soon as it notices. Where something cannot be read
 * targets stay as they are. Rounds never overlap, and one that Redis does not answer holds up nobody.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Lease } from '../redis/lease.ts';
import { choosePools, type IndexEntry, MOST_POOLS } from './choose-pools.ts';
import { type Heard, HeardBeats, type LookTime } from './heard-beats.ts';
import { readInheritance, saveMemories } from './inheritance.ts';
import { type FleetLook, type Look, lookAtQueues, readIndex } from './look-at-queues.ts';
import type { HeardBeat } from './process-beat.ts';
import { POOL_KEPT_MS, type Publication, publish, releaseQueues } from './publish.ts';
import { type FloorAt, ScaledQueue } from './scaled-queue.ts';
import { Occurrences, scheduleFloor } from './schedule-floor.ts';
import { share } from './share.ts';
import { Rollout } from './share-units.ts';

/** What a scaler needs. */
export interface ScalerOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly lease: Pick<Lease, 'isHeld' | 'epoch' | 'token' | 'release'>;
  readonly clock?: Clock;
}

/** A round that takes longer goes on alone; none begins before it has ended. */
const ROUND_MS = 3_000;
const STOP_MS = 2_000;
const SAVE_EVERY_MS = 5_000;
const TIDY_EVERY_MS = 60_000;
/** At most so often slots are moved only to even the processes out. */
const REBALANCE_EVERY_MS = 60_000;
/** A lease whose epoch was outrun is given back, so that it is taken with a newer one; not again and again. */
const RELEASE_EVERY_MS = 60_000;

/** The leader's side of pools. */
export class Scaler {
  readonly #options: ScalerOptions;
  readonly #clock: Clock;
  readonly #occurrences = new Occurrences();
  #epoch = 0;
  #index: readonly IndexEntry[] | undefined;
  #queues = new Map<string, ScaledQueue>();
  #beats = new HeardBeats();
  #rollout = new Rollout();
  /** Queues that a newer leader has. */
  #refused = new Set<string>();
  /** Queues of which it was told that they are frozen. */
  #frozen = new Set<string>();
  readonly #doneAt = new Map<'save' | 'tidy' | 'rebalance' | 'release', number>();
  /** Whether there are more pools than are scaled. */
  #isOver = false;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: ScalerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** One round. Does nothing unless this process leads and Redis answers. */
  async round(): Promise<void> {
    if (this.#isStopped || this.#running) return;
    this.#running = this.#scale().finally(() => {
      this.#running = undefined;
    });
    await withDeadline(this.#running, ROUND_MS, this.#clock);
  }

  /** Ends, and gives the queues free for the next leader. Before the lease is given back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#running) await withDeadline(this.#running, STOP_MS, this.#clock).catch(() => {});
    const { command, keys, lease } = this.#options;
    const claimed = [...this.#queues.keys()];
    this.#begin(0);
    if (claimed.length === 0 || !command.isReady) return;
    const release = command
      .raw()
      .then((redis) => releaseQueues(redis, keys, lease.token, claimed))
      .catch(() => {}); // Claims run out by themselves.
    await withDeadline(release, STOP_MS, this.#clock);
  }

  async #scale(): Promise<void> {
    const { command, lease, keys } = this.#options;
    const { epoch } = lease;
    if (epoch !== this.#epoch) this.#begin(epoch);
    if (epoch === 0 || !command.isReady) return;
    const redis = await command.raw();
    this.#index ??= choosePools([], await readIndex(redis, keys), 0);
    const at = this.#clock.monotonic();
    const targets = this.#index.map(({ queue }) => {
      const known = this.#queues.get(queue);
      return { queue, aheadMs: known?.aheadMs ?? 0, isWhole: known?.isWholeDue(at) ?? true };
    });
    const claimant = { token: lease.token, epoch };
    const look = await lookAtQueues(redis, keys, targets, claimant, this.#clock.now());
    if (!this.#mayGoOn(epoch)) return;
    this.#noteIndex(look);
    if (look.now === undefined) return;
    const time = { now: look.now, monotonicMs: this.#clock.monotonic() };
    const { live, forgotten, failure } = await this.#decide(redis, look, time);
    if (!this.#mayGoOn(epoch)) return;
    await this.#publish(redis, claimant, this.#share(live), time);
    if (failure) throw failure;
    if (!this.#mayGoOn(epoch)) return;
    await this.#save(redis, epoch);
    await this.#tidyUp(redis, forgotten, time.now);
  }

  readonly #floorAt: FloorAt = (schedule, at, aheadMs) =>
    scheduleFloor(schedule, at, aheadMs, this.#occurrences);

  #mayGoOn(epoch: number): boolean {
    return !this.#isStopped && this.#options.lease.epoch === epoch;
  }

  /** Another holding of the lease, or none: what was known belongs to the one before. */
  #begin(epoch: number): void {
    this.#epoch = epoch;
    this.#index = undefined;
    this.#queues = new Map();
    this.#beats = new HeardBeats();
    this.#rollout = new Rollout();
    this.#refused = new Set();
    this.#frozen = new Set();
  }

  /** What no process has had for long leaves. */
  #noteIndex({ index, now = 0 }: FleetLook): void {
    const oldest = now - POOL_KEPT_MS;
    const heard = index.filter(({ heardAt }) => heardAt >= oldest);
    this.#index = choosePools(this.#index ?? [], heard, now);
    const isOver = heard.length > MOST_POOLS;
    if (isOver && !this.#isOver) this.#options.announce('pools.too-many', { scaled: MOST_POOLS });
    this.#isOver = isOver;
    const known = new Set(this.#index.map(({ queue }) => queue));
    for (const queue of this.#queues.keys()) {
      if (known.has(queue)) continue;
      this.#queues.delete(queue);
      this.#frozen.delete(queue);
    }
  }

  async #decide(
    redis: Redis,
    { looks, beats }: FleetLook,
    time: LookTime,
  ): Promise<Pick<Heard, 'live' | 'forgotten'> & { readonly failure: Error | undefined }> {
    const failure = whenNoneIsRead(looks);
    this.#drop(looks.flatMap((look) => (look.state === 'refused' ? [look.queue] : [])));
    const mine = looks.filter(({ state }) => state !== 'refused');
    await this.#adopt(redis, mine);
    const { live, counted, forgotten } = this.#beats.take(beats, time);
    for (const [queue, done] of counted) this.#queues.get(queue)?.count(done);
    for (const look of mine) {
      const queue = this.#queues.get(look.queue);
      if (!queue) continue; // It has just left the index.
      if (look.state === 'claimed') queue.see(look, live, time, this.#floorAt);
      else if (look.state === 'failed') queue.freeze(look.reason);
      if (!failure) this.#tellFrozen(queue);
    }
    return { live, forgotten, failure };
  }

  /** Takes over what the leader before has left of queues that are new here. */
  async #adopt(redis: Redis, looks: readonly Look[]): Promise<void> {
    const known = new Set(this.#index?.map(({ queue }) => queue));
    const news = looks
      .map(({ queue }) => queue)
      .filter((queue) => known.has(queue) && !this.#queues.has(queue));
    const inherited = await readInheritance(redis, this.#options.keys, news);
    for (const [i, queue] of news.entries()) {
      this.#beats.expect(inherited[i]!.shares.keys());
      this.#queues.set(queue, new ScaledQueue(queue, inherited[i]!));
    }
  }

  #tellFrozen({ queue, frozenFor, target }: ScaledQueue): void {
    const { announce } = this.#options;
    if (frozenFor === null) {
      if (this.#frozen.delete(queue)) announce('pool.resumed', { queue });
    } else if (!this.#frozen.has(queue)) {
      this.#frozen.add(queue);
      announce('pool.frozen', { queue, target, reason: frozenFor });
    }
  }

  #share(live: readonly HeardBeat[]): ReturnType<typeof share> {
    const scaled = [...this.#queues.values()];
    return share({
      queues: scaled.flatMap(({ queue, settings, target, waiting }) =>
        settings && target !== null
          ? [
              {
                queue,
                target,
                weight: settings.weight,
                perHostMax: settings.perHostMax,
                ready: waiting,
              },
            ]
          : [],
      ),
      units: this.#rollout.unitsOf(live),
      previous: new Map(scaled.map(({ queue, shares }) => [queue, shares])),
      mayRebalance: this.#isDue('rebalance', REBALANCE_EVERY_MS),
    });
  }

  async #publish(
    redis: Redis,
    claimant: { readonly token: string; readonly epoch: number },
    shares: ReturnType<typeof share>,
    { now, monotonicMs }: LookTime,
  ): Promise<void> {
    const { keys, announce } = this.#options;
    const publications = [...this.#queues.values()]
      .map((queue) => queue.publication(shares.get(queue.queue) ?? new Map(), monotonicMs))
      .filter((publication): publication is Publication => publication !== null);
    const answers = await publish(redis, keys, claimant, publications, now).catch((error) => {
      for (const { queue } of publications) this.#queues.get(queue)?.unwritten();
      throw error;
    });
    const stale: string[] = [];
    let failure: Error | undefined;
    for (const [i, publication] of publications.entries()) {
      const queue = this.#queues.get(publication.queue);
      const answer = answers[i]!;
      if (answer === 'written') {
        const scaled = queue?.written(publication, monotonicMs);
        if (scaled) announce('pool.scaled', { queue: publication.queue, ...scaled });
        continue;
      }
      queue?.unwritten();
      if (answer instanceof Error) failure = answer;
      // The claim of a queue that could not be read may never have been made.
      else if (answer === 'stale' && queue?.frozenFor === null) stale.push(publication.queue);
    }
    this.#drop(stale);
    if (failure) throw failure;
  }

  /** Somebody leads these queues with a newer epoch: nothing is known of them any more. */
  #drop(queues: readonly string[]): void {
    const { announce, lease } = this.#options;
    const news = queues.filter((queue) => !this.#refused.has(queue));
    for (const queue of queues) this.#queues.delete(queue);
    if (news.length === 0) return;
    for (const queue of news) this.#refused.add(queue);
    announce('pool.superseded', { queues: news.length, queue: news[0]!, epoch: this.#epoch });
    // When the lease is another's already, this changes nothing; when its epoch was lost, the next one is newer.
    if (this.#isDue('release', RELEASE_EVERY_MS)) void lease.release().catch(() => {});
  }

  async #save(redis: Redis, epoch: number): Promise<void> {
    if (!this.#isDue('save', SAVE_EVERY_MS)) return;
    const memories = [...this.#queues.values()].flatMap(({ queue, memoryText: text }) =>
      text === undefined ? [] : [{ queue, text }],
    );
    await saveMemories(redis, this.#options.keys, epoch, memories);
  }

  async #tidyUp(redis: Redis, forgotten: readonly string[], now: number): Promise<void> {
    const { keys } = this.#options;
    if (forgotten.length > 0) await redis.hdel(keys.poolBeats(), ...forgotten);
    if (this.#isDue('tidy', TIDY_EVERY_MS))
      await redis.zremrangebyscore(keys.pools(), '-inf', now - POOL_KEPT_MS);
  }

  #isDue(what: 'save' | 'tidy' | 'rebalance' | 'release', everyMs: number): boolean {
    const at = this.#clock.monotonic();
    if (at - (this.#doneAt.get(what) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    this.#doneAt.set(what, at);
    return true;
  }
}

/** What befalls every queue is no trouble of a queue, and told once. */
function whenNoneIsRead(looks: readonly Look[]): Error | undefined {
  if (looks.length < 2 || looks.some(({ state }) => state !== 'failed')) return undefined;
  return new Error((looks[0] as Extract<Look, { state: 'failed' }>).reason);
}
