import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { NO_EFFICACY } from './efficacy.ts';
import { type Plan, plan } from './plan.ts';
import type { PlanInput, PlanSignals } from './plan-input.ts';
import { NO_MEMORY, type PlanMemory, parsePlanMemory } from './plan-memory.ts';

type Settings = PlanInput['settings'];

const SETTINGS: Settings = {
  min: 1,
  max: 100,
  waitP95Ms: 5_000,
  idleAfterMs: 60_000,
  startMs: 3_000,
  efficacy: 'advise',
};

const QUIET: PlanSignals = {
  elapsedMs: 1_000,
  waiting: 0,
  active: 0,
  delayed: 0,
  dueSoon: 0,
  arrived: 0,
  runs: 0,
  runMs: 0,
  runMsSquared: 0,
  busyMs: 0,
  ready: 0,
  starting: 0,
  draining: 0,
  isPaused: false,
  globalConcurrency: null,
  jobsPerSecond: null,
  floor: 0,
  pinned: null,
};

/** `jobs` a second of one second each, which all find a slot. */
const steady = (jobs: number): Partial<PlanSignals> => ({
  active: jobs,
  arrived: jobs,
  runs: jobs,
  runMs: jobs * 1_000,
  runMsSquared: jobs * 1_000_000,
  busyMs: jobs * 1_000,
});

/** A queue whose plans follow each other; every slot that is asked for is there. */
function createQueue(
  settings: Partial<Settings> = {},
  target: number | null = null,
  remembered?: PlanMemory,
) {
  let memory = remembered;
  let current = target;
  const planOnce = (signals: Partial<PlanSignals> = {}): Plan => {
    const ready = current ?? 0;
    const made = plan(
      {
        settings: { ...SETTINGS, ...settings },
        target: current,
        signals: { ...QUIET, ready, ...signals },
      },
      memory,
    );
    memory = parsePlanMemory(JSON.stringify(made.memory));
    expect(memory).toEqual(made.memory);
    current = made.target;
    return made;
  };
  return {
    plan: planOnce,
    planFor(seconds: number, signals: Partial<PlanSignals> = {}): Plan {
      for (let i = 1; i < seconds; i++) planOnce(signals);
      return planOnce(signals);
    },
  };
}

