/** What rotation may never do, over many sets of backups; and what it leaves after years of them. */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../test/support/seeded-random.ts';
import { isoWeek, utcDay, utcMonth } from '../../base/calendar.ts';
import { utcStamp } from '../../base/units.ts';
import { backupsToDelete, type Dated, KEEP, type Keep } from './rotation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-27T07:00:00Z');

function backup(madeAt: number, label = 'queue', verifiedAt: number | null = null): Dated {
  return { name: `${label}-${utcStamp(madeAt)}`, label, madeAt, verifiedAt };
}

/** Some backups at random times around now, some of them verified, some of another label, some ahead of now. */
function anySet(random: () => number): { backups: Dated[]; keep: Keep } {
  const count = Math.floor(random() * 60);
  const spread = [3 * DAY, 60 * DAY, 900 * DAY][Math.floor(random() * 3)]!;
  const backups = Array.from({ length: count }, () => {
    const back = Math.floor(random() * spread) - (random() < 0.2 ? spread / 2 : 0);
    const verifiedAt = random() < 0.1 ? NOW : null;
    return backup(NOW - back, random() < 0.1 ? 'other' : 'queue', verifiedAt);
  });
  const few = (): number => Math.floor(random() * 5);
  return { backups, keep: { recent: few(), daily: few(), weekly: few(), monthly: few() } };
}

const namesOf = (backups: readonly Dated[]): string[] => backups.map(({ name }) => name);
const byAge = (backups: readonly Dated[]): Dated[] =>
  [...backups].sort((a, b) => b.madeAt - a.madeAt);

describe('whatever lies there', () => {
  const random = createSeededRandom(8);
  const sets = Array.from({ length: 1_000 }, () => anySet(random));

  it.each([
    ['the newest stays', (own: Dated[]) => byAge(own).slice(0, 1)],
    [
      'the newest that is not ahead of now stays',
      (own: Dated[]) => byAge(own.filter(({ madeAt }) => madeAt <= NOW)).slice(0, 1),
    ],
    [
      'the newest that was verified stays',
      (own: Dated[]) => byAge(own.filter(({ verifiedAt }) => verifiedAt !== null)).slice(0, 1),
    ],
    [
      'the newest that was verified and is not ahead of now stays',
      (own: Dated[]) =>
        byAge(own.filter((each) => each.verifiedAt !== null && each.madeAt <= NOW)).slice(0, 1),
    ],
    ['what is ahead of now stays', (own: Dated[]) => own.filter(({ madeAt }) => madeAt > NOW)],
  ])('%s', (_what, mustStay) => {
    for (const { backups, keep } of sets) {
      const gone = new Set(backupsToDelete(backups, 'queue', keep, NOW));
      const own = backups.filter(({ label }) => label === 'queue');
      expect(namesOf(mustStay(own)).filter((name) => gone.has(name))).toEqual([]);
    }
  });

  it('those of other labels stay', () => {
    for (const { backups, keep } of sets)
      for (const name of backupsToDelete(backups, 'queue', keep, NOW))
        expect(name).toMatch(/^queue-/);
  });

  it('what is left is left the next time, too', () => {
    for (const { backups, keep } of sets) {
      const gone = new Set(backupsToDelete(backups, 'queue', keep, NOW));
      const left = backups.filter(({ name }) => !gone.has(name));
      expect(backupsToDelete(left, 'queue', keep, NOW)).toEqual([]);
    }
  });

  it('those ahead of now cost no other one its place', () => {
    for (const { backups, keep } of sets) {
      const past = backups.filter(({ madeAt }) => madeAt <= NOW);
      expect(backupsToDelete(backups, 'queue', keep, NOW)).toEqual(
        backupsToDelete(past, 'queue', keep, NOW),
      );
    }
  });

  it('a clock that fell back deletes nothing', () => {
    for (const { backups, keep } of sets)
      expect(backupsToDelete(backups, 'queue', keep, NOW - 10_000 * DAY)).toEqual([]);
  });

  it('a clock that leapt ahead deletes nothing that was to stay', () => {
    for (const { backups, keep } of sets) {
      const past = backups.filter(({ madeAt }) => madeAt <= NOW);
      expect(backupsToDelete(past, 'queue', keep, NOW + 4_000 * DAY)).toEqual(
        backupsToDelete(past, 'queue', keep, NOW),
      );
    }
  });

  it('what goes has newer ones enough: so many at all, of its day, its week and its month', () => {
    for (const { backups, keep } of sets) {
      const own = backups.filter((each) => each.label === 'queue' && each.madeAt <= NOW);
      for (const name of backupsToDelete(backups, 'queue', keep, NOW)) {
        const { madeAt } = own.find((each) => each.name === name)!;
        const newer = own.filter((each) => each.madeAt > madeAt);
        expect(newer.length).toBeGreaterThanOrEqual(Math.max(1, keep.recent));
        for (const [periodOf, count] of [
          [utcDay, keep.daily],
          [isoWeek, keep.weekly],
          [utcMonth, keep.monthly],
        ] as const) {
          const periods = new Set(newer.map((each) => periodOf(each.madeAt)));
          expect(periods.has(periodOf(madeAt)) || periods.size >= count).toBe(true);
        }
      }
    }
  });
});

it('after 500 days of hours there is a day of them, a week of days, and so on', () => {
  let backups: Dated[] = [];
  const keep = { ...KEEP, recent: 24 };
  for (let at = NOW - 500 * DAY; at <= NOW; at += HOUR) {
    backups.push(backup(at));
    const gone = new Set(backupsToDelete(backups, 'queue', keep, at));
    backups = backups.filter(({ name }) => !gone.has(name));
  }
  const times = byAge(backups).map(({ madeAt }) => madeAt);
  expect(times.slice(0, 24)).toEqual(Array.from({ length: 24 }, (_, i) => NOW - i * HOUR));
  expect(times.length).toBeLessThanOrEqual(24 + 7 + 8 + 12);
  const lastWeek = Array.from({ length: 7 }, (_, i) => utcDay(NOW - i * DAY));
  expect(times.map(utcDay)).toEqual(expect.arrayContaining(lastWeek));
  const lastWeeks = Array.from({ length: 8 }, (_, i) => isoWeek(NOW - 7 * i * DAY));
  expect(times.map(isoWeek)).toEqual(expect.arrayContaining(lastWeeks));
  expect(new Set(times.map(utcMonth)).size).toBe(12);
});

it('after a pause of two years the old ones are still there', () => {
  const old = [backup(NOW - 730 * DAY), backup(NOW - 731 * DAY), backup(NOW - 760 * DAY)];
  expect(backupsToDelete([...old, backup(NOW)], 'queue', KEEP, NOW)).toEqual([]);
});

it('with nothing to keep the newest and the newest verified are kept', () => {
  const backups = [backup(NOW), backup(NOW - DAY), backup(NOW - 2 * DAY, 'queue', NOW)];
  const none = { recent: 0, daily: 0, weekly: 0, monthly: 0 };
  expect(backupsToDelete(backups, 'queue', none, NOW)).toEqual([backups[1]!.name]);
});
