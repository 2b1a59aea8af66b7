/**
 * One run: a workload, a policy that is asked at every tick, and what came of it.
 *
 * The same workload, policy, setting and seed give the same run on every machine. A run ends when all jobs are done,
 * or after three times the horizon.
 */
import { type Counts, Fleet } from './fleet.ts';
import { MAX_SLOTS, type PolicyKind, type Seen, type Setting } from './policy.ts';
import { createRandom } from './random.ts';
import { situationOf } from './situation.ts';
import type { Workload } from './workload.ts';

/** What came of a run. */
export interface Outcome {
  readonly workload: Workload;
  readonly setting: Setting;
  /** When each job was started; NaN for one that never was. */
  readonly startedAt: Float64Array;
  readonly counts: Counts;
  readonly endSeconds: number;
  /** Jobs that were started and neither ended nor run on: there must be none. */
  readonly interrupted: number;
  readonly reversals: number;
  readonly peak: number;
  /** From the workload's step until as many slots as are busy then are ready; NaN without a step. */
  readonly reactionSeconds: number;
  /** At every tick, where asked for. */
  readonly timeline: readonly Moment[];
}

/** The fleet at one tick, after the decision. */
export interface Moment {
  readonly atSeconds: number;
  readonly target: number;
  readonly ready: number;
  readonly busy: number;
  readonly waiting: number;
}

/** How a run is to go. */
export interface RunSettings {
  readonly setting: Setting;
  readonly seed: number;
  readonly hasTimeline?: boolean;
}

const LONGEST_RUN = 3;

export function simulate(workload: Workload, kind: PolicyKind, run: RunSettings): Outcome {
  const situation = situationOf(workload, run.setting);
  const policy = kind.create(situation);
  const random = createRandom(run.seed, `victims of ${workload.name}`);
  const fleet = new Fleet(workload, run.setting, policy, random);
  const end = LONGEST_RUN * workload.horizonSeconds;
  const eyes = new Eyes(workload, fleet);
  const timeline: Moment[] = [];
  let [target, direction, reversals, peak] = [policy.startsWith, 0, 0, policy.startsWith];
  let reactedAt = Number.NaN;
  for (let tick = 0; tick * policy.everySeconds <= end && !fleet.isDone; tick++) {
    const now = tick * policy.everySeconds;
    fleet.runUntil(now);
    if (fleet.isDone) break;
    const before = target;
    target = bounded(policy.decide(eyes.look(now)), situation.min);
    fleet.scaleTo(target);
    if (target !== before) {
      const sign = Math.sign(target - before);
      if (sign === -direction) reversals++;
      direction = sign;
      peak = Math.max(peak, target);
    }
    reactedAt = reacted(workload, fleet, reactedAt);
    if (run.hasTimeline) timeline.push(momentOf(fleet, target));
  }
  if (!fleet.isDone) fleet.runUntil(end);
  return {
    workload,
    setting: run.setting,
    startedAt: fleet.startedAt,
    counts: fleet.counts,
    endSeconds: fleet.now,
    interrupted: interruptedOf(fleet),
    reversals,
    peak,
    reactionSeconds: reactedAt - (workload.step?.atSeconds ?? Number.NaN),
    timeline,
  };
}

function bounded(wanted: number, min: number): number {
  if (!Number.isInteger(wanted)) throw new Error(`a policy asked for ${wanted} slots`);
  return Math.min(MAX_SLOTS, Math.max(min, wanted));
}

function momentOf(fleet: Fleet, target: number): Moment {
  const { now, ready, active, waiting } = fleet;
  return { atSeconds: now, target, ready, busy: active, waiting };
}

/** To the tick: when the slots for the step were there. */
function reacted({ step }: Workload, fleet: Fleet, reactedAt: number): number {
  if (!step || !Number.isNaN(reactedAt) || fleet.now < step.atSeconds) return reactedAt;
  return fleet.ready >= step.busy ? fleet.now : Number.NaN;
}

function interruptedOf(fleet: Fleet): number {
  const started = fleet.startedAt.reduce((sum, at) => sum + (Number.isNaN(at) ? 0 : 1), 0);
  return started - fleet.counts.completed - fleet.active;
}

/** What policies see: differences since the tick before. */
class Eyes {
  readonly #workload: Workload;
  readonly #fleet: Fleet;
  #last = { now: 0, arrived: 0, completed: 0, runSeconds: 0, runSecondsSquared: 0, busySeconds: 0 };

  constructor(workload: Workload, fleet: Fleet) {
    this.#workload = workload;
    this.#fleet = fleet;
  }

  look(now: number): Seen {
    const [fleet, last, { dueAt }] = [this.#fleet, this.#last, this.#workload];
    const { completed, runSeconds, runSecondsSquared, busySeconds } = fleet.counts;
    const { arrived, waiting, active, ready, starting, draining, oldestWaitSeconds } = fleet;
    const due = countUntil(dueAt, now);
    this.#last = { now, arrived, completed, runSeconds, runSecondsSquared, busySeconds };
    return {
      nowSeconds: now,
      elapsedSeconds: now - last.now,
      ...{ waiting, active, ready, starting, draining, oldestWaitSeconds },
      delayed: dueAt.length - due,
      dueWithin: (seconds) => countUntil(dueAt, now + seconds) - due,
      arrived: arrived - last.arrived,
      completed: completed - last.completed,
      runSeconds: runSeconds - last.runSeconds,
      runSecondsSquared: runSecondsSquared - last.runSecondsSquared,
      busySeconds: busySeconds - last.busySeconds,
    };
  }
}

/** How many of the sorted times are not after `at`. */
function countUntil(sorted: Float64Array, at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