describe('a plan', () => {
  it('asks for enough slots for the work in the system at once, and says so', () => {
    const { target, explanation } = createQueue().plan({ waiting: 40 });
    expect(target).toBe(20);
    expect(explanation).toMatchObject({
      from: 0,
      to: 20,
      decidedBy: 'backlog',
      feedback: 20,
      load: 40,
      serviceMs: 1_000,
    });
  });

  it('keeps the slots that the usual load keeps busy', () => {
    const queue = createQueue();
    expect(queue.planFor(600, steady(10)).explanation.arrivalsPerSecond).toBeCloseTo(10);
    expect(queue.plan({ ...steady(10), active: 2 }).explanation).toMatchObject({
      decidedBy: 'load',
      feedForward: 10,
    });
  });

  it('goes down only after a hold', () => {
    const queue = createQueue();
    queue.plan({ waiting: 60 });
    expect(queue.plan({ waiting: 1 }).explanation).toMatchObject({ to: 30, decidedBy: 'hold' });
    expect(queue.planFor(30, { waiting: 1 }).target).toBe(1);
  });

  it('does not go down at first when nothing is remembered', () => {
    const queue = createQueue({}, 50);
    expect(queue.planFor(10).explanation).toMatchObject({ to: 50, decidedBy: 'hold' });
    expect(queue.planFor(60).target).toBe(1);
  });

  it('stays at max and at min, and says so', () => {
    expect(createQueue({ max: 5 }).plan({ waiting: 1_000 }).explanation).toMatchObject({
      to: 5,
      decidedBy: 'max',
      caps: ['max'],
    });
    expect(createQueue({ min: 3 }).plan().explanation).toMatchObject({ to: 3, decidedBy: 'min' });
  });

  it('keeps to the schedule, but never above max', () => {
    const queue = createQueue({ max: 10 });
    expect(queue.plan({ floor: 7 }).explanation).toMatchObject({ to: 7, decidedBy: 'schedule' });
    expect(queue.plan({ floor: 70 }).target).toBe(10);
  });

  it('asks for no more slots than may run at once or the limiter lets through', () => {
    const queue = createQueue();
    expect(queue.plan({ waiting: 100, globalConcurrency: 4 }).explanation).toMatchObject({
      to: 4,
      decidedBy: 'global-concurrency',
      caps: ['global-concurrency'],
    });
    expect(
      createQueue().plan({ waiting: 100, globalConcurrency: 20, jobsPerSecond: 10 }).explanation,
    ).toMatchObject({ to: 12, decidedBy: 'rate-limit' });
  });

  it('is frozen by a pause', () => {
    const queue = createQueue();
    queue.plan({ waiting: 40 });
    const paused = queue.planFor(1_000, { isPaused: true });
    expect(paused.explanation).toMatchObject({ to: 20, decidedBy: 'paused' });
    expect(queue.plan({ waiting: 400, isPaused: true }).target).toBe(20);
    expect(queue.plan({ waiting: 40 }).target).toBe(20);
  });

  it('is what was pinned, from 0 to max, whatever the rest says', () => {
    const queue = createQueue();
    expect(queue.plan({ waiting: 40, pinned: 3 }).explanation).toMatchObject({
      to: 3,
      decidedBy: 'pin',
    });
    expect(queue.plan({ isPaused: true, pinned: 30 }).target).toBe(30);
    expect(queue.plan({ waiting: 40, pinned: 0 }).target).toBe(0);
    expect(queue.plan({ pinned: 1_000 }).target).toBe(100);
  });

  it('is not moved by numbers that cannot be', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1])
      for (const name of [
        'waiting',
        'arrived',
        'elapsedMs',
        'busyMs',
        'floor',
        'pinned',
      ] as const) {
        const queue = createQueue();
        queue.plan({ waiting: 40 });
        expect(queue.plan({ [name]: wrong }).explanation).toMatchObject({
          to: 20,
          decidedBy: 'frozen',
        });
        expect(queue.plan({ waiting: 40 }).target).toBe(20);
      }
  });

  it('takes numbers of a day or of no time at all', () => {
    const queue = createQueue();
    queue.plan({ elapsedMs: 0, ...steady(10) });
    expect(queue.plan({ elapsedMs: 86_400_000, ...steady(10) }).target).toBeLessThan(20);
  });
});

describe('a pool with min 0', () => {
  it('stays quiet without jobs and wakes on the first one', () => {
    const queue = createQueue({ min: 0 });
    expect(queue.planFor(10).target).toBe(0);
    expect(queue.plan({ waiting: 1, arrived: 1 }).target).toBe(1);
  });

  it('frees its last slot when it has been empty for long enough, however many jobs usually come', () => {
    const queue = createQueue({ min: 0 });
    queue.planFor(300, steady(10));
    const before = queue.planFor(60);
    expect(before.target).toBeGreaterThan(0);
    expect(queue.plan().explanation).toMatchObject({ to: 0, decidedBy: 'idle' });
    expect(queue.planFor(600).target).toBe(0);
    expect(queue.plan({ waiting: 1, arrived: 1 }).target).toBeGreaterThan(0);
  });

  it('keeps its last slot until then, although nothing needs it', () => {
    const queue = createQueue({ min: 0, startMs: 100 });
    queue.plan({ waiting: 1, arrived: 1 });
    expect(queue.planFor(60).explanation).toMatchObject({ to: 1, decidedBy: 'hold' });
    expect(queue.plan().target).toBe(0);
  });

  it('keeps a slot for a delayed job that is due soon', () => {
    const queue = createQueue({ min: 0 });
    queue.plan({ waiting: 1, arrived: 1 });
    expect(queue.planFor(300, { delayed: 1, dueSoon: 1 }).target).toBe(1);
  });

  it('works through jobs that come with gaps longer than it waits', () => {
    const queue = createQueue({ min: 0, idleAfterMs: 5_000 });
    for (let round = 0; round < 20; round++) {
      expect(queue.plan({ waiting: 10, arrived: 10 }).target).toBeGreaterThanOrEqual(5);
      queue.plan({ runs: 10, busyMs: 10_000, runMs: 10_000, runMsSquared: 1e7 });
      expect(queue.planFor(30).target).toBe(0);
    }
  });
});

