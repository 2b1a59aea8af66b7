/**
 * The target of a pool in each of its modes. Pure.
 *
 * `auto`: what the plan says. `recommend` and `off`: all slots, or what was set by hand; with `recommend` the plan is
 * made all the same and told beside it.
 */
import type { PoolSettings } from '../workers/pool-settings.ts';
import type { Explanation } from './explanation.ts';
import { plan } from './plan.ts';
import type { PlanSignals } from './plan-input.ts';
import type { PlanMemory } from './plan-memory.ts';

/** What is decided from. */
export interface DecideInput {
  readonly settings: PoolSettings;
  /** Decided before; null when nothing was. */
  readonly target: number | null;
  readonly recommended: number | null;
  readonly signals: PlanSignals;
}

/** What is decided. */
export interface Decided {
  readonly target: number;
  /** What the plan asks for; null when none is made. */
  readonly recommended: number | null;
  readonly explanation: Explanation;
  readonly memory: PlanMemory | undefined;
}

/** Decides for one queue. */
export function decide(input: DecideInput, memory: PlanMemory | undefined): Decided {
  const { settings, signals, target, recommended } = input;
  if (settings.mode === 'auto') {
    const planned = plan({ settings, target, signals }, memory);
    return { ...planned, recommended: planned.target };
  }
  const { pinned } = signals;
  const slots = pinned === null ? settings.max : Math.min(pinned, settings.max);
  const fixed = {
    from: target ?? slots,
    to: slots,
    decidedBy: pinned === null ? ('max' as const) : ('pin' as const),
  };
  if (settings.mode === 'off') {
    const explanation = { ...unexplained(signals, settings.waitP95Ms), ...fixed };
    return { target: slots, recommended: null, explanation, memory: undefined };
  }
  const unpinned = { ...signals, pinned: null };
  const planned = plan({ settings, target: recommended, signals: unpinned }, memory);
  return {
    target: slots,
    recommended: planned.target,
    explanation: { ...planned.explanation, ...fixed },
    memory: planned.memory,
  };
}

/** The target stays, since nothing was heard. */
export function frozen(target: number, last: Explanation | undefined): Explanation {
  const none = unexplained({ waiting: 0, active: 0 }, 0);
  return { ...none, ...last, from: target, to: target, decidedBy: 'frozen', caps: [] };
}

function unexplained(
  { waiting, active }: Pick<PlanSignals, 'waiting' | 'active'>,
  waitP95Ms: number,
): Omit<Explanation, 'from' | 'to' | 'decidedBy'> {
  return {
    ...{ feedback: null, feedForward: null, standby: null, load: waiting + active },
    ...{ arrivalsPerSecond: 0, serviceMs: 0, waitP95Ms, caps: [], advice: null },
  };
}
