/**
 * Which unit opens how many slots of each queue, given how many the fleet wants.
 *
 * Pure. It starts from the shares before and changes as little as it can: surplus goes, idle slots before busy ones;
 * what is missing is added where there is most room. Units of the present version come first; those of an older one
 * keep what the others have no room for; those that stop get nothing. When not all fits, slots are dealt out one by
 * one to the queue that has least for its weight, and each queue with ready jobs has one before any has two. Where not
 * even that fits, a unit takes one more than its capacity: a loaded process is slower, but no queue starves. The same
 * input always gives the same shares, and shares that fit are left as they are.
 */
import { Placement, type PlacementQueue, type PlacementUnit } from './placement.ts';
import type { Shares } from './process-beat.ts';

/** A process, as sharing sees it. */
export interface ShareUnit {
  readonly id: string;
  readonly host: string;
  /** Slots that it may open over all its pools. */
  readonly capacity: number;
  readonly isStopping: boolean;
  /** It runs an older version of the application than others do. */
  readonly isOld: boolean;
  readonly pools: Readonly<
    Record<string, { readonly most: number; readonly slots: number; readonly active: number }>
  >;
}

/** A queue, as sharing sees it. */
export interface ShareQueue {
  readonly queue: string;
  /** Wanted slots in the fleet; what is no number leaves the queue as it is. */
  readonly target: number;
  readonly weight: number;
  readonly perHostMax: number;
  /** Jobs that could run now. */
  readonly ready: number;
}

/** What is shared out. */
export interface ShareInput {
  readonly queues: readonly ShareQueue[];
  readonly units: readonly ShareUnit[];
  readonly previous: Shares;
  /** One idle slot of each queue may move to even the units out; @default false: slots stay where they are */
  readonly mayRebalance?: boolean;
}

/** Instead of Infinity, so that differences stay numbers. */
const NO_LIMIT = 1_000_000_000;

/** Shares out. Every unit with the pool has an entry, of 0 if need be: who has none is not known to the leader. */
export function share(input: ShareInput): Shares {
  const queues = [...input.queues].sort((a, b) => byName(a.queue, b.queue));
  const units = [...input.units].sort((a, b) => byName(a.id, b.id));
  const sharing = new Sharing({ ...input, queues, units });
  const wanted = queues.map(({ queue, target }) =>
    Number.isFinite(target) ? wholeOf(target) : sumOf(input.previous.get(queue)),
  );
  const placement = sharing.place(wanted) ?? sharing.placePart(wanted);
  if (input.mayRebalance) sharing.level(placement);
  return new Map(
    queues.map(({ queue }, q) => [
      queue,
      new Map(
        units.flatMap((unit): [string, number][] => {
          if (!unit.pools[queue]) return [];
          const u = sharing.placed.indexOf(unit);
          return [[unit.id, u < 0 ? 0 : placement.slots(q, u)]];
        }),
      ),
    ]),
  );
}

/** One sharing out, with what all its steps look at. */
class Sharing {
  /** Units that can have slots. */
  readonly placed: readonly ShareUnit[];
  readonly #input: ShareInput;
  readonly #queues: readonly PlacementQueue[];
  #units: readonly PlacementUnit[];