describe('a pool in which more than 10 slots were seen to bring nothing', () => {
  const proven = { slots: 9, endedPerSecond: 20 };
  const memory: PlanMemory = {
    ...NO_MEMORY,
    hold: [[0, 100]],
    efficacy: { ...NO_EFFICACY, state: 'cap', cap: 10, proven, untilSeconds: 300 },
  };

  it('has no more than these at once, although more were needed until now', () => {
    const queue = createQueue({ efficacy: 'enforce' }, 100, memory);
    const { target, explanation } = queue.plan({ waiting: 400, active: 100 });
    expect({ target, by: explanation.decidedBy }).toEqual({ target: 10, by: 'efficacy' });
  });

  it('gives slots up as late as any other, and its last one when it has idled', () => {
    const queue = createQueue({ efficacy: 'enforce', min: 0 }, 10, memory);
    expect(queue.plan({ waiting: 400, active: 10, busyMs: 10_000 }).target).toBe(10);
    expect(queue.plan().target).toBe(10);
    expect(queue.planFor(10).target).toBe(1);
    expect(queue.planFor(48).target).toBe(1);
    expect(queue.planFor(3).target).toBe(0);
  });
});

describe('a pool whose slots start within its promise', () => {
  const instant = { startMs: 100 };

  it('has enough slots within two plans when many more jobs come', () => {
    const queue = createQueue(instant);
    queue.planFor(300, { ...steady(5), waiting: 5 });
    queue.plan({ ...steady(5), waiting: 25, arrived: 30 });
    expect(queue.plan({ ...steady(25), waiting: 30, arrived: 30 }).target).toBeGreaterThan(29);
  });

  it('gives idle slots up with the next plan but one', () => {
    const queue = createQueue(instant);
    queue.plan({ waiting: 100 });
    queue.planFor(12, { waiting: 100 });
    queue.plan();
    expect(queue.plan().target).toBe(1);
  });
});

describe('a pool whose slots start after its promise', () => {
  const pods = { startMs: 30_000, waitP95Ms: 10_000 };
  const quiet = { ...steady(2), ready: 40 };

  it('keeps a standby between bursts that recur, and says so', () => {
    const queue = createQueue(pods);
    for (let round = 0; round < 3; round++) {
      queue.planFor(300, quiet);
      queue.plan({ ...quiet, waiting: 300, arrived: 302 });
    }
    const { explanation } = queue.planFor(300, quiet);
    expect(explanation.decidedBy).toBe('standby');
    expect(explanation.standby).toBeGreaterThan(30);
    expect(explanation.to).toBe(explanation.standby);
  });

  it('starts nothing for a burst that the present slots get through before', () => {
    const queue = createQueue(pods);
    queue.planFor(300, quiet);
    const before = queue.plan(quiet).target;
    expect(queue.plan({ ...quiet, waiting: 300, arrived: 10 }).explanation.feedback).toBe(40);
    expect(before).toBeLessThan(40);
  });

  it('has slots for delayed jobs when they are due, and lets them go afterwards', () => {
    const queue = createQueue(pods);
    queue.planFor(300, quiet);
    const due = queue.planFor(30, { ...quiet, delayed: 250, dueSoon: 250 });
    expect(due.target).toBeGreaterThanOrEqual(36);
    queue.plan({ ...quiet, waiting: 248, arrived: 252 });
    expect(queue.planFor(60, quiet).target).toBeLessThan(15);
  });
});

