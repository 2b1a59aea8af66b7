/** Beats between looks: who is there, what was done, and what clocks may do meanwhile. */
import { expect, test } from 'vitest';
import { HeardBeats } from './heard-beats.ts';
import type { PoolBeat } from './process-beat.ts';

const START = 1_764_000_000_000;
const NONE = {
  ...{ most: 4, slots: 2, active: 1, epoch: 0, rev: 0 },
  ...{ started: 0, ended: 0, returned: 0, busyMs: 0, runs: 0, runMs: 0, runMsSquared: 0 },
};

function beatAt(ms: number, pool: Partial<PoolBeat> = {}, id = 'a:1'): string {
  const pools = { photos: { ...NONE, ...pool } };
  const beat = { id, host: 'a', version: null, capacity: 10, isStopping: false, pools };
  return `${START + ms} ${JSON.stringify(beat)}`;
}
const at = (ms: number, serverMs = ms) => ({ now: START + serverMs, monotonicMs: ms });

test('differences count, over all processes; what a leader finds counts as nothing', () => {
  const beats = new HeardBeats();
  const first = beats.take({ a: beatAt(0, { started: 900, runs: 890, runMs: 5e5 }) }, at(100));
  expect(first.live.map(({ id }) => id)).toEqual(['a:1']);
  expect(first.counted.size).toBe(0);
  const a = beatAt(1_000, { started: 905, runs: 892, runMs: 5e5 + 300, busyMs: 400 });
  const second = beats.take({ a, b: beatAt(900, { started: 7 }, 'b:1') }, at(1_100));
  expect(second.counted.get('photos')).toEqual({
    ...{ started: 5, returned: 0, busyMs: 400, runs: 2, runMs: 300, runMsSquared: 0 },
  });
  const third = beats.take({ a, b: beatAt(1_900, { started: 10 }, 'b:1') }, at(2_100));
  expect(third.counted.get('photos')).toMatchObject({ started: 3 });
});

test('a number that fell is a process that started anew: what it has counted since counts', () => {
  const beats = new HeardBeats();
  beats.take({ a: beatAt(0, { started: 900, busyMs: 10 }) }, at(0));
  const { counted } = beats.take({ a: beatAt(1_000, { started: 3, busyMs: 50 }) }, at(1_000));
  expect(counted.get('photos')).toMatchObject({ started: 3, busyMs: 50 });
});

test('after a silence nothing counts: it did not happen in one second', () => {
  const beats = new HeardBeats();
  beats.take({ a: beatAt(0, { started: 0 }) }, at(0));
  for (let ms = 1_000; ms < 60_000; ms += 1_000) beats.take({ a: beatAt(0) }, at(ms));
  const { counted, live } = beats.take({ a: beatAt(60_000, { started: 6_000 }) }, at(60_000));
  expect(counted.size).toBe(0);
  expect(live).toHaveLength(1);
});

test('after a sleep of the leader itself all counts: its own time is as long', () => {
  const beats = new HeardBeats();
  beats.take({ a: beatAt(0) }, at(0));
  const { counted } = beats.take({ a: beatAt(15_000, { started: 60 }) }, at(15_000));
  expect(counted.get('photos')).toMatchObject({ started: 60 });
});

test('a process is gone five seconds after its last beat, and forgotten after a minute', () => {
  const beats = new HeardBeats();
  const text = beatAt(0);
  beats.take({ a: text }, at(0));
  expect(beats.take({ a: text }, at(4_900)).live).toHaveLength(1);
  expect(beats.take({ a: text }, at(5_100)).live).toHaveLength(0);
  expect(beats.take({ a: text }, at(59_000)).forgotten).toEqual([]);
  expect(beats.take({ a: text }, at(61_000)).forgotten).toEqual(['a']);
});

test('a process is gone although the clock of the server was set back', () => {
  const beats = new HeardBeats();
  const text = beatAt(0);
  beats.take({ a: text }, at(0));
  expect(beats.take({ a: text }, at(4_000, -3_600_000)).live).toHaveLength(1);
  expect(beats.take({ a: text }, at(20_000, -3_584_000)).live).toHaveLength(0);
});

test('a beat that is old already when it is first seen is nobody', () => {
  expect(new HeardBeats().take({ a: beatAt(-5_100) }, at(0)).live).toHaveLength(0);
});

test.each([3_600_000, -3_600_000])(
  'when the clock of the server jumps by %i ms nobody is gone',
  (jump) => {
    const beats = new HeardBeats();
    const text = beatAt(0);
    beats.take({ a: text }, at(0));
    expect(beats.take({ a: text }, at(1_000, 1_000 + jump)).live).toHaveLength(1);
    for (let ms = 2_000; ms < 10_000; ms += 1_000)
      expect(beats.take({ a: beatAt(ms + jump) }, at(ms, ms + jump)).live).toHaveLength(1);
  },
);
