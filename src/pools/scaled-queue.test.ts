/** A queue in the leader's hands: figures over time, what is published, and what is not written again. */
import { expect, test } from 'vitest';
import type { PoolSettings } from '../workers/pool-settings.ts';
import type { LookTime } from './heard-beats.ts';
import type { SeenQueue } from './look-at-queues.ts';
import type { HeardBeat } from './process-beat.ts';
import { ScaledQueue } from './scaled-queue.ts';

const SETTINGS: PoolSettings = {
  ...{ min: 1, max: 20, perHostMax: 20, concurrency: 10, waitP95Ms: 1_000, isolation: 'none' },
  ...{ weight: 1, mode: 'auto', idleAfterMs: 60_000, startMs: 100, schedule: [], efficacy: 'off' },
};
const LOOK: SeenQueue = {
  ...{ queue: 'photos', state: 'claimed', waiting: 0, active: 0, delayed: 0, dueSoon: 0 },
  ...{ isPaused: false, globalConcurrency: null, jobsPerSecond: null, pin: '' },
  pool: { settings: JSON.stringify(SETTINGS), epoch: 0, rev: 0, target: null, recommended: null },
};
/** A look that reads the pool, too. */
const stored = (rev: number, target: number | null): Pick<SeenQueue, 'pool'> => ({
  pool: { ...LOOK.pool!, rev, target },
});
const COUNTED = { returned: 0, runs: 0, runMs: 0, runMsSquared: 0, busyMs: 0, started: 0 };
const START = 1_764_000_000_000;

const at = (ms: number, serverMs = ms): LookTime => ({ now: START + serverMs, monotonicMs: ms });
const fresh = () => new ScaledQueue('photos', { memory: undefined, shares: new Map() });
const see = (
  queue: ScaledQueue,
  look: Partial<SeenQueue>,
  time: LookTime,
  live: HeardBeat[] = [],
) => queue.see({ ...LOOK, ...look }, live, time, () => 0);
const learned = (queue: ScaledQueue) => JSON.parse(queue.memoryText!);

test('what processes count reaches the plan, with the time it took by the clock of the server', () => {
  const queue = fresh();
  see(queue, { waiting: 10 }, at(0));
  queue.count({ ...COUNTED, started: 4, runs: 4, runMs: 800, busyMs: 500 });
  queue.count({ ...COUNTED, started: 1, runs: 1, runMs: 200, busyMs: 500 });
  see(queue, { waiting: 12 }, at(1_000, 1_100));
  expect(learned(queue)).toMatchObject({
    nowSeconds: 1.1,
    arrivals: { slow: expect.closeTo(7 / 1.1, 5) },
    service: { runs: 5, busySeconds: 1 },
  });
  see(queue, { waiting: 12 }, at(2_000, 2_000));
  expect(learned(queue).service.runs).toBeLessThan(5.1);
});

test('the counts of the first look belong to no time', () => {
  const queue = fresh();
  queue.count({ ...COUNTED, started: 900, runs: 900, runMs: 9e5 });
  see(queue, { waiting: 10 }, at(0));
  expect(learned(queue).service.runs).toBe(0);
});

test.each([3_600_000, -3_600_000])(
  'a jump of the clock of the server by %i ms is no time',
  (jump) => {
    const queue = fresh();
    see(queue, {}, at(0));
    see(queue, {}, at(1_000, 1_000 + jump));
    expect(learned(queue).nowSeconds).toBe(1);
  },
);

test('counts add up while the queue cannot be read', () => {
  const queue = fresh();
  see(queue, { waiting: 50 }, at(0));
  queue.count({ ...COUNTED, runs: 2 });
  queue.freeze('no answer');
  expect(queue.frozenFor).toBe('no answer');
  queue.count({ ...COUNTED, runs: 3 });
  see(queue, { waiting: 50 }, at(2_000));
  expect(learned(queue).service.runs).toBe(5);
  expect(queue.frozenFor).toBeNull();
});