describe('whatever is seen', () => {
  const random = createSeededRandom(1);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const oneOf = <T>(...all: T[]): T => all[upTo(all.length - 1)] as T;
  const anySettings = (): Settings => {
    const min = upTo(3);
    return {
      min,
      max: min + upTo(50),
      waitP95Ms: oneOf(100, 5_000, 60_000),
      idleAfterMs: oneOf(0, 10_000, 60_000),
      startMs: oneOf(0, 100, 3_000, 30_000, 600_000),
      efficacy: oneOf('off', 'advise'),
    };
  };
  const anySignals = (most: number): PlanSignals => {
    const runs = upTo(most);
    const runMs = runs * upTo(5_000);
    return {
      ...QUIET,
      elapsedMs: oneOf(0, 1, 1_000, 1_000, 1_000, 60_000, 1e9),
      waiting: oneOf(0, 1, upTo(most)),
      active: oneOf(0, 1, upTo(most)),
      dueSoon: oneOf(0, 0, upTo(most)),
      arrived: upTo(most),
      runs,
      runMs,
      runMsSquared: runs === 0 ? 0 : (runMs ** 2 / runs) * (1 + random()),
      busyMs: upTo(most * 1_000),
      ready: upTo(60),
      isPaused: random() < 0.05,
      globalConcurrency: oneOf(null, null, null, upTo(20)),
      jobsPerSecond: oneOf(null, null, null, random() * 10),
      floor: oneOf(0, 0, upTo(10)),
      pinned: random() < 0.05 ? upTo(100) : null,
    };
  };
  const spoil = (signals: PlanSignals): PlanSignals =>
    random() < 0.9
      ? signals
      : {
          ...signals,
          [oneOf(...Object.keys(signals))]: oneOf<unknown>(
            Number.NaN,
            -1,
            1e300,
            Number.POSITIVE_INFINITY,
            'x',
          ),
        };

  it('the target is a whole number from min to max, never 0 with work, and more work never lowers it', () => {
    const wrong: string[] = [];
    for (let run = 0; run < 200; run++) {
      const settings = anySettings();
      const most = oneOf(3, 30, 100_000);
      let memory: PlanMemory | undefined;
      let target: number | null = null;
      for (let tick = 0; tick < 50; tick++) {
        const signals = spoil(anySignals(most));
        const made: Plan = plan({ settings, target, signals }, memory);
        const busier = { ...signals, waiting: signals.waiting + 1 + upTo(most) };
        const withMore = plan({ settings, target, signals: busier }, memory).target;
        const isFree = !['paused', 'frozen', 'pin'].includes(made.explanation.decidedBy);
        const hasWork = signals.waiting + signals.active > 0 && settings.max > 0;
        const holds = {
          whole: Number.isInteger(made.target),
          bounded:
            made.target >= (signals.pinned === null ? settings.min : 0) &&
            made.target <= settings.max,
          awake: !(isFree && hasWork) || made.target > 0,
          monotone: !isFree || withMore >= made.target,
        };
        for (const [property, isTrue] of Object.entries(holds))
          if (!isTrue)
            wrong.push(
              `${property}: ${JSON.stringify({ settings, signals, target, made, withMore })}`,
            );
        if (tick === 49) expect(parsePlanMemory(JSON.stringify(made.memory))).toEqual(made.memory);
        ({ target, memory } = made);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a constant load ends in a constant target that carries it', () => {
    for (let run = 0; run < 20; run++) {
      const jobs = 1 + upTo(30);
      const queue = createQueue({ ...anySettings(), min: 1, max: 200 });
      let [load, ready] = [0, 1];
      const serve = (): number => {
        const runs = Math.min(load, ready);
        load += jobs - runs;
        const active = Math.min(load, ready);
        ready = queue.plan({
          ...steady(runs),
          arrived: jobs,
          active,
          waiting: load - active,
        }).target;
        return ready;
      };
      for (let i = 0; i < 600; i++) serve();
      const targets = Array.from({ length: 60 }, serve);
      expect(new Set(targets).size).toBe(1);
      expect(targets[0]).toBeGreaterThanOrEqual(jobs);
    }
  });
});
