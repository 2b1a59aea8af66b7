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

/** Looks once a second at what is the same all the time. */
function lookOn(beats: HeardBeats, text: string, fromMs: number, toMs: number, serverMs = 0) {
  let heard = beats.take({ a: text }, at(fromMs, fromMs + serverMs));
  for (let ms = fromMs + 1_000; ms <= toMs; ms += 1_000)
    heard = beats.take({ a: text }, at(ms, ms + serverMs));
  return heard;
}

test('a process is gone five seconds after its last beat, and forgotten after a minute', () => {
  const beats = new HeardBeats();
  const text = beatAt(0);
  expect(lookOn(beats, text, 0, 5_000).live).toHaveLength(1);
  expect(beats.take({ a: text }, at(5_100)).live).toHaveLength(0);
  expect(lookOn(beats, text, 6_100, 59_100).forgotten).toEqual([]);
  expect(lookOn(beats, text, 60_100, 61_100).forgotten).toEqual(['a']);
});

test('a process is gone although the clock of the server was set back', () => {
  const beats = new HeardBeats();
  const text = beatAt(0);
  beats.take({ a: text }, at(0));
  expect(lookOn(beats, text, 1_000, 5_000, -3_600_000).live).toHaveLength(1);
  expect(lookOn(beats, text, 6_000, 7_000, -3_600_000).live).toHaveLength(0);
});

test.each([6_000, 600_000])(
  'after %i ms in which nobody could look those that come back later are waited for',
  (outageMs) => {
    const beats = new HeardBeats();
    const ids = ['a:1', 'b:1', 'c:1'];
    const said = (ms: number, who = ids) => who.map((id) => [id, beatAt(ms, {}, id)] as const);
    beats.take(Object.fromEntries(said(0)), at(0));
    const live = [0, 1_000, 2_000].map((ms) => {
      const back = ms < 2_000 ? ['a:1'] : ids;
      const texts = Object.fromEntries([...said(0), ...said(outageMs + ms, back)]);
      return beats.take(texts, at(outageMs + ms)).live.map(({ id }) => id);
    });
    expect(live).toEqual([ids, ids, ids]);
  },
);

test('who does not come back after an outage is gone five seconds later', () => {
  const beats = new HeardBeats();
  beats.take({ a: beatAt(0) }, at(0));
  expect(lookOn(beats, beatAt(0), 20_000, 24_000).live).toHaveLength(1);
  expect(lookOn(beats, beatAt(0), 25_000, 26_000).live).toHaveLength(0);
});

test('a process is gone although every look takes long', () => {
  const beats = new HeardBeats();
  for (let ms = 0; ms <= 15_000; ms += 3_000) beats.take({ a: beatAt(0) }, at(ms));
  expect(beats.take({ a: beatAt(0) }, at(18_000)).live).toHaveLength(0);
});

test('a new leader waits five seconds for those that had shares, and for nobody else', () => {
  const beats = new HeardBeats();
  beats.expect(['a:1', 'b:1', 'never:1']);
  const texts = (ms: number) => ({
    'a:1': beatAt(ms),
    'b:1': beatAt(-12_000, {}, 'b:1'),
    'old:1': beatAt(-50_000, {}, 'old:1'),
  });
  const liveAt = (ms: number) => beats.take(texts(ms), at(ms)).live.map(({ id }) => id);
  expect([0, 1_000, 2_000, 3_000, 4_000, 5_000].map(liveAt)).toEqual(
    Array.from({ length: 6 }, () => ['a:1', 'b:1']),
  );
  expect(liveAt(6_000)).toEqual(['a:1']);
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
