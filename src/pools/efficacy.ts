/**
 * Do more slots still end more jobs? Pure.
 *
 * When something behind the jobs is at its limit, more slots only make every job slower, which looks like more work
 * and asks for more slots. Throughput is measured in windows in which all slots are busy; when slots grew by a
 * third and throughput hardly did, that is a suspicion. Heavier jobs look the same, so with `enforce` it is tested:
 * slots are cut, and only if throughput stays are they held back. With `advise` the suspicion is only told.
 */
import type { PlanInput } from './plan-input.ts';

/** Throughput of one window, or of several added. */
export interface Throughput {
  readonly slots: number;
  readonly endedPerSecond: number;
}

/** What is remembered of throughput. */
export interface EfficacyMemory {
  readonly state: 'watch' | 'test' | 'cap';
  /** The window that is being filled. */
  readonly window: {
    readonly seconds: number;
    readonly ended: number;
    readonly busySeconds: number;
  };
  /** What later windows are compared with. */
  readonly best: Throughput | null;
  /** The window that gave rise to the suspicion; null without one. */
  readonly suspect: Throughput | null;
  /** The last cut that was seen to cost nothing; null before one. */
  readonly proven: Throughput | null;
  readonly cap: number | null;
  /** On the plan's own clock: no window before, state left after. */
  readonly skipUntilSeconds: number;
  readonly untilSeconds: number;
}

/** What was seen. */
export interface EfficacySignals {
  readonly waiting: number;
  readonly ready: number;
  readonly ended: number;
  readonly busySeconds: number;
  readonly elapsedSeconds: number;
  readonly nowSeconds: number;
  readonly serviceSeconds: number;
}

const WINDOW = { ended: 200, seconds: 4 };
const SATURATED_RATIO = 0.85;
const GROWTH = 1.3;
const LEAST_ELASTICITY = 0.3;
const CUT = 0.6;
const UNHARMED_RATIO = 0.85;
const MUTED_SECONDS = 120;
const CAP_SECONDS = 300;
const EMPTY = { seconds: 0, ended: 0, busySeconds: 0 };

export const NO_EFFICACY: EfficacyMemory = {
  state: 'watch',
  window: EMPTY,
  best: null,
  suspect: null,
  proven: null,
  cap: null,
  skipUntilSeconds: 0,
  untilSeconds: 0,
};

/** Learns from what was seen since the plan before. */
export function learnEfficacy(
  before: EfficacyMemory,
  seen: EfficacySignals,
  mode: PlanInput['settings']['efficacy'],
): EfficacyMemory {
  if (mode === 'off') return NO_EFFICACY;
  const { nowSeconds } = seen;
  // Without a queue there is nothing to be faster for, and the next rush may be of another kind.
  if (seen.waiting === 0)
    return before.state === 'watch'
      ? { ...NO_EFFICACY, untilSeconds: before.untilSeconds }
      : NO_EFFICACY;
  if (before.state === 'cap' && nowSeconds >= before.untilSeconds) return NO_EFFICACY;
  if (before.state === 'cap' || nowSeconds < before.skipUntilSeconds) return before;
  const isSaturated = seen.busySeconds >= SATURATED_RATIO * seen.ready * seen.elapsedSeconds;
  if (before.state === 'watch' && !isSaturated) return { ...before, window: EMPTY };
  const window = {
    seconds: before.window.seconds + seen.elapsedSeconds,
    ended: before.window.ended + seen.ended,
    busySeconds: before.window.busySeconds + seen.busySeconds,
  };
  if (window.ended < WINDOW.ended || window.seconds < WINDOW.seconds) return { ...before, window };
  const measured = {
    slots: window.busySeconds / window.seconds,
    endedPerSecond: window.ended / window.seconds,
  };
  const emptied = { ...before, window: EMPTY };
  return before.state === 'watch'
    ? watch(emptied, measured, seen, mode)
    : test(emptied, measured, seen);
}

/** The most slots that are worth having; null without a limit. */
export function efficacyCapOf({ cap }: EfficacyMemory): number | null {
  return cap;
}

/** What an operator should hear; null when slots are worth having. */
export function efficacyInWords({ best, suspect }: EfficacyMemory): string | null {
  if (!best || !suspect) return null;
  return `more slots do not end more jobs: ${inWords(best)}, ${inWords(suspect)}. Either jobs take longer now, or something they all use is at its limit`;
}

function watch(
  memory: EfficacyMemory,
  now: Throughput,
  { nowSeconds, serviceSeconds }: EfficacySignals,
  mode: PlanInput['settings']['efficacy'],
): EfficacyMemory {
  const { best } = memory;
  if (!best) return { ...memory, best: now };
  const hasGrown = now.slots > GROWTH * best.slots;
  const elasticity =
    Math.log(now.endedPerSecond / best.endedPerSecond) / Math.log(now.slots / best.slots);
  if (hasGrown && elasticity < LEAST_ELASTICITY) {
    if (mode === 'advise') return { ...memory, suspect: now };
    if (nowSeconds >= memory.untilSeconds)
      return cut({ ...memory, suspect: now, proven: null }, now, nowSeconds, serviceSeconds);
  }
  const isBetter = hasGrown || now.endedPerSecond > best.endedPerSecond;
  return isBetter ? { ...memory, best: now, suspect: null } : memory;
}

function test(
  memory: EfficacyMemory,
  now: Throughput,
  { nowSeconds, serviceSeconds }: EfficacySignals,
): EfficacyMemory {
  const before = memory.proven ?? memory.suspect ?? now;
  if (now.endedPerSecond >= UNHARMED_RATIO * before.endedPerSecond) {
    // Chance may not make the bar lower with every cut.
    const endedPerSecond = Math.max(now.endedPerSecond, 0.97 * before.endedPerSecond);
    const proven = { slots: now.slots, endedPerSecond };
    return cut({ ...memory, proven }, now, nowSeconds, serviceSeconds);
  }
  if (!memory.proven) return { ...NO_EFFICACY, untilSeconds: nowSeconds + MUTED_SECONDS };
  return {
    ...memory,
    state: 'cap',
    cap: Math.ceil(1.1 * memory.proven.slots),
    untilSeconds: nowSeconds + CAP_SECONDS,
  };
}

/** Fewer slots for the next window, which opens when the jobs that ran before have gone. */
function cut(
  memory: EfficacyMemory,
  now: Throughput,
  nowSeconds: number,
  serviceSeconds: number,
): EfficacyMemory {
  return {
    ...memory,
    state: 'test',
    cap: Math.max(1, Math.floor(CUT * now.slots)),
    skipUntilSeconds: nowSeconds + 2 * serviceSeconds,
  };
}

function inWords({ slots, endedPerSecond }: Throughput): string {
  return `${Math.round(slots)} slots end ${endedPerSecond.toFixed(1)} a second`;
}
