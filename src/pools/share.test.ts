import { describe, expect, test } from 'vitest';
import type { Shares } from './process-beat.ts';
import { type ShareInput, type ShareQueue, type ShareUnit, share } from './share.ts';

const NONE: Shares = new Map();
const queue = (name: string, target: number, more: Partial<ShareQueue> = {}): ShareQueue => ({
  ...{ queue: name, target, weight: 1, perHostMax: 100, ready: 1 },
  ...more,
});
/** `pools`: queue → jobs that run here. */
const unit = (
  id: string,
  pools: Record<string, number>,
  more: Partial<ShareUnit> & { most?: number } = {},
): ShareUnit => ({
  ...{ id, host: id, capacity: 100, isStopping: false, isOld: false },
  ...more,
  pools: Object.fromEntries(
    Object.entries(pools).map(([name, active]) => [
      name,
      { most: more.most ?? 10, slots: 0, active },
    ]),
  ),
});
const shares = (byQueue: Record<string, Record<string, number>>): Shares =>
  new Map(Object.entries(byQueue).map(([name, each]) => [name, new Map(Object.entries(each))]));
const plain = (result: Shares): Record<string, Record<string, number>> =>
  Object.fromEntries([...result].map(([name, each]) => [name, Object.fromEntries(each)]));
const total = (result: Shares, name: string): number =>
  [...(result.get(name)?.values() ?? [])].reduce((sum, each) => sum + each, 0);

