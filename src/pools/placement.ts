/**
 * Slots of queues on units while they are being shared out: within all limits at any time.
 *
 * Pure. Limits are of three kinds: slots of a queue on a unit, of a queue on a host, and of all queues on a unit. A
 * queue that finds no free unit may take the place of another queue that can go elsewhere: the shortest chain of such
 * moves is searched, so a slot is refused only when no placement whatever has room for it.
 */

/** A unit as placing sees it. */
export interface PlacementUnit {
  readonly id: string;
  readonly host: string;
  readonly capacity: number;
  /** By queue; absent: the queue is not worked on here. `active`: jobs that run. */
  readonly pools: ReadonlyMap<string, { readonly most: number; readonly active: number }>;
}

/** A queue as placing sees it. */
export interface PlacementQueue {
  readonly queue: string;
  readonly perHostMax: number;
  /** Slots of a host that are used already by what is not placed: jobs of units that stop. */
  readonly usedOnHost: ReadonlyMap<string, number>;
}

/** What a chain of moves goes through: a queue that needs a place, on any host or on one; a unit that needs room. */
type Stop =
  | { readonly kind: 'queue'; readonly queue: number }
  | { readonly kind: 'host'; readonly queue: number; readonly host: string }
  | { readonly kind: 'unit'; readonly unit: number };

/** Places slots. Queues and units are named by their index. */
export class Placement {
  readonly #queues: readonly PlacementQueue[];
  readonly #units: readonly PlacementUnit[];
  readonly #slots: readonly Int32Array[];
  readonly #most: readonly Float64Array[];
  readonly #active: readonly Float64Array[];
  readonly #used: Int32Array;
  readonly #totals: Int32Array;
  readonly #onHost: readonly Map<string, number>[];
  /** Units that work on a queue. */
  readonly #unitsOf: readonly (readonly number[])[];
  readonly #hosts: ReadonlyMap<string, readonly number[]>;

