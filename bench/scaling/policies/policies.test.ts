/** The rules of other scalers, on cases that can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { PolicyKind, Seen, Situation } from '../policy.ts';
import { loadP99Of, situationOf } from '../situation.ts';
import { workloadOf } from '../workload.ts';
import { aws } from './aws.ts';
import { celeryLike } from './celery-like.ts';
import { dask } from './dask.ts';
import { judoscale } from './judoscale.ts';
import { keda } from './keda.ts';
import { knative } from './knative.ts';
import { obanLike } from './oban-like.ts';
import { ours } from './ours.ts';
import { Recent } from './recent.ts';
import { fixedSize } from './static.ts';
import { wpa } from './wpa.ts';

const situation: Situation = {
  ...{ startSeconds: 3, startCost: 5, waitSeconds: 5, min: 1, max: 200 },
  oracle: { serviceSeconds: 2, loadP99: 12.1 },
};

/**
 * Asks a policy tick after tick. Its slots are always ready at once, unless a look says otherwise.
 */
function ask(kind: PolicyKind, looks: readonly Partial<Seen>[], about: Partial<Situation> = {}) {
  const policy = kind.create({ ...situation, ...about });
  let slots = policy.startsWith;
  return looks.map((look, i) => {
    slots = policy.decide({
      nowSeconds: i * policy.everySeconds,
      elapsedSeconds: i === 0 ? 0 : policy.everySeconds,
      ...{ waiting: 0, active: 0, delayed: 0, dueWithin: () => 0, oldestWaitSeconds: 0 },
      ...{ arrived: 0, completed: 0, runSeconds: 0, runSecondsSquared: 0, busySeconds: 0 },
      ...{ ready: slots, starting: 0, draining: 0 },
      ...look,
    });
    return slots;
  });
}

const times = <T>(count: number, look: T): T[] => Array.from({ length: count }, () => look);

describe('static', () => {
  it('is so many times p99 of the load from the start on', () => {
    const policy = fixedSize(1.3).create(situation);
    expect(policy.startsWith).toBe(16); // 15.73
    expect(ask(fixedSize(1.3), [{ waiting: 1000 }])).toEqual([16]);
  });

  it('knows p99 of the load over windows of 30 s', () => {
    // 100 windows with 30, 60, 90 … slot-seconds each: 1, 2, 3 … slots.
    const jobs = Array.from({ length: 100 }, (_, i) => ({
      readyAt: 30 * i + 1,
      serviceSeconds: 30 * (i + 1),
    }));
    const workload = workloadOf('stairs', jobs, { horizonSeconds: 3000 });
    expect(loadP99Of(workload)).toBe(99);
    expect(situationOf(workload, situation).oracle).toEqual({
      serviceSeconds: 30 * 50.5,
      loadP99: 99,
    });
  });
});

describe('keda', () => {
  const waiting = keda({ counts: 'waiting', perSlot: 5 });

  it('wants a slot for every five that wait, and adds four or twice as many', () => {
    expect(ask(waiting, times(5, { waiting: 100 }))).toEqual([5, 10, 20, 20, 20]);
    expect(ask(waiting, times(2, { waiting: 7 }))).toEqual([2, 2]);
  });

  it('changes nothing within a tenth', () => {
    const jobs = (waiting: number) => [{ waiting, ready: 20 }];
    expect(ask(waiting, jobs(109))).toEqual([20]);
    expect(ask(waiting, jobs(111))).toEqual([23]);
    expect(ask(waiting, jobs(91))).toEqual([20]);
  });

  it('goes down to the greatest number that was wanted in five minutes', () => {
    const looks = [{ waiting: 25 }, ...times(20, { waiting: 10 }), { waiting: 10 }];
    const targets = ask(waiting, looks);
    expect(targets.slice(0, 21)).toEqual(times(21, 5));
    expect(targets[21]).toBe(2);
  });

  it('lets a slot have as many as it ends in the promised wait, or counts running ones', () => {
    expect(ask(keda({ counts: 'waiting', perSlot: 'wait' }), [{ waiting: 10 }])).toEqual([4]);
    const all = keda({ counts: 'waiting and active', perSlot: 0.8 });
    expect(ask(all, [{ waiting: 1, active: 2 }])).toEqual([4]);
    expect(ask(waiting, [{ waiting: 0, active: 2 }])).toEqual([1]);
  });

  it('wakes at once from none, and goes there after five minutes of nothing', () => {
    const looks = [{ waiting: 1, ready: 0 }, ...times(21, {})];
    const targets = ask(waiting, looks, { min: 0 });
    expect(targets[0]).toBe(1);
    expect(targets.indexOf(0)).toBe(20);
  });
});