describe('one queue', () => {
  const [a, b] = [unit('a', { q: 0 }), unit('b', { q: 0 })];

  test('two slots go to two hosts, and every unit is named', () => {
    const units = [a, b, unit('c', { q: 0 })];
    const result = plain(share({ queues: [queue('q', 2)], units, previous: NONE }));
    expect(result).toEqual({ q: { a: 1, b: 1, c: 0 } });
  });

  test('a further slot goes where most room is', () => {
    const units = [a, { ...b, capacity: 200 }, unit('c', { q: 0 }, { capacity: 3 })];
    const previous = shares({ q: { a: 4, b: 2, c: 1 } });
    expect(plain(share({ queues: [queue('q', 8)], units, previous }))).toEqual({
      q: { a: 4, b: 3, c: 1 },
    });
  });

  test('a slot that runs a job stays while there is one that does not', () => {
    const units = [unit('a', { q: 1 }), unit('b', { q: 3 })];
    const previous = shares({ q: { a: 1, b: 4 } });
    expect(plain(share({ queues: [queue('q', 4)], units, previous }))).toEqual({
      q: { a: 1, b: 3 },
    });
  });

  test('when all slots run jobs, the unit with fewest of them gives one up', () => {
    const units = [unit('a', { q: 2 }), unit('b', { q: 3 }), unit('c', { q: 3 })];
    const previous = shares({ q: { a: 2, b: 3, c: 3 } });
    expect(plain(share({ queues: [queue('q', 6)], units, previous }))).toEqual({
      q: { a: 0, b: 3, c: 3 },
    });
  });

  test('a unit that stops has none, and its jobs still count for its host', () => {
    const stopping = unit('h:1', { q: 3 }, { host: 'h', isStopping: true });
    const units = [stopping, unit('h:2', { q: 0 }, { host: 'h' })];
    const previous = shares({ q: { 'h:1': 4 } });
    const queues = [queue('q', 4, { perHostMax: 5 })];
    expect(plain(share({ queues, units, previous }))).toEqual({ q: { 'h:1': 0, 'h:2': 2 } });
  });

  test('an older version keeps only what the new one has no room for', () => {
    const old = unit('old', { q: 6 }, { isOld: true });
    const previous = shares({ q: { old: 6 } });
    const to = (most: number): unknown =>
      plain(
        share({ queues: [queue('q', 6)], units: [old, unit('new', { q: 0 }, { most })], previous }),
      ).q;
    expect(to(2)).toEqual({ old: 4, new: 2 });
    expect(to(10)).toEqual({ old: 0, new: 6 });
  });

  test('a unit that goes leaves its slots to the others, which keep theirs', () => {
    const units = [a, b];
    const previous = shares({ q: { a: 2, b: 2, gone: 2 } });
    const result = plain(share({ queues: [queue('q', 6)], units, previous })).q!;
    expect(result).toEqual({ a: 3, b: 3 });
  });

  test('slots stay where they are unless they may move, and then one at a time', () => {
    const units = [a, b];
    const skewed = shares({ q: { a: 6, b: 0 } });
    const input = { queues: [queue('q', 6)], units, previous: skewed };
    expect(plain(share(input)).q).toEqual({ a: 6, b: 0 });
    expect(plain(share({ ...input, mayRebalance: true })).q).toEqual({ a: 5, b: 1 });
    let previous: Shares = skewed;
    for (let i = 0; i < 10; i += 1) previous = share({ ...input, previous, mayRebalance: true });
    expect(plain(previous).q).toEqual({ a: 3, b: 3 });
  });

  test('a slot that runs a job does not move for balance', () => {
    const units = [unit('a', { q: 6 }), b];
    const previous = shares({ q: { a: 6, b: 0 } });
    const input = { queues: [queue('q', 6)], units, previous, mayRebalance: true };
    expect(plain(share(input)).q).toEqual({ a: 6, b: 0 });
  });

  test('a target that is no number leaves everything as it is', () => {
    const previous = shares({ q: { a: 2, b: 1 } });
    for (const target of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(share({ queues: [queue('q', target)], units: [a, b], previous })).toEqual(previous);
    expect(total(share({ queues: [queue('q', -3)], units: [a, b], previous }), 'q')).toBe(0);
  });

  test('limits that are no numbers are no room', () => {
    const odd = { ...a, capacity: Number.NaN };
    const input = { queues: [queue('q', 4)], units: [odd, b], previous: NONE };
    expect(plain(share(input)).q).toEqual({ a: 0, b: 4 });
  });

  test('without units nobody gets anything', () => {
    expect(plain(share({ queues: [queue('q', 4)], units: [], previous: NONE }))).toEqual({ q: {} });
  });
});

describe('several queues on one capacity', () => {
  test('all that fits is placed, even when another queue must move for it', () => {
    const units = [
      unit('a', { x: 0, y: 0 }, { capacity: 4 }),
      unit('b', { x: 0 }, { capacity: 4 }),
    ];
    const previous = shares({ x: { a: 4 } });
    const result = share({ queues: [queue('x', 4), queue('y', 4)], units, previous });
    expect(plain(result)).toEqual({ x: { a: 0, b: 4 }, y: { a: 4 } });
  });

  test('what does not fit is dealt out by weight', () => {
    const units = [unit('a', { x: 0, y: 0 }, { capacity: 8 })];
    const queues = [queue('x', 10, { weight: 3 }), queue('y', 10)];
    const result = share({ queues, units, previous: NONE });
    expect(plain(result)).toEqual({ x: { a: 6 }, y: { a: 2 } });
  });

  test('a queue that wants less than its part leaves the rest to the others', () => {
    const units = [unit('a', { x: 0, y: 0 }, { capacity: 8 })];
    const result = share({ queues: [queue('x', 10), queue('y', 1)], units, previous: NONE });
    expect(plain(result)).toEqual({ x: { a: 7 }, y: { a: 1 } });
  });

  test('a queue with ready jobs has a slot, however little it weighs', () => {
    const units = [unit('a', { x: 0, y: 0, z: 0 }, { capacity: 3, most: 50 })];
    const queues = [
      queue('x', 50, { weight: 1_000 }),
      queue('y', 50, { weight: 0.001 }),
      queue('z', 50, { weight: 0.001, ready: 0 }),
    ];
    expect(plain(share({ queues, units, previous: NONE }))).toEqual({
      ...{ x: { a: 2 }, y: { a: 1 }, z: { a: 0 } },
    });
  });

  test('a loaded unit takes one slot more for a queue that would have none, and for nothing else', () => {
    const loaded = unit('a', { x: 9, y: 0, z: 0 }, { capacity: 1 });
    const busy = queue('x', 10, { weight: 1_000 });
    const queues = [busy, queue('y', 10), queue('z', 10, { ready: 0 })];
    const previous = shares({ x: { a: 9 } });
    const result = share({ queues, units: [loaded], previous });
    expect(plain(result)).toEqual({ x: { a: 1 }, y: { a: 1 }, z: { a: 0 } });
    expect(share({ queues, units: [loaded], previous: result })).toEqual(result);
  });

  test('units that must take more than they may take it in turn, those that can run most first', () => {
    const names = ['u', 'v', 'w', 'x', 'y', 'z'];
    const pools = Object.fromEntries(names.map((name) => [name, 0]));
    const slots = (...capacities: number[]): number[] => {
      const units = capacities.map((capacity, i) => unit(`${i}`, pools, { capacity }));
      const result = share({ queues: names.map((name) => queue(name, 9)), units, previous: NONE });
      for (const name of names) expect(total(result, name)).toBe(1);
      return units.map(({ id }) =>
        names.reduce((sum, name) => sum + result.get(name)!.get(id)!, 0),
      );
    };
    expect(slots(1, 1)).toEqual([3, 3]);
    expect(slots(1, 3)).toEqual([1, 5]);
  });

  test('a unit that may run less gives up idle slots first', () => {
    const units = [unit('a', { x: 3, y: 0 }, { capacity: 3 }), unit('b', { x: 0, y: 0 })];
    const previous = shares({ x: { a: 3, b: 0 }, y: { a: 3, b: 0 } });
    const result = share({ queues: [queue('x', 3), queue('y', 3)], units, previous });
    expect(plain(result)).toEqual({ x: { a: 3, b: 0 }, y: { a: 0, b: 3 } });
  });
});

describe('whatever comes', () => {
  const inputs = Array.from({ length: 400 }, (_, seed) => randomInput(seed + 1));

  test('no limit is passed, no queue has more than its target, and what fits is placed', () => {
    for (const input of inputs) {
      const result = share(input);
      expectWithinLimits(input, result);
      const fits = mostThatFits(input);
      const wanted = input.queues.reduce((sum, { target }) => sum + target, 0);
      const placed = input.queues.reduce((sum, { queue: name }) => sum + total(result, name), 0);
      expect(placed).toBe(Math.min(wanted, fits) + slotsBeyond(input));
    }
    expect(inputs.some((input) => slotsBeyond(input) > 0)).toBe(true);
  });

  test('shares that were just made are left as they are', () => {
    for (const input of inputs) {
      const previous = share(input);
      expect(plain(share({ ...input, previous }))).toEqual(plain(previous));
    }
  });

  test('the order in which things are named changes nothing', () => {
    for (const input of inputs) {
      const turned = {
        ...input,
        queues: [...input.queues].reverse(),
        units: [...input.units].reverse(),
      };
      expect(plain(share(turned))).toEqual(plain(share(input)));
    }
  });

  test('a queue with ready jobs that some unit can work on has a slot', () => {
    for (const input of inputs) {
      const result = share(input);
      for (const { queue: name } of startable(input))
        expect(total(result, name)).toBeGreaterThan(0);
    }
  });

  test('a slot that runs a job is only taken when no idle one of the queue is left', () => {
    for (const input of inputs) {
      const previous = share(input);
      const units = withJobs(input.units, previous);
      const [first, ...rest] = input.queues;
      const less = { ...first!, target: Math.floor(total(previous, first!.queue) / 2) };
      const settled = rest.map((each) => ({ ...each, target: total(previous, each.queue) }));
      const result = share({ ...input, units, previous, queues: [less, ...settled] });
      const [had, has] = [previous.get(first!.queue)!, result.get(first!.queue)!];
      const isPresent = ({ isOld, isStopping }: ShareUnit): boolean => !isOld && !isStopping;
      const present = units.filter(isPresent);
      if (present.length < units.length) continue;
      const active = ({ id, pools }: ShareUnit): number =>
        Math.min(had.get(id) ?? 0, pools[first!.queue]?.active ?? 0);
      const lostBusy = present.some((each) => (has.get(each.id) ?? 0) < active(each));
      const keptIdle = present.some((each) => (has.get(each.id) ?? 0) > active(each));
      expect(lostBusy && keptIdle).toBe(false);
    }
  });

  test('a unit that comes or goes moves no more than it must', () => {
    for (const input of inputs) {
      const units = input.units.map((each) => ({ ...each, isOld: false, isStopping: false }));
      const calm = { ...input, units };
      const previous = share(calm);
      const wanted = (name: string): number =>
        input.queues.find(({ queue: each }) => each === name)!.target;
      if (input.queues.some(({ queue: name }) => total(previous, name) < wanted(name))) continue;
      const newcomer: ShareUnit = { ...units[0]!, id: 'zz', host: 'zz' };
      const grown = share({ ...calm, units: [...units, newcomer], previous });
      for (const [name, each] of previous)
        for (const [id, slots] of each) expect(grown.get(name)!.get(id)).toBe(slots);
      const left = units.slice(1);
      const shrunk = share({ ...calm, units: left, previous });
      const isWhole = input.queues.every(({ queue: name }) => total(shrunk, name) === wanted(name));
      const moved = left.flatMap(({ id }) =>
        input.queues.map(({ queue: name }) => {
          const before = previous.get(name)!.get(id) ?? 0;
          return before - (shrunk.get(name)!.get(id) ?? 0);
        }),
      );
      // Nobody else loses a slot unless another queue needed its place.
      if (isWhole && input.queues.length === 1) expect(Math.max(...moved, 0)).toBe(0);
    }
  });

  test('with two slots or more, a queue is on two hosts when it starts there', () => {
    for (const input of inputs) {
      const units = input.units.map((each) => ({
        ...{ ...each, isOld: false, isStopping: false, capacity: 1_000 },
        host: each.id,
      }));
      const result = share({ ...input, units, previous: NONE });
      for (const { queue: name, target } of input.queues) {
        const offers = units.filter((each) => (each.pools[name]?.most ?? 0) > 0).length;
        const used = [...result.get(name)!.values()].filter((slots) => slots > 0).length;
        if (target >= 2 && offers >= 2) expect(used).toBeGreaterThanOrEqual(2);
      }
    }
  });
});

/** Queues with ready jobs that could have one slot if no other queue had any. */
function startable({ queues, units }: ShareInput): ShareQueue[] {
  return queues
    .filter(({ target, ready }) => target > 0 && ready > 0)
    .map((each) => ({ ...each, target: 1 }))
    .filter((each) => mostThatFits({ queues: [each], units }) > 0);
}

/** How many slots more than their capacities units must take. */
function slotsBeyond(input: ShareInput): number {
  const queues = startable(input);
  return queues.length - mostThatFits({ ...input, queues });
}

function expectWithinLimits(input: ShareInput, result: Shares): void {
  const { queues, units } = input;
  let beyond = 0;
  const slotsOf = (name: string, id: string): number => result.get(name)?.get(id) ?? 0;
  for (const each of units) {
    const sum = queues.reduce((slots, { queue: name }) => slots + slotsOf(name, each.id), 0);
    const capacity = each.isStopping ? 0 : each.capacity;
    if (capacity === 0) expect(sum).toBe(0);
    beyond += Math.max(0, sum - capacity);
    for (const [name, { most }] of Object.entries(each.pools))
      expect(slotsOf(name, each.id)).toBeLessThanOrEqual(most);
  }
  expect(beyond).toBeLessThanOrEqual(slotsBeyond(input));
  for (const { queue: name, target, perHostMax } of queues) {
    expect(total(result, name)).toBeLessThanOrEqual(target);
    for (const host of new Set(units.map((each) => each.host))) {
      const there = units.filter((each) => each.host === host);
      const slots = there.reduce((sum, { id }) => sum + slotsOf(name, id), 0);
      const left = there
        .filter(({ isStopping }) => isStopping)
        .reduce((sum, { pools }) => sum + (pools[name]?.active ?? 0), 0);
      expect(slots).toBeLessThanOrEqual(Math.max(0, perHostMax - left));
    }
  }
}

/** The largest flow from the queues through hosts and units, by the plainest of methods. */
function mostThatFits({ queues, units }: Pick<ShareInput, 'queues' | 'units'>): number {
  const room = new Map<string, Map<string, number>>();
  const link = (from: string, to: string, capacity: number): void => {
    for (const each of [from, to]) if (!room.has(each)) room.set(each, new Map());
    room.get(from)!.set(to, capacity);
    room.get(to)!.set(from, room.get(to)!.get(from) ?? 0);
  };
  for (const { queue: name, target, perHostMax } of queues) {
    link('source', `q ${name}`, target);
    for (const { id, host, capacity, isStopping, pools } of units) {
      if (isStopping || !pools[name]) continue;
      const left = units
        .filter((each) => each.isStopping && each.host === host)
        .reduce((sum, each) => sum + (each.pools[name]?.active ?? 0), 0);
      link(`q ${name}`, `h ${name} ${host}`, Math.max(0, perHostMax - left));
      link(`h ${name} ${host}`, `u ${id}`, pools[name].most);
      link(`u ${id}`, 'sink', capacity);
    }
  }
  const push = (node: string, seen: Set<string>): boolean => {
    if (node === 'sink') return true;
    seen.add(node);
    for (const [next, left] of room.get(node) ?? []) {
      if (left < 1 || seen.has(next) || !push(next, seen)) continue;
      room.get(node)!.set(next, left - 1);
      room.get(next)!.set(node, room.get(next)!.get(node)! + 1);
      return true;
    }
    return false;
  };
  let flow = 0;
  while (push('source', new Set())) flow += 1;
  return flow;
}

/** The same units, with jobs in some of the slots they have. */
function withJobs(units: readonly ShareUnit[], given: Shares): ShareUnit[] {
  const random = randomNumbers(units.length);
  return units.map((each) => ({
    ...each,
    pools: Object.fromEntries(
      Object.entries(each.pools).map(([name, pool]) => {
        const slots = given.get(name)?.get(each.id) ?? 0;
        return [name, { ...pool, active: Math.floor(random() * (slots + 1)) }];
      }),
    ),
  }));
}

function randomInput(seed: number): ShareInput {
  const random = randomNumbers(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const names = Array.from({ length: 1 + upTo(4) }, (_, i) => `q${i}`);
  const units = Array.from({ length: 1 + upTo(5) }, (_, i): ShareUnit => {
    const has = names.filter(() => random() < 0.7);
    return {
      ...{ id: `u${i}`, host: `h${upTo(2)}`, capacity: upTo(12) },
      ...{ isStopping: random() < 0.1, isOld: random() < 0.25 },
      pools: Object.fromEntries(
        has.map((name) => [name, { most: upTo(8), slots: 0, active: upTo(4) }]),
      ),
    };
  });
  const queues = names.map((name) => ({
    ...{ queue: name, target: upTo(14), weight: 1 + upTo(3), ready: upTo(1) },
    perHostMax: 1 + upTo(10),
  }));
  const previous = new Map(
    names.map((name) => [name, new Map(units.map(({ id }) => [id, upTo(5)]))]),
  );
  return { queues, units, previous };
}

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
