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
  readonly state: 'watch' | 'test' | 'cap' | 'probe';
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
  /** How long slots have been to spare. */
  readonly slackSeconds: number;
  /** On the plan's own clock: no window before, state left after. */
  readonly skipUntilSeconds: number;
  readonly untilSeconds: number;
}

/** What was seen. */
export interface EfficacySignals {
  readonly ready: number;
  readonly ended: number;
  readonly busySeconds: number;
  readonly elapsedSeconds: number;
  readonly nowSeconds: number;
  readonly serviceSeconds: number;
}

/** A cut that plainly does harm is told from fewer jobs. */
const WINDOW = { ended: 200, endedOfHarm: 50, seconds: 4 };
const HARMED_RATIO = 0.7;
const SATURATED_RATIO = 0.85;
const GROWTH = 1.3;
const LEAST_ELASTICITY = 0.3;
const CUT = 0.6;
const RAISE = 1.5;
const ROOM = 1.1;
const BETTER_RATIO = 1.05;
const UNHARMED_RATIO = 0.85;
const SLACK_SECONDS = 60;
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
  slackSeconds: 0,
  skipUntilSeconds: 0,
  untilSeconds: 0,
};

/** Learns from what was seen since the plan before. */
export function learnEfficacy(
  before: EfficacyMemory,
  seen: EfficacySignals,
  mode: PlanInput['settings']['efficacy'],
): EfficacyMemory {
  if (mode === 'off' || (mode === 'advise' && before.state !== 'watch')) return NO_EFFICACY;
  const { nowSeconds } = seen;
  const isSaturated =
    seen.ready > 0 && seen.busySeconds >= SATURATED_RATIO * seen.ready * seen.elapsedSeconds;
  const slackSeconds = isSaturated ? 0 : before.slackSeconds + seen.elapsedSeconds;
  // With slots to spare nothing is held back, and the next rush may be of another kind.
  if (slackSeconds >= SLACK_SECONDS) return NO_EFFICACY;
  const memory = { ...before, slackSeconds };
  if (memory.state === 'cap' && nowSeconds >= memory.untilSeconds) return raise(memory, seen);
  if (nowSeconds < memory.skipUntilSeconds) return memory;
  if (!isSaturated) return memory;
  const window = {
    seconds: before.window.seconds + seen.elapsedSeconds,
    ended: before.window.ended + seen.ended,
    busySeconds: before.window.busySeconds + seen.busySeconds,
  };
  const measured = {
    slots: window.busySeconds / window.seconds,
    endedPerSecond: window.ended / window.seconds,
  };
  const needed = doesHarm(memory, measured) ? WINDOW.endedOfHarm : WINDOW.ended;
  if (window.ended < needed || window.seconds < WINDOW.seconds) return { ...memory, window };
  const emptied = { ...memory, window: EMPTY };
  if (memory.state === 'cap') return { ...emptied, proven: measured };
  if (memory.state === 'watch') return watch(emptied, measured, seen, mode);
  return memory.state === 'test' ? test(emptied, measured, seen) : probe(emptied, measured, seen);
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
  if (hasGrown && !isWorth(best, now)) {
    if (mode === 'advise') return { ...memory, suspect: now };
    if (nowSeconds >= memory.untilSeconds)
      return cut({ ...memory, suspect: now, proven: null }, now, nowSeconds, serviceSeconds);
  }
  // A little more with a few more slots is chance, and would hide step by step that slots bring nothing.
  const isBetter =
    hasGrown || (now.slots <= best.slots && now.endedPerSecond > best.endedPerSecond);
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
  return hold(memory, ROOM * memory.proven.slots, nowSeconds);
}

/** More slots than were held back to, for a window: are they worth having by now? */
function probe(memory: EfficacyMemory, now: Throughput, seen: EfficacySignals): EfficacyMemory {
  if (!memory.proven || isWorth(memory.proven, now)) return raise({ ...memory, proven: now }, seen);
  const { slots, endedPerSecond } = memory.proven;
  const isBetter = now.endedPerSecond > BETTER_RATIO * endedPerSecond;
  return hold(memory, isBetter ? ROOM * slots : slots, seen.nowSeconds);
}

function hold(memory: EfficacyMemory, slots: number, nowSeconds: number): EfficacyMemory {
  const cap = Math.max(1, Math.ceil(slots));
  return { ...memory, state: 'cap', cap, untilSeconds: nowSeconds + CAP_SECONDS };
}

function raise(
  memory: EfficacyMemory,
  { nowSeconds, serviceSeconds }: EfficacySignals,
): EfficacyMemory {
  const cap = Math.ceil(RAISE * (memory.cap ?? 1));
  const skipUntilSeconds = nowSeconds + 2 * serviceSeconds;
  return { ...memory, state: 'probe', window: EMPTY, cap, skipUntilSeconds };
}

/** Whether throughput grew with slots as it does where nothing is at its limit, or at least by some of it. */
function isWorth(before: Throughput, now: Throughput): boolean {
  const growth = Math.log(now.endedPerSecond / before.endedPerSecond);
  return growth >= LEAST_ELASTICITY * Math.log(now.slots / before.slots);
}

function doesHarm({ state, proven, suspect }: EfficacyMemory, now: Throughput): boolean {
  const before = proven ?? suspect;
  return (
    state === 'test' && before !== null && now.endedPerSecond < HARMED_RATIO * before.endedPerSecond
  );
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
