import { expect, test } from 'vitest';
import { type Guarded, type GuardFacts, guard } from './guard.ts';

const MB = 1024 * 1024;
const CALM: GuardFacts = {
  ...{ elapsedMs: 1_000, loopUtilisation: 0.3, loopDelayP99Ms: 2, cpuRatio: 0.2 },
  ...{ memoryRatio: 0.3, memoryLimitBytes: 1_000 * MB, rssBytes: 100 * MB, busy: 10, most: 20 },
  pools: 1,
};
/** Looks once a second at the same facts. */
function look(facts: Partial<GuardFacts>, times: number, before?: Guarded): Guarded {
  let guarded = before;
  for (let i = 0; i < times; i += 1) guarded = guard(guarded?.state, { ...CALM, ...facts });
  return guarded!;
}

test('without pressure nothing is limited, and a further pool counts at once', () => {
  expect(look({}, 100)).toMatchObject({ capacity: 20, reason: null });
  expect(look({ most: 30 }, 1, look({}, 10)).capacity).toBe(30);
});

test.each([
  ['loopUtilisation', 0.9, 'the event loop is busy 90 %'],
  ['loopDelayP99Ms', 140, 'the event loop is 140 ms late'],
  ['cpuRatio', 0.95, '95 % of the processor is used'],
  ['memoryRatio', 0.9, '90 % of the memory is used'],
])('two seconds of %s at %d cut the slots in use by a tenth', (name, value, reason) => {
  const pressed = { [name]: value };
  expect(look(pressed, 1).capacity).toBe(20);
  expect(look(pressed, 2)).toMatchObject({ capacity: 9, reason });
  expect(look({ ...pressed, busy: 9 }, 2, look(pressed, 2)).capacity).toBe(8);
});

test('a moment of pressure is none, however long the moment was', () => {
  let guarded = look({}, 3);
  for (let i = 0; i < 10; i += 1)
    guarded = look({}, 1, look({ loopDelayP99Ms: 15_000, elapsedMs: 15_000 }, 1, guarded));
  expect(guarded.capacity).toBe(20);
});

test('it never goes below one slot, nor below one for each pool that is to have any', () => {
  expect(look({ loopUtilisation: 1, busy: 1 }, 100).capacity).toBe(1);
  expect(look({ memoryRatio: 0.99, busy: 0 }, 5).capacity).toBe(1);
  const pressed = look({ loopUtilisation: 1, busy: 1, pools: 3 }, 100);
  expect(pressed).toMatchObject({ capacity: 3, reason: 'the event loop is busy 100 %' });
  expect(look({ loopUtilisation: 1, busy: 1 }, 1, pressed).capacity).toBe(1);
  expect(look({ memoryRatio: 0.99, busy: 0, pools: 3 }, 5).capacity).toBe(3);
  const idle = look({ busy: 0, rssBytes: 100 * MB }, 1);
  const heavy = { busy: 1, rssBytes: 700 * MB, memoryRatio: 0.7 };
  expect(look({ ...heavy, pools: 3 }, 1, idle).capacity).toBe(3);
});

test('pressure while no job runs is not made by jobs', () => {
  expect(look({ loopUtilisation: 1, busy: 0 }, 30).capacity).toBe(20);
});

test('memory that is nearly full lets no job start at once, and follows jobs that end', () => {
  const pressed = { memoryRatio: 0.96, elapsedMs: 500 };
  const full = look({ ...pressed, busy: 7 }, 1);
  expect(full).toMatchObject({ capacity: 7, reason: '96 % of the memory is used' });
  expect(look({ ...pressed, busy: 5 }, 1, full).capacity).toBe(5);
  expect(look({ ...pressed, busy: 9 }, 1, full).capacity).toBe(7);
});

test('memory that stays nearly full has fewer and fewer jobs, though each that ends is replaced', () => {
  let guarded = look({ memoryRatio: 0.96, busy: 7 }, 1);
  const capacities = Array.from({ length: 20 }, () => {
    guarded = look({ memoryRatio: 0.96, busy: guarded.capacity }, 1, guarded);
    return guarded.capacity;
  });
  expect(capacities.slice(0, 4)).toEqual([6, 6, 5, 5]);
  expect(capacities.at(-1)).toBe(1);
});

test('when there is room again it rises while it is in the way, up to what the pools can run', () => {
  const cut = look({ loopUtilisation: 0.95 }, 2);
  expect(cut.capacity).toBe(9);
  expect(look({ busy: 3 }, 60, cut).capacity).toBe(9);
  expect(look({ busy: 9 }, 2, cut).capacity).toBe(9);
  expect(look({ busy: 9 }, 3, cut).capacity).toBe(10);
  let guarded = cut;
  for (let i = 0; i < 60; i += 1) guarded = look({ busy: guarded.capacity }, 1, guarded);
  expect(guarded).toMatchObject({ capacity: 20, reason: null });
});

test('between too much and room enough it rises too, ten times slower', () => {
  const cut = look({ loopUtilisation: 0.95 }, 2);
  const nearly = { loopUtilisation: 0.8, busy: 9 };
  expect(look(nearly, 29, cut).capacity).toBe(9);
  expect(look(nearly, 30, cut).capacity).toBe(10);
  expect(look({ ...nearly, busy: 3 }, 60, cut).capacity).toBe(9);
  const pressedAgain = look({ loopUtilisation: 0.9, busy: 9 }, 1, look(nearly, 29, cut));
  expect(look(nearly, 29, pressedAgain).capacity).toBe(9);
});

test('what jobs take of the memory bounds how many there are, before it is full', () => {
  const idle = look({ busy: 0, rssBytes: 100 * MB }, 1);
  // 100 MB a job, 1,000 MB in all, of which 850 may be used.
  const heavy = look({ busy: 4, rssBytes: 500 * MB, memoryRatio: 0.5 }, 1, idle);
  expect(heavy).toMatchObject({ capacity: 7, reason: 'a job takes about 100 MB of memory' });
  const others = look({ busy: 4, rssBytes: 500 * MB, memoryRatio: 0.7 }, 1, idle);
  expect(others.capacity).toBe(5);
});

test('one job more is always tried, and jobs that take little bound nothing', () => {
  const idle = look({ busy: 0, rssBytes: 100 * MB }, 1);
  const first = look({ busy: 1, rssBytes: 700 * MB, memoryRatio: 0.7 }, 1, idle);
  expect(first.capacity).toBe(2);
  const second = look({ busy: 2, rssBytes: 100.5 * MB, memoryRatio: 0.2 }, 30, first);
  expect(second).toMatchObject({ capacity: 20, reason: null });
});

test('what is not known presses nobody', () => {
  const unknown = { loopUtilisation: null, loopDelayP99Ms: null, cpuRatio: null };
  const all = { ...unknown, memoryRatio: null, memoryLimitBytes: null, rssBytes: null };
  expect(look(all, 60)).toMatchObject({ capacity: 20, reason: null });
  expect(look({ cpuRatio: Number.NaN, loopUtilisation: 0.1 }, 60).capacity).toBe(20);
});
