/** The rules of the simulation: slots, jobs and what is counted, on cases that can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import { figuresOf } from './figures.ts';
import type { Policy, PolicyKind, Seen } from './policy.ts';
import { type Outcome, simulate } from './simulate.ts';
import { type Workload, workloadOf } from './workload.ts';
import { generateWorkload, WORKLOADS } from './workloads.ts';

const setting = { startSeconds: 3, startCost: 5 };

/** A policy that wants what the list says from the given second on. */
function scripted(wanted: Record<number, number>, rest: Partial<Policy> = {}): PolicyKind {
  return {
    name: 'scripted',
    family: 'scripted',
    create: () => ({
      everySeconds: 1,
      victims: 'idle-first',
      readopts: true,
      startsWith: 1,
      decide: ({ nowSeconds }) => {
        const from = Object.keys(wanted).map(Number);
        return wanted[from.findLast((second) => second <= nowSeconds)!]!;
      },
      ...rest,
    }),
  };
}

function run(
  jobs: readonly [readyAt: number, serviceSeconds: number][],
  kind: PolicyKind,
  rest: Partial<Workload> = {},
): Outcome {
  const workload = workloadOf(
    'by hand',
    jobs.map(([readyAt, serviceSeconds]) => ({ readyAt, serviceSeconds })),
    rest,
  );
  return simulate(workload, kind, { setting, seed: 1, hasTimeline: true });
}

describe('slots', () => {
  it('run jobs in the order in which these became ready', () => {
    const { startedAt, endSeconds } = run(
      [
        [0.5, 2],
        [0.6, 2],
        [0.7, 2],
      ],
      scripted({ 0: 1 }),
    ); // prettier-ignore
    expect([...startedAt]).toEqual([0.5, 2.5, 4.5]);
    expect(endSeconds).toBe(6.5);
  });

  it('take their time to start, and are paid for meanwhile', () => {
    const { startedAt, counts } = run(
      [
        [0.5, 4],
        [0.5, 4],
      ],
      scripted({ 0: 1, 1: 2 }),
    ); // prettier-ignore
    expect([...startedAt]).toEqual([0.5, 4]);
    expect(counts.starts).toBe(1);
    // The first slot from 0 to 8; the second is wanted at 1.
    expect(counts.slotSeconds).toBe(8 + 7);
  });

  it('that are still starting go first, and cost what was begun', () => {
    const { startedAt, counts, timeline } = run(
      [
        [0.5, 6],
        [0.5, 6],
      ], // prettier-ignore
      scripted({ 0: 1, 1: 3, 2: 2, 3: 1 }),
    );
    expect(counts.starts).toBe(2);
    expect([...startedAt]).toEqual([0.5, 6.5]);
    expect(timeline.map(({ ready }) => ready)).toEqual(Array(13).fill(1));
    expect(counts.slotSeconds).toBe(12.5 + 1 + 2);
  });

  it('that are idle go before busy ones, and busy ones end their job', () => {
    const { startedAt, counts, interrupted } = run(
      [
        [0, 10],
        [0, 10],
        [0, 4],
        [11, 1],
      ], // prettier-ignore
      scripted({ 0: 3, 6: 1 }, { startsWith: 3 }),
    );
    expect([...startedAt]).toEqual([0, 0, 0, 11]);
    // Three to 6, two to 10, one to the end.
    expect(counts.slotSeconds).toBe(3 * 6 + 2 * 4 + 2);
    expect(interrupted).toBe(0);
  });

  it('that only end their job are taken back by who does so, and replaced by others', () => {
    const jobs: [number, number][] = [
      [0, 10],
      [0, 10],
      [8, 1],
    ];
    const wanted = { 0: 2, 2: 1, 4: 2 };
    const taken = run(jobs, scripted(wanted, { startsWith: 2 }));
    expect(taken.counts.starts).toBe(0);
    expect(taken.startedAt[2]).toBe(10);
    const replaced = run(jobs, scripted(wanted, { startsWith: 2, readopts: false }));
    expect(replaced.counts.starts).toBe(1);
    expect(replaced.startedAt[2]).toBe(8);
  });

  it('are lost by chance, busy or not, but never with their job', () => {
    const jobs = Array.from({ length: 40 }, (_, i): [number, number] => [i / 40, 20]);
    const { interrupted, counts, timeline } = run(
      jobs,
      scripted({ 0: 60, 5: 30 }, { startsWith: 60, victims: 'random', readopts: false }),
    );
    expect(interrupted).toBe(0);
    expect(counts.completed).toBe(40);
    const after = timeline.find(({ atSeconds }) => atSeconds === 5)!;
    expect(after.ready).toBe(30);
    // 20 idle and 40 busy ones: 30 by chance are not the 20 idle ones first.
    expect(after.busy).toBe(40);
    expect(counts.slotSeconds).toBeGreaterThan(60 * 5 + 40 * 15);
  });

  it('share what the workload shares', () => {
    // Two run at half speed from 1 on; the first has a second behind it.
    const { startedAt, endSeconds, counts } = run(
      [
        [0, 2],
        [1, 2],
      ], // prettier-ignore
      scripted({ 0: 2 }, { startsWith: 2 }),
      { sharedBy: 1 },
    );
    expect([...startedAt]).toEqual([0, 1]);
    expect(endSeconds).toBeCloseTo(4, 9);
    expect(counts.runSeconds).toBeCloseTo(3 + 3, 9);
  });
});