  constructor(queues: readonly PlacementQueue[], units: readonly PlacementUnit[]) {
    this.#queues = queues;
    this.#units = units;
    this.#slots = queues.map(() => new Int32Array(units.length));
    const table = (read: (queue: string, unit: PlacementUnit) => number): Float64Array[] =>
      queues.map(({ queue }) => Float64Array.from(units, (unit) => read(queue, unit)));
    this.#most = table((queue, { pools }) => pools.get(queue)?.most ?? 0);
    this.#active = table((queue, { pools }) => pools.get(queue)?.active ?? 0);
    this.#used = new Int32Array(units.length);
    this.#totals = new Int32Array(queues.length);
    this.#onHost = queues.map(({ usedOnHost }) => new Map(usedOnHost));
    this.#unitsOf = queues.map(({ queue }) =>
      units.flatMap(({ pools }, index) => (pools.has(queue) ? [index] : [])),
    );
    const hosts = new Map<string, number[]>();
    for (const [index, { host }] of units.entries())
      hosts.set(host, [...(hosts.get(host) ?? []), index]);
    this.#hosts = hosts;
  }

  /** Slots of a queue on a unit. */
  slots(queue: number, unit: number): number {
    return this.#slots[queue]![unit]!;
  }

  /** Slots of a queue on all units. */
  total(queue: number): number {
    return this.#totals[queue]!;
  }

  /** Puts up to `wanted` slots of a queue on a unit, as far as there is room. */
  put(queue: number, unit: number, wanted: number): void {
    const slots = Math.max(0, Math.min(wanted, this.room(queue, unit)));
    this.#add(queue, unit, slots);
  }

  /** How many more slots of a queue fit on a unit as it is. */
  room(queue: number, unit: number): number {
    return Math.min(
      this.#most[queue]![unit]! - this.slots(queue, unit),
      this.#units[unit]!.capacity - this.#used[unit]!,
      this.#roomOnHost(queue, this.#units[unit]!.host),
    );
  }

  /**
   * Adds one slot of a queue, if need be by moving others; only units that `mayUse` names take part.
   *
   * @returns false when there is no room, however the slots are placed
   */
  grow(queue: number, mayUse: (unit: number) => boolean): boolean {
    const best = this.#freest(queue, mayUse);
    if (best !== undefined) this.#add(queue, best, 1);
    return best !== undefined || this.#makeRoom(queue, mayUse);
  }

  /** Takes one slot of a queue: an idle one if there is any, and where fewest jobs of the queue run. */
  shrink(queue: number, mayUse: (unit: number) => boolean): void {
    const having = this.#unitsOf[queue]!.filter((unit) => this.slots(queue, unit) > 0);
    const from = having.filter(mayUse);
    const hosts = new Set(having.map((unit) => this.#units[unit]!.host));
    const leavesTwo = (unit: number): boolean =>
      hosts.size !== 2 || this.#slotsOnHost(queue, this.#units[unit]!.host) > 1;
    const first = from.sort(
      (a, b) =>
        Number(this.hasIdle(queue, b)) - Number(this.hasIdle(queue, a)) ||
        Number(leavesTwo(b)) - Number(leavesTwo(a)) ||
        this.#active[queue]![a]! - this.#active[queue]![b]! ||
        b - a,
    )[0];
    if (first !== undefined) this.#add(queue, first, -1);
  }

  /** Whether a slot of the queue on the unit runs no job. */
  hasIdle(queue: number, unit: number): boolean {
    return this.slots(queue, unit) > this.#active[queue]![unit]!;
  }

  /** Moves one idle slot of a queue from where it has most to where there is most room, if the skew is large. */
  level(queue: number, mayUse: (unit: number) => boolean): void {
    const units = this.#unitsOf[queue]!.filter(mayUse);
    const from = units
      .filter((unit) => this.hasIdle(queue, unit))
      .sort((a, b) => this.slots(queue, b) - this.slots(queue, a) || a - b)[0];
    if (from === undefined) return;
    const here = this.slots(queue, from);
    const hasOneHost = this.#onlyHost(queue) !== undefined;
    this.#add(queue, from, -1);
    const to = this.#freest(queue, mayUse)!;
    const there = this.slots(queue, to);
    const spreads = hasOneHost && here > 1 && this.#units[from]!.host !== this.#units[to]!.host;
    const isLarge = here - there >= 2 && there < 0.7 * here;
    this.#add(queue, spreads || isLarge ? to : from, 1);
  }

  /** The unit with most room for one more; one on a second host first. */
  #freest(queue: number, mayUse: (unit: number) => boolean): number | undefined {
    const onlyHost = this.#onlyHost(queue);
    let best: number | undefined;
    let bestRoom: readonly number[] = [];
    for (const unit of this.#unitsOf[queue]!) {
      const room = this.room(queue, unit);
      if (room < 1 || !mayUse(unit)) continue;
      const { host, capacity } = this.#units[unit]!;
      const isSecondHost = onlyHost !== undefined && host !== onlyHost;
      const mine = [Number(isSecondHost), room, capacity - this.#used[unit]!];
      if (best === undefined || compare(mine, bestRoom) > 0) [best, bestRoom] = [unit, mine];
    }
    return best;
  }

  /** The host that has all slots of a queue; undefined when there are several, or none. */
  #onlyHost(queue: number): string | undefined {
    let only: string | undefined;
    for (const unit of this.#unitsOf[queue]!) {
      if (this.slots(queue, unit) === 0) continue;
      const { host } = this.#units[unit]!;
      if (only !== undefined && only !== host) return undefined;
      only = host;
    }
    return only;
  }

  /** Breadth first, so the chain of moves is the shortest; through idle slots before busy ones. */
  #makeRoom(queue: number, mayUse: (unit: number) => boolean): boolean {
    // The usual reason, and the cheapest to see.
    const isFree = ({ capacity }: PlacementUnit, unit: number): boolean =>
      this.#used[unit]! < capacity && mayUse(unit);
    if (!this.#units.some(isFree)) return false;
    const seen = new Set<string>([`q${queue}`]);
    const chain: { readonly stop: Stop; readonly from: number }[] = [
      { stop: { kind: 'queue', queue }, from: -1 },
    ];
    for (let at = 0; at < chain.length; at += 1) {
      const { stop } = chain[at]!;
      if (stop.kind === 'unit' && this.#used[stop.unit]! < this.#units[stop.unit]!.capacity) {
        this.#moveAlong(chain, at);
        return true;
      }
      for (const next of this.#after(stop, mayUse)) {
        const name = nameOf(next);
        if (seen.has(name)) continue;
        seen.add(name);
        chain.push({ stop: next, from: at });
      }
    }
    return false;
  }

  #after(stop: Stop, mayUse: (unit: number) => boolean): Stop[] {
    if (stop.kind === 'unit') return this.#leaving(stop.unit);
    const { queue } = stop;
    if (stop.kind === 'host') {
      const open = this.#hosts
        .get(stop.host)!
        .filter((unit) => mayUse(unit) && this.slots(queue, unit) < this.#most[queue]![unit]!);
      return [
        ...open.map((unit): Stop => ({ kind: 'unit', unit })),
        ...(this.#slotsOnHost(queue, stop.host) > 0 ? [{ kind: 'queue', queue } as const] : []),
      ];
    }
    return [...this.#hosts.keys()]
      .filter((host) => this.#roomOnHost(queue, host) > 0)
      .map((host): Stop => ({ kind: 'host', queue, host }));
  }

  /** Who could leave a unit. */
  #leaving(unit: number): Stop[] {
    const { host } = this.#units[unit]!;
    const here = this.#queues.flatMap((_, queue) => (this.slots(queue, unit) > 0 ? [queue] : []));
    return here
      .sort((a, b) => Number(this.hasIdle(b, unit)) - Number(this.hasIdle(a, unit)) || a - b)
      .map((queue): Stop => ({ kind: 'host', queue, host }));
  }

  #moveAlong(chain: readonly { readonly stop: Stop; readonly from: number }[], end: number): void {
    const path: Stop[] = [];
    for (let at = end; at >= 0; at = chain[at]!.from) path.unshift(chain[at]!.stop);
    for (const [index, stop] of path.entries()) {
      const next = path[index + 1];
      if (stop.kind === 'host' && next?.kind === 'unit') this.#add(stop.queue, next.unit, 1);
      if (stop.kind === 'unit' && next?.kind === 'host') this.#add(next.queue, stop.unit, -1);
    }
  }

  #add(queue: number, unit: number, slots: number): void {
    if (slots === 0) return;
    const { host } = this.#units[unit]!;
    this.#slots[queue]![unit]! += slots;
    this.#used[unit]! += slots;
    this.#totals[queue]! += slots;
    const onHost = this.#onHost[queue]!;
    onHost.set(host, (onHost.get(host) ?? 0) + slots);
  }

  #roomOnHost(queue: number, host: string): number {
    return this.#queues[queue]!.perHostMax - (this.#onHost[queue]!.get(host) ?? 0);
  }

  #slotsOnHost(queue: number, host: string): number {
    const { usedOnHost } = this.#queues[queue]!;
    return (this.#onHost[queue]!.get(host) ?? 0) - (usedOnHost.get(host) ?? 0);
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, each] of a.entries()) {
    const difference = each - b[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function nameOf(stop: Stop): string {
  if (stop.kind === 'unit') return `u${stop.unit}`;
  return stop.kind === 'queue' ? `q${stop.queue}` : `h${stop.queue}:${stop.host}`;
}