describe('aws', () => {
  // A slot may have 5 / 2 jobs.
  it('grows after three minutes above, and not again for five', () => {
    const looks = times(9, { waiting: 10 });
    expect(ask(aws, looks)).toEqual([1, 1, 4, 4, 4, 4, 4, 4, 4]);
    const busier = times(9, { waiting: 30 });
    // 30 for one: 12; at 12 slots 2.5 each is not above.
    expect(ask(aws, busier).slice(0, 4)).toEqual([1, 1, 12, 12]);
    const growing = Array.from({ length: 8 }, (_, i) => ({ waiting: 30 * (i + 1) }));
    // Out at 120 s with 90 waiting; the next one at 420 s with 240.
    expect(ask(aws, growing)).toEqual([1, 1, 36, 36, 36, 36, 36, 96]);
  });

  it('shrinks after fifteen minutes below, by half at most', () => {
    const looks = times(16, { waiting: 0, ready: 9 });
    expect(ask(aws, looks).slice(13)).toEqual([9, 5, 9]);
  });
});

describe('judoscale', () => {
  const usual = judoscale({ high: 1, jump: 1, upEverySeconds: 60, downDelaySeconds: 600 });

  it('adds when the oldest job is too old, and not more often than it may', () => {
    const targets = ask(usual, times(8, { oldestWaitSeconds: 6 }));
    expect(targets).toEqual([2, 2, 2, 2, 2, 2, 3, 3]);
    expect(ask(usual, [{ oldestWaitSeconds: 5 }])).toEqual([1]);
    const hasty = judoscale({ high: 0.5, jump: 15, upEverySeconds: 10, downDelaySeconds: 60 });
    expect(ask(hasty, times(2, { oldestWaitSeconds: 2.6 }))).toEqual([16, 31]);
  });

  it('takes one away after a while without old jobs, and starts to wait anew', () => {
    const calm = times(122, { oldestWaitSeconds: 1 });
    const targets = ask(usual, [{ oldestWaitSeconds: 6 }, { ...calm[0], ready: 5 }, ...calm]);
    expect(targets[60]).toBe(5);
    expect(targets.indexOf(4)).toBe(61);
    expect(targets.indexOf(3)).toBe(121);
    const restless = [...times(59, { ready: 5 }), { oldestWaitSeconds: 1.1 }, ...times(2, {})];
    expect(ask(usual, restless).at(-1)).toBe(5);
  });
});

describe('oban-like', () => {
  const rule = obanLike({ everySeconds: 60, cooldownSeconds: 120 });

  it('is the mean of three needs by the pace and the growth of the last minute', () => {
    // 120 came, 60 ended in 120 busy seconds: half a job a second. (60 + 60) / 60 + 2 = 4 a second: 8 slots.
    const look = { arrived: 120, completed: 60, busySeconds: 120, waiting: 60 };
    expect(ask(rule, [{}, look])).toEqual([1, 8]);
    // Needs 8, 2, 2: the last minute's (0 + 1) / 0.5; too soon after a change, then the mean of three.
    const calm = { arrived: 60, completed: 60, busySeconds: 120 };
    expect(ask(rule, [{}, look, calm, calm, calm, calm])).toEqual([1, 8, 8, 4, 4, 2]);
  });

  it('takes a job a second for the pace before any has ended', () => {
    expect(ask(rule, [{}, { arrived: 60, waiting: 59 }])).toEqual([1, 3]);
  });
});

describe('knative', () => {
  it('is the mean of a minute for each slot', () => {
    // 10 a tick from the first one on, with as many slots as are wanted.
    const looks = times(3, { active: 7, ready: 10 });
    expect(ask(knative(0.7), looks)).toEqual([10, 10, 10]);
    const fewer = [...times(15, { active: 7, ready: 10 }), ...times(15, { active: 3, ready: 10 })];
    const targets = ask(knative(1), fewer);
    expect(targets[14]).toBe(7);
    expect(targets[29]).toBe(5); // fifteen of each in the minute
  });

  it('panics when six seconds want twice as many, and only grows for a minute', () => {
    const looks = [{ waiting: 20 }, ...times(31, { active: 2, ready: 20 })];
    const targets = ask(knative(1), looks);
    expect(targets.slice(0, 30)).toEqual(times(30, 20));
    // 60 s later: no less than half of what is ready.
    expect(targets[30]).toBe(10);
  });

  it('does not grow by more than a thousand times, nor shrink below half', () => {
    expect(ask(knative(1), [{ waiting: 5000, ready: 1 }])).toEqual([1000]);
    expect(ask(knative(1), [{ ready: 9 }])).toEqual([4]);
  });
});