test('a decision is published once, and again when Redis no longer has it', () => {
  const queue = fresh();
  see(queue, { waiting: 50 }, at(0));
  const shares = new Map([['a:1', 10]]);
  const first = queue.publication(shares, 0)!;
  expect(first.decision?.rev).toBe(1);
  expect(first.pool).toMatchObject({ targetWorkers: 20, shares: '{"a:1":10}' });
  expect(queue.written(first, 0)).toMatchObject({ from: 0, to: 20 });
  see(queue, { waiting: 50, ...stored(1, 20) }, at(1_000));
  expect(queue.publication(shares, 1_000)).toBeNull();
  see(queue, { waiting: 50, ...stored(0, null) }, at(2_000));
  expect(queue.publication(shares, 2_000)?.decision?.rev).toBe(2);
});

test('other shares are a decision, too; whatever was not written is written again', () => {
  const queue = fresh();
  see(queue, { waiting: 50 }, at(0));
  queue.written(queue.publication(new Map([['a:1', 10]]), 0)!, 0);
  see(queue, { waiting: 50, ...stored(1, 20) }, at(1_000));
  const moved = queue.publication(new Map([['b:1', 10]]), 1_000)!;
  expect(moved.decision).toMatchObject({ rev: 2, fields: { from: 20, to: 20 } });
  expect(queue.written(moved, 1_000)).toBeNull();
  queue.unwritten();
  expect(queue.publication(new Map([['b:1', 10]]), 1_000)?.decision?.rev).toBe(3);
});

test('a pin is explained by who has set it, and by another at once although the slots are the same', () => {
  const queue = fresh();
  const pinned = (by: string) => ({
    pin: JSON.stringify({ slots: 7, by, reason: 'sale', at: START, until: START + 60_000 }),
  });
  const shares = new Map<string, number>();
  see(queue, pinned('anna'), at(0));
  const first = queue.publication(shares, 0)!;
  expect(first.pool.reason).toContain('set by hand by anna until 2025-11-24 16:01 UTC (sale)');
  expect(JSON.parse(String(first.decision!.fields.why)).pin).toEqual({
    ...{ by: 'anna', reason: 'sale', until: START + 60_000 },
  });
  queue.written(first, 0);
  see(queue, { ...pinned('anna'), ...stored(1, 7) }, at(1_000));
  expect(queue.publication(shares, 1_000)).toBeNull();
  see(queue, { ...pinned('ben'), ...stored(1, 7) }, at(2_000));
  const second = queue.publication(shares, 2_000)!;
  expect(second).toMatchObject({
    decision: null,
    pool: { reason: expect.stringContaining('ben') },
  });
});

test('a status is written seldom, and at once when the pool is frozen', () => {
  const queue = fresh();
  const shares = new Map([['a:1', 10]]);
  const pools = (slots: number) => ({ photos: { ...POOL, slots } });
  const live = (slots: number): HeardBeat[] => [{ ...PROCESS, pools: pools(slots) }];
  see(queue, { waiting: 50 }, at(0), live(0));
  queue.written(queue.publication(shares, 0)!, 0);
  const redis = { waiting: 50, ...stored(1, 20) };
  see(queue, redis, at(1_000), live(4));
  expect(queue.publication(shares, 1_000)).toBeNull();
  see(queue, redis, at(5_000), live(8));
  const status = queue.publication(shares, 5_000)!;
  expect(status).toMatchObject({ decision: null, pool: { currentWorkers: 8, frozen: '' } });
  queue.written(status, 5_000);
  queue.freeze('no answer');
  expect(queue.publication(shares, 5_100)).toMatchObject({
    ...{ decision: null, pool: { targetWorkers: 20, frozen: 'no answer', decidedBy: 'frozen' } },
  });
});

test('a new leader publishes nothing that stands there already', () => {
  const shares = new Map([['a:1', 10]]);
  const queue = new ScaledQueue('photos', { memory: undefined, shares });
  see(queue, { waiting: 50, ...stored(7, 20) }, at(0));
  expect(queue.publication(shares, 0)?.decision).toBeNull();
});

const POOL = {
  ...{ most: 10, slots: 0, active: 0, epoch: 0, rev: 0 },
  ...{ started: 0, ended: 0, returned: 0, busyMs: 0, runs: 0, runMs: 0, runMsSquared: 0 },
};
const PROCESS = {
  ...{ id: 'a:1', host: 'a', version: null, capacity: 100, isStopping: false, beatAt: START },
};