describe('a run', () => {
  it('ends after three horizons when jobs are left, which then count as never started', () => {
    const kind = scripted({ 0: 0 }, { startsWith: 0 });
    const outcome = run(
      [
        [0, 1],
        [1, 1],
      ],
      kind,
      { min: 0, horizonSeconds: 60 },
    ); // prettier-ignore
    expect(outcome.endSeconds).toBe(180);
    expect(figuresOf(outcome)).toMatchObject({ waitP50Seconds: 120, latePercent: 100 });
  });

  it('counts minutes, late jobs, cost, starts and changes of direction', () => {
    const jobs: [number, number][] = [
      [0, 20], // waits 0
      [10, 1], // 10
      [70, 1], // 0
      [200, 1], // 0: in the minutes between no job came
    ];
    const outcome = run(jobs, scripted({ 0: 1, 100: 3, 110: 1, 120: 2 }));
    const figures = figuresOf(outcome);
    expect(figures.violatedPercent).toBeCloseTo(100 / 3, 9);
    expect(figures.latePercent).toBe(25);
    expect(figures.waitP95Seconds).toBe(10);
    expect(outcome.reversals).toBe(2);
    expect(outcome.peak).toBe(3);
    expect(figures.startsPerHour).toBeCloseTo((3 * 3600) / 201, 9);
    // Clairvoyant: 20; another one started for 10, which cannot wait; 1 + 1 after gaps beyond a start.
    const bound = 8 + 20 + 8 + 1 + 8 + 1 + 8 + 1;
    const paid = 201 + 2 * 10 + 81 + 3 * 5;
    expect(figures.cost).toBeCloseTo(paid / bound, 9);
  });

  it('is told how long a step took to be met', () => {
    const step = { atSeconds: 10, busy: 3 };
    const jobs = Array.from({ length: 60 }, (_, i): [number, number] => [10 + i / 10, 2]);
    const outcome = run(jobs, scripted({ 0: 1, 12: 3, 15: 20 }), { step });
    // Asked for at 12, there at 15.
    expect(outcome.reactionSeconds).toBe(5);
    const { recoverySeconds } = figuresOf(outcome);
    expect(recoverySeconds).toBeGreaterThan(5);
    expect(recoverySeconds).toBeLessThan(15);
  });

  it('shows policies only what a fleet could see', () => {
    const looks: Seen[] = [];
    const kind = scripted({ 0: 1 });
    const spying: PolicyKind = {
      ...kind,
      create: (situation) => {
        const policy = kind.create(situation);
        return {
          ...policy,
          decide: (seen) => {
            looks.push(seen);
            return policy.decide(seen);
          },
        };
      },
    };
    const workload = workloadOf('delayed', [
      { readyAt: 0.5, serviceSeconds: 2 },
      { readyAt: 0.75, serviceSeconds: 1 },
      { readyAt: 2.25, serviceSeconds: 1, isDelayed: true },
    ]);
    simulate(workload, spying, { setting, seed: 1 });
    expect(looks[0]).toMatchObject({ elapsedSeconds: 0, arrived: 0, active: 0, delayed: 1 });
    expect(looks[0]!.dueWithin(2)).toBe(0);
    expect(looks[0]!.dueWithin(3)).toBe(1);
    expect(looks[1]).toMatchObject({ arrived: 2, waiting: 1, active: 1, busySeconds: 0.5 });
    expect(looks[1]).toMatchObject({ oldestWaitSeconds: 0.25, completed: 0, ready: 1 });
    expect(looks[3]).toMatchObject({ arrived: 1, delayed: 0, completed: 1, runSeconds: 2 });
    expect(looks[3]).toMatchObject({ runSecondsSquared: 4, busySeconds: 1 });
  });
});

