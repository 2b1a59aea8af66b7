/** Jobs that became ready: exact in the long run, never below nothing. */
import { expect, test } from 'vitest';
import { type ArrivalCount, countArrived } from './arrivals.ts';

function run(steps: readonly (readonly [waiting: number, started: number, returned?: number])[]) {
  let count: ArrivalCount | undefined;
  return steps.map(([waiting, started, returned = 0]) => {
    const result = countArrived(count, { waiting, started, returned, elapsedMs: 1_000 });
    count = result.count;
    return result.arrived;
  });
}

test('what waits more and what was started arrived; what went back did not', () => {
  expect(
    run([
      [5, 9],
      [8, 0],
      [8, 4],
      [10, 5, 3],
    ]),
  ).toEqual([0, 3, 4, 4]);
});

test('a start that is heard of late is no arrival of its own', () => {
  expect(
    run([
      [10, 0],
      [0, 0],
      [0, 10],
    ]),
  ).toEqual([0, 0, 0]);
});

test('arrivals after a late start are counted, in sum exactly', () => {
  const arrived = run([
    [10, 0],
    [4, 2],
    [6, 8],
    [6, 0],
  ]);
  expect(arrived).toEqual([0, 0, 6, 0]);
});

test('jobs that were removed, or taken by workers without beats, are given up after some seconds', () => {
  expect(
    run([
      [100, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [7, 0],
    ]),
  ).toEqual([0, 0, 0, 0, 0, 7]);
});