  constructor(input: ShareInput) {
    this.#input = input;
    this.placed = input.units.filter(({ isStopping }) => !isStopping);
    this.#units = this.placed.map((unit) => ({
      ...{ id: unit.id, host: unit.host, capacity: wholeOf(unit.capacity) },
      pools: new Map(
        Object.entries(unit.pools).map(([queue, { most, active }]) => [
          queue,
          { most: wholeOf(most), active: wholeOf(active) },
        ]),
      ),
    }));
    this.#queues = input.queues.map(({ queue, perHostMax }) => ({
      queue,
      perHostMax: wholeOf(perHostMax),
      usedOnHost: jobsOfStopping(input.units, queue),
    }));
  }

  /** Places so many slots of each queue; undefined when they do not all fit. */
  place(wanted: readonly number[]): Placement | undefined {
    const placement = new Placement(this.#queues, this.#units);
    const isPresent = (unit: number): boolean => !this.placed[unit]!.isOld;
    this.#keep(placement, wanted, isPresent);
    for (const q of this.#scarceFirst()) this.#grow(placement, q, wanted[q]!, isPresent);
    this.#keep(placement, wanted, (unit) => !isPresent(unit));
    for (const q of this.#scarceFirst())
      if (!this.#grow(placement, q, wanted[q]!, () => true)) return undefined;
    return placement;
  }

  /** Places as much of it as there is room for, and one slot of each queue with ready jobs at least. */
  placePart(wanted: readonly number[]): Placement {
    this.#stretch(wanted);
    return this.place(this.#dealOut(wanted))!;
  }

  /** Evens the units out by one slot of each queue. */
  level(placement: Placement): void {
    for (const q of this.#queues.keys()) placement.level(q, (unit) => !this.placed[unit]!.isOld);
  }

  /** Raises capacities until each queue with ready jobs has room for one slot, as far as other limits allow it. */
  #stretch(wanted: readonly number[]): void {
    const { queues } = this.#input;
    const ones = new Placement(this.#queues, this.#units);
    const waiting = [...queues.keys()].filter((q) => queues[q]!.ready > 0 && wanted[q]! > 0);
    const capacities = this.#units.map(({ capacity }) => capacity);
    for (const q of waiting) {
      if (ones.grow(q, () => true)) continue;
      const unit = this.#leastStretched(q, capacities);
      if (unit !== undefined) capacities[unit]! += 1;
    }
    this.#units = this.#units.map((unit, u) => ({ ...unit, capacity: capacities[u]! }));
  }

  /** The unit that a slot more than its capacity burdens least; of an older version only without another. */
  #leastStretched(q: number, capacities: readonly number[]): number | undefined {
    const { queue, perHostMax, usedOnHost } = this.#queues[q]!;
    const canHave = ({ host, capacity, pools }: PlacementUnit): boolean =>
      capacity > 0 && (pools.get(queue)?.most ?? 0) > 0 && (usedOnHost.get(host) ?? 0) < perHostMax;
    const burden = (u: number): number => (capacities[u]! + 1) / this.#units[u]!.capacity;
    return [...this.#units.keys()]
      .filter((u) => canHave(this.#units[u]!))
      .sort(
        (a, b) =>
          Number(this.placed[a]!.isOld) - Number(this.placed[b]!.isOld) || burden(a) - burden(b),
      )[0];
  }

  /** How many slots each queue gets when they do not all fit. */
  #dealOut(wanted: readonly number[]): number[] {
    const placement = new Placement(this.#queues, this.#units);
    const { queues } = this.#input;
    const open = new Set(queues.keys());
    // As in the method of Webster: unlike largest remainders, a further slot never costs a queue one that it has.
    const rank = (q: number): number => {
      const isWaiting = queues[q]!.ready > 0 && placement.total(q) === 0;
      const weight = weightOf(queues[q]!);
      return isWaiting ? -weight : (0.5 + placement.total(q)) / weight;
    };
    while (open.size > 0) {
      let next = -1;
      for (const q of open) if (next < 0 || rank(q) < rank(next)) next = q;
      const isFull = placement.total(next) >= wanted[next]!;
      if (isFull || !placement.grow(next, () => true)) open.delete(next);
    }
    return queues.map((_, q) => placement.total(q));
  }

  /** Keeps what the units have, as far as it fits and is still wanted; idle slots give way to busy ones. */
  #keep(placement: Placement, wanted: readonly number[], mayUse: (unit: number) => boolean): void {
    const { queues, previous } = this.#input;
    for (const only of ['busy', 'all'] as const)
      for (const [q, { queue }] of queues.entries())
        for (const [u, { id, pools }] of this.placed.entries()) {
          const had = mayUse(u) ? wholeOf(previous.get(queue)?.get(id) ?? 0) : 0;
          const kept = only === 'busy' ? Math.min(had, wholeOf(pools[queue]?.active ?? 0)) : had;
          placement.put(q, u, kept - placement.slots(q, u));
        }
    for (const q of queues.keys())
      while (placement.total(q) > wanted[q]!) placement.shrink(q, mayUse);
  }

  #grow(
    placement: Placement,
    queue: number,
    wanted: number,
    mayUse: (unit: number) => boolean,
  ): boolean {
    while (placement.total(queue) < wanted) if (!placement.grow(queue, mayUse)) return false;
    return true;
  }

  /** Queues that few units work on, first: they have the least choice. */
  #scarceFirst(): number[] {
    const choice = this.#queues.map(
      ({ queue }) => this.#units.filter(({ pools }) => pools.has(queue)).length,
    );
    return [...this.#queues.keys()].sort((a, b) => choice[a]! - choice[b]! || a - b);
  }
}

/** Host → jobs of a queue that its stopping units still run. */
function jobsOfStopping(units: readonly ShareUnit[], queue: string): Map<string, number> {
  const jobs = new Map<string, number>();
  for (const { host, isStopping, pools } of units)
    if (isStopping) jobs.set(host, (jobs.get(host) ?? 0) + wholeOf(pools[queue]?.active ?? 0));
  return jobs;
}

function wholeOf(value: number): number {
  return Number.isNaN(value) ? 0 : Math.floor(Math.max(0, Math.min(value, NO_LIMIT)));
}

function weightOf({ weight }: ShareQueue): number {
  return weight > 0 && Number.isFinite(weight) ? weight : 1;
}

function sumOf(slots: ReadonlyMap<string, number> | undefined): number {
  return [...(slots?.values() ?? [])].reduce((sum, each) => sum + wholeOf(each), 0);
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
