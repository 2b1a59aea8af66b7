/** From a workload to the size of an instance: what each figure does, and the steps that memory comes in. */
import { expect, test } from 'vitest';
import { allocatedBytes, textBytes } from './allocated-bytes.ts';
import { MACHINES, sizeOf, USUAL_OPTIONS_BYTES, type Workload } from './workload-size.ts';

const MB = 1_048_576;
const NOTHING: Workload = {
  ...{ waiting: 0, delayed: 0, completed: 0, failed: 0, dataBytes: 0, resultBytes: 0 },
  ...{ optionsBytes: USUAL_OPTIONS_BYTES, queues: 1, processes: 1 },
};

test.each([
  [1, 8],
  [9, 16],
  [113, 128],
  [129, 160],
  [161, 192],
  [257, 320],
  [1_024, 1_024],
  [1_025, 1_280],
  [10_006, 10_240],
])('%i bytes are given as %i', (bytes, given) => {
  expect(allocatedBytes(bytes)).toBe(given);
});

test('a text has a head that grows with it', () => {
  expect([14, 72, 500, 70_000].map(textBytes)).toEqual([16, 80, 512, 81_920]);
});

test('each part grows with its own figure, and nothing else does', () => {
  const empty = sizeOf(NOTHING).parts;
  const grown = (more: Partial<Workload>): string[] => {
    const { parts } = sizeOf({ ...NOTHING, ...more });
    return Object.keys(empty).filter((part) => parts[part as 'waiting'] > empty[part as 'waiting']);
  };
  expect(grown({ waiting: 1 })).toEqual(['waiting']);
  expect(grown({ delayed: 1 })).toEqual(['delayed']);
  expect(grown({ completed: 1 })).toEqual(['completed']);
  expect(grown({ failed: 1 })).toEqual(['failed', 'deadLetters']);
  expect(grown({ resultBytes: 2_000 })).toEqual(['events']);
  expect(grown({ queues: 2 })).toEqual(['events', 'server']);
  expect(grown({ processes: 2 })).toEqual(['clients']);
  expect(grown({ dataBytes: 1_000 })).toEqual([]);
});

test('one value beyond 64 bytes makes a job three times as large', () => {
  const waiting = (dataBytes: number): number =>
    sizeOf({ ...NOTHING, waiting: 1, dataBytes, optionsBytes: 14 }).parts.waiting;
  expect(waiting(65) / waiting(64)).toBeGreaterThan(2.2);
});

test('memory is recommended with room, in steps, with twice that for the container', () => {
  for (const waiting of [0, 100_000, 400_000, 1_000_000, 30_000_000]) {
    const size = sizeOf({ ...NOTHING, waiting, dataBytes: 500 });
    expect(size.usedBytes).toBeLessThanOrEqual(0.7 * size.maxmemoryBytes);
    expect(size.maxmemoryBytes).toBeLessThanOrEqual(
      Math.max(128 * MB, (1.51 / 0.7) * size.usedBytes),
    );
    expect(size.maxmemoryBytes % (64 * MB)).toBe(0);
    expect(size.memoryLimitBytes).toBe(2 * size.maxmemoryBytes);
    expect(size.diskBytes).toBeGreaterThan(5 * (size.usedBytes - 64 * MB));
    expect(size.machineBytes).toBeGreaterThanOrEqual(8 * size.maxmemoryBytes);
  }
});

test('the limit of clients leaves room above many processes', () => {
  expect(sizeOf(NOTHING).maxclients).toBe(10_000);
  const { clients, maxclients } = sizeOf({ ...NOTHING, processes: 5_000 });
  expect(clients).toBe(20_050);
  expect(clients / maxclients).toBeLessThanOrEqual(0.8);
});

test('the machines are those of the kit, an eighth for each instance', () => {
  for (const [machine, maxmemory] of MACHINES) expect(machine / maxmemory).toBe(8);
});