describe('workloads', () => {
  it('are the same for the same seed and others for another', () => {
    for (const name of WORKLOADS) {
      const [one, same, other] = [7, 7, 8].map((seed) => {
        const { readyAt, serviceSeconds } = generateWorkload(name, seed);
        return Buffer.concat([Buffer.from(readyAt.buffer), Buffer.from(serviceSeconds.buffer)]);
      });
      expect(one!.equals(same!), name).toBe(true);
      expect(one!.equals(other!), name).toBe(false);
    }
  });

  it('have the rates and run times that they are named for', () => {
    const about = (name: string) => {
      const { readyAt, serviceSeconds, horizonSeconds } = generateWorkload(name, 5);
      const mean = serviceSeconds.reduce((sum, seconds) => sum + seconds, 0) / readyAt.length;
      expect(
        readyAt.every((at, i) => i === 0 || at >= readyAt[i - 1]!),
        name,
      ).toBe(true);
      expect(readyAt.at(-1)!, name).toBeLessThan(horizonSeconds);
      return [readyAt.length, mean] as const;
    };
    const expected: Record<string, [jobs: number, mean: number]> = {
      steady: [36_000, 1],
      step: [5 * 2100 + 30 * 1500, 1],
      ramp: [21 * 3600, 1],
      diurnal: [12 * 7200, 1],
      spikes: [7200 + 1800, 1],
      heavytail: [8 * 3600, 1],
      cronherd: [1.5 * 3600 + 2750, 1],
      contention: [8 * 2100 + 24 * 1500, 1],
      contention2: [8 * 2100 + 24 * 1500, 1],
      heavier: [36_000, 2],
      longjobs: [160 + 400, 90],
      onoff: [5 * 60 * 12, 1],
    };
    for (const [name, [jobs, mean]] of Object.entries(expected)) {
      const [count, service] = about(name);
      const tolerance = name === 'longjobs' ? 0.15 : 0.05;
      expect(Math.abs(count / jobs - 1), `${name}: ${count}`).toBeLessThan(tolerance);
      expect(Math.abs(service / mean - 1), `${name}: ${service}`).toBeLessThan(tolerance);
    }
  });

  it('give the same run again, with random victims too', () => {
    const workload = generateWorkload('mmpp', 3);
    const wobbling = (): PolicyKind => ({
      name: 'wobbling',
      family: 'wobbling',
      create: () => ({
        ...{ everySeconds: 2, victims: 'random', readopts: false, startsWith: 1 },
        decide: (seen) => 1 + ((seen.waiting + seen.active) % 40),
      }),
    });
    const once = (seed: number) => figuresOf(simulate(workload, wobbling(), { setting, seed }));
    expect(once(1)).toEqual(once(1));
    expect(once(1).cost).not.toBe(once(2).cost);
  });
});
