/** Which pools are scaled where there are too many: always the same. */
import { expect, test } from 'vitest';
import { choosePools, type IndexEntry, MOST_POOLS } from './choose-pools.ts';

const NOW = 1_764_000_000_000;
const FLEET = Array.from({ length: 1.5 * MOST_POOLS }, (_, i) => `queue-${i}`);
const namesOf = (entries: readonly IndexEntry[]) => entries.map(({ queue }) => queue).sort();

/** The newest of the index when each pool was named last at its own second of the minute, and `gone` ten minutes ago. */
function indexAt(now: number, gone: ReadonlySet<string> = new Set()): IndexEntry[] {
  const heardAt = (i: number): number => now - ((((now - NOW) / 1_000 + i) % 60) + 1) * 1_000;
  return FLEET.map((queue, i) => ({
    queue,
    heardAt: gone.has(queue) ? now - 600_000 : heardAt(i),
  }))
    .sort((a, b) => b.heardAt - a.heardAt)
    .slice(0, MOST_POOLS + 1);
}

test('where all are scaled the index is what counts', () => {
  const few = indexAt(NOW).slice(0, MOST_POOLS);
  expect(choosePools([{ queue: 'left', heardAt: NOW }], few, NOW)).toEqual(few);
});

test('where there are too many the same stay scaled, whoever was heard of last', () => {
  let scaled = choosePools([], indexAt(NOW), NOW);
  const first = namesOf(scaled);
  expect(first).toHaveLength(MOST_POOLS);
  for (let second = 1; second <= 180; second += 1) {
    const now = NOW + second * 1_000;
    scaled = choosePools(scaled, indexAt(now), now);
    expect(namesOf(scaled)).toEqual(first);
  }
});

test('a pool that no process has any more gives way', () => {
  const before = choosePools([], indexAt(NOW), NOW);
  const gone = new Set(namesOf(before).slice(0, 10));
  let scaled = before;
  for (let second = 1; second <= 200; second += 1) {
    const now = NOW + second * 1_000;
    scaled = choosePools(scaled, indexAt(now, gone), now);
  }
  expect(namesOf(scaled).filter((queue) => gone.has(queue))).toEqual([]);
  const stayed = namesOf(before).filter((queue) => !gone.has(queue));
  expect(namesOf(scaled)).toEqual(expect.arrayContaining(stayed));
});