describe('dask', () => {
  it('wants all work to end in a share of the promise, with no more slots than jobs', () => {
    expect(ask(dask(0.4), [{ waiting: 9, active: 1 }])).toEqual([10]); // 20 s / 2 s
    expect(ask(dask(1), [{ waiting: 9, active: 1 }])).toEqual([4]);
    expect(ask(dask(0.2), [{ waiting: 3 }])).toEqual([3]);
  });

  it('goes down at the third lower value running', () => {
    const looks = [{ waiting: 9 }, ...times(2, { waiting: 2 }), { waiting: 9 }];
    expect(ask(dask(0.4), [...looks, ...times(3, { waiting: 2 })])).toEqual([9, 9, 9, 9, 9, 9, 2]);
  });
});

describe('wpa', () => {
  it('has a slot for so many jobs, but enough for the load', () => {
    const wanted = ask(wpa(1), [{}, { waiting: 20, arrived: 20 }]);
    expect(wanted).toEqual([1, 8]); // 20 / 2.5
    // 60 in 20 s, 2 s each: six slots, though nothing waits.
    expect(ask(wpa(1), [{}, { arrived: 60 }])).toEqual([1, 6]);
    expect(ask(wpa(1), [{}, { arrived: 60, active: 1 }])).toEqual([1, 6]);
    expect(ask(wpa(0.3), [{ waiting: 12 }], { waitSeconds: 20 })).toEqual([4]); // 12 / 3
    expect(ask(wpa(0.3), [{ waiting: 12 }])).toEqual([12]); // one each at most
  });

  it('changes nothing within a tenth, and goes down ten minutes after any change', () => {
    expect(ask(wpa(1), [{ waiting: 52, ready: 20 }])).toEqual([20]);
    const targets = ask(wpa(1), [{ waiting: 20 }, ...times(31, { waiting: 5 })]);
    expect(targets.slice(0, 30)).toEqual(times(30, 8));
    expect(targets[30]).toBe(2);
  });
});

describe('celery-like', () => {
  it('has a slot for each job at once, and fewer half a minute after the last growth', () => {
    const looks = [{ waiting: 3, active: 1 }, ...times(32, { active: 2 })];
    const targets = ask(celeryLike, looks);
    expect(targets.slice(0, 31)).toEqual(times(31, 4));
    expect(targets[31]).toBe(2);
  });
});

describe('recent values', () => {
  it('are those of the last while', () => {
    const recent = new Recent(10);
    for (const [at, value] of [
      [0, 9],
      [5, 2],
      [10, 4],
    ] as const)
      recent.add(at, value); // prettier-ignore
    expect(recent.max()).toBe(9);
    expect(recent.sum(10)).toBe(6);
    expect(recent.mean(10)).toBe(3);
    recent.add(11, 1);
    expect(recent.max()).toBe(4);
    expect(recent.mean(30)).toBeNaN();
  });
});

describe('ours', () => {
  it('gets what was seen in milliseconds, its own target and its own memory', () => {
    const inputs: unknown[] = [];
    const kind = ours({
      plan: (input, memory) => {
        inputs.push([input, memory]);
        return { target: 6, memory: 'remembered' };
      },
      dueWithinMs: ({ startMs }) => startMs + 2000,
    });
    const policy = kind.create(situation);
    const look: Seen = {
      ...{ nowSeconds: 1, elapsedSeconds: 1, waiting: 4, active: 3, delayed: 9 },
      ...{ dueWithin: (seconds) => seconds, oldestWaitSeconds: 2, arrived: 5, completed: 2 },
      ...{ runSeconds: 1.5, runSecondsSquared: 1.25, busySeconds: 2.5 },
      ...{ ready: 3, starting: 2, draining: 1 },
    };
    expect([policy.decide(look), policy.decide(look)]).toEqual([6, 6]);
    const signals = {
      ...{ elapsedMs: 1000, waiting: 4, active: 3, delayed: 9, dueSoon: 5, arrived: 5, runs: 2 },
      ...{ runMs: 1500, runMsSquared: 1_250_000, busyMs: 2500, ready: 3, starting: 2, draining: 1 },
      ...{ isPaused: false, globalConcurrency: null, jobsPerSecond: null, floor: 0, pinned: null },
    };
    const settings = {
      ...{ min: 1, max: 200, efficacy: 'advise', waitP95Ms: 5000, idleAfterMs: 60_000 },
      startMs: 3000,
    };
    expect(inputs).toEqual([
      [{ settings, signals, target: null }, undefined],
      [{ settings, signals, target: 6 }, 'remembered'],
    ]);
  });
});
