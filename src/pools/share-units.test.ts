/** Which processes are old while two versions run side by side. */
import { expect, test } from 'vitest';
import type { HeardBeat } from './process-beat.ts';
import { Rollout } from './share-units.ts';

const pool = {
  ...{ started: 0, ended: 0, returned: 0, busyMs: 0, runs: 0, runMs: 0, runMsSquared: 0 },
  ...{ most: 4, slots: 1, active: 0, epoch: 1, rev: 1 },
};
const beats = (...versions: (string | null)[]): HeardBeat[] =>
  versions.map((version, i) => ({
    ...{
      id: `a:${i}`,
      host: 'a',
      version,
      capacity: 4,
      isStopping: false,
      pools: { q: pool },
      beatAt: 0,
    },
  }));
const isOld = (rollout: Rollout, ...versions: (string | null)[]): boolean[] =>
  rollout.unitsOf(beats(...versions)).map((unit) => unit.isOld);

test('the version that came first is the old one, whatever it is called', () => {
  const rollout = new Rollout();
  expect(isOld(rollout, '2.0.0')).toEqual([false]);
  expect(isOld(rollout, '2.0.0', '1.9.9', null)).toEqual([true, false, false]);
});

test('a leader that finds two versions prefers none', () => {
  expect(isOld(new Rollout(), '1', '2')).toEqual([false, false]);
});

test('a version that was gone is new when it comes back: a release was rolled back', () => {
  const rollout = new Rollout();
  isOld(rollout, '1');
  isOld(rollout, '1', '2');
  isOld(rollout, '2');
  expect(isOld(rollout, '2', '1')).toEqual([true, false]);
});

test('applications that share no queue are not compared', () => {
  const rollout = new Rollout();
  const [first, second] = beats('shop 1', 'photos 7');
  rollout.unitsOf([first!]);
  const other = { ...second!, pools: { photos: pool } };
  expect(rollout.unitsOf([first!, other]).map((unit) => unit.isOld)).toEqual([false, false]);
});
