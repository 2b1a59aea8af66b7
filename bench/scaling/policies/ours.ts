/**
 * Drover's own controller as a policy: the real `plan`, fed with what the leader of a fleet would see.
 */
import type { Policy, PolicyKind, Seen, Situation } from '../policy.ts';

type PlanInput = import('../../../src/pools/plan-input.ts').PlanInput;
type PlanSignals = import('../../../src/pools/plan-input.ts').PlanSignals;

/** The part of `src/pools/plan.ts` that is used here. The memory is passed on unread. */
export interface Planner {
  plan(input: PlanInput, memory: never): { readonly target: number; readonly memory: unknown };
  dueWithinMs(settings: PlanInput['settings']): number;
}

/** What can be chosen of it. */
export interface OursKnobs {
  readonly everySeconds?: number;
  readonly efficacy?: PlanInput['settings']['efficacy'];
}

const IDLE_AFTER_MS = 60_000;

/** The controller with its knobs set. */
export function ours(planner: Planner, knobs: OursKnobs = {}): PolicyKind {
  const { everySeconds = 1, efficacy = 'advise' } = knobs;
  const interval = everySeconds === 1 ? '' : ` T ${everySeconds}`;
  return {
    name: `ours${interval}${efficacy === 'advise' ? '' : `, efficacy ${efficacy}`}`,
    family: 'ours',
    create: (situation) => create(planner, situation, everySeconds, efficacy),
  };
}

function create(
  planner: Planner,
  { min, max, waitSeconds, startSeconds }: Situation,
  everySeconds: number,
  efficacy: PlanInput['settings']['efficacy'],
): Policy {
  const settings: PlanInput['settings'] = {
    ...{ min, max, efficacy },
    waitP95Ms: 1000 * waitSeconds,
    idleAfterMs: IDLE_AFTER_MS,
    startMs: 1000 * startSeconds,
  };
  const dueSeconds = planner.dueWithinMs(settings) / 1000;
  let target: number | null = null;
  let memory: unknown;
  return {
    everySeconds,
    victims: 'idle-first',
    readopts: true,
    startsWith: 1,
    decide(seen) {
      const input = { settings, target, signals: signalsOf(seen, dueSeconds) };
      const planned = planner.plan(input, memory as never);
      ({ target, memory } = planned);
      return planned.target;
    },
  };
}

function signalsOf(seen: Seen, dueSeconds: number): PlanSignals {
  const { waiting, active, delayed, arrived, ready, starting, draining } = seen;
  return {
    ...{ waiting, active, delayed, arrived, ready, starting, draining },
    elapsedMs: 1000 * seen.elapsedSeconds,
    dueSoon: seen.dueWithin(dueSeconds),
    runs: seen.completed,
    runMs: 1000 * seen.runSeconds,
    runMsSquared: 1e6 * seen.runSecondsSquared,
    busyMs: 1000 * seen.busySeconds,
    isPaused: false,
    globalConcurrency: null,
    jobsPerSecond: null,
    floor: 0,
    pinned: null,
  };
}
