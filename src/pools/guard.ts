/**
 * How many slots a process may run over all its pools, from how loaded it is.
 *
 * Pure. Nothing is limited until it has to be: pressure for two seconds cuts the slots in use by a tenth, again and
 * again; memory that is nearly full allows no job more than run, at once and before any cut; when the pressure is gone
 * and the limit is in the way, it rises slowly, and where there is only just no pressure ten times slower. One guard
 * for a process: its pools share one event loop and one memory. What is not known is no pressure. It never goes below
 * one slot for each pool that is to have any: a full machine must not leave the work of a queue lying for ever.
 */

/** How loaded a process is. Ratios are 0 to 1; null: not known. */
export interface GuardFacts {
  /** Since the look before, ms. */
  readonly elapsedMs: number;
  /** Share of the time in which the event loop was busy. */
  readonly loopUtilisation: number | null;
  readonly loopDelayP99Ms: number | null;
  /** Of what the process may use. */
  readonly cpuRatio: number | null;
  readonly memoryRatio: number | null;
  /** What may be used, and what this process alone uses. */
  readonly memoryLimitBytes: number | null;
  readonly rssBytes: number | null;
  /** Jobs that run here. */
  readonly busy: number;
  /** Most slots of all pools together. */
  readonly most: number;
  /** Pools that are to have slots here. */
  readonly pools: number;
}

/** What the guard remembers. */
export interface GuardState {
  /** Slots it allows; null: it has no reason to limit. */
  readonly limit: number | null;
  /** What the last cut was for. */
  readonly reason: string | null;
  readonly pressedMs: number;
  readonly relievedMs: number;
  /** Memory of the process when no job ran. */
  readonly idleBytes: number | null;
  readonly bytesPerJob: number | null;
}

/** What the guard allows. */
export interface Guarded {
  readonly state: GuardState;
  readonly capacity: number;
  /** Why the capacity is below what the pools could run; null when it is not. */
  readonly reason: string | null;
}

/** The guard of a process that has just started. */
const START: GuardState = {
  ...{ limit: null, reason: null, pressedMs: 0, relievedMs: 0 },
  ...{ idleBytes: null, bytesPerJob: null },
};

const LOOP_UTILISATION = 0.85;
const LOOP_DELAY_MS = 100;
const CPU = 0.9;
const MEMORY = 0.85;
/** So close to the limit that one job more may end the process. */
const MEMORY_FULL = 0.95;
const RELIEF = 0.9;
const CUT_AFTER_MS = 2_000;
const RAISE_AFTER_MS = 3_000;
/** What a look counts between relief and pressure: a limit must not stay for ever where a process always is. */
const NEARLY_RELIEVED = 0.1;
/** A pause of the whole process, such as a laptop's sleep, is one look, not a long time under pressure. */
const LONGEST_LOOK_MS = 1_500;
/** Of a new value in the running mean of what a job takes. */
const NEWS = 0.3;
/** What a job takes less than this is lost in the noise of garbage collection. */
const SMALLEST_JOB_BYTES = 1024 * 1024;

/** Looks once. */
export function guard(before: GuardState | undefined, facts: GuardFacts): Guarded {
  const learned = learn(before ?? START, facts);
  const most = Math.max(0, Math.floor(facts.most));
  const pressure = pressureOf(facts);
  const timed = clock(learned, facts, pressure.level);
  const limited = raise(cut(timed, facts, pressure.reason));
  const isLimiting = limited.limit !== null && limited.limit < most;
  const state: GuardState = isLimiting ? limited : { ...limited, limit: null, reason: null };
  const capacity = Math.max(state.limit ?? most, facts.pools);
  const fitting = Math.max(memoryBound(state, facts), facts.pools);
  if (fitting < capacity) {
    const megabytes = Math.round(state.bytesPerJob! / SMALLEST_JOB_BYTES);
    return { state, capacity: fitting, reason: `a job takes about ${megabytes} MB of memory` };
  }
  return { state, capacity, reason: state.reason };
}

interface Pressure {
  /** Above 1 is too much. */
  readonly level: number;
  /** The worst of it, in words. */
  readonly reason: string;
}

function pressureOf(facts: GuardFacts): Pressure {
  const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
  const { loopUtilisation, loopDelayP99Ms, cpuRatio, memoryRatio } = facts;
  const all: [value: number | null, bound: number, reason: (value: number) => string][] = [
    [loopUtilisation, LOOP_UTILISATION, (value) => `the event loop is busy ${percent(value)}`],
    [loopDelayP99Ms, LOOP_DELAY_MS, (value) => `the event loop is ${Math.round(value)} ms late`],
    [cpuRatio, CPU, (value) => `${percent(value)} of the processor is used`],
    [memoryRatio, MEMORY, (value) => `${percent(value)} of the memory is used`],
  ];
  let worst: Pressure = { level: 0, reason: '' };
  for (const [value, bound, reason] of all) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value / bound > worst.level) worst = { level: value / bound, reason: reason(value) };
  }
  return worst;
}

/** What the process takes without jobs, and what a job adds. */
function learn(state: GuardState, { rssBytes, busy }: GuardFacts): GuardState {
  if (rssBytes === null) return state;
  if (busy === 0) return { ...state, idleBytes: rssBytes };
  if (state.idleBytes === null) return state;
  const now = Math.max(0, rssBytes - state.idleBytes) / busy;
  const known = state.bytesPerJob ?? now;
  return { ...state, bytesPerJob: known + NEWS * (now - known) };
}

/** How long it has been too much, and how long there was room and a wish for more. */
function clock(state: GuardState, { elapsedMs, busy }: GuardFacts, level: number): GuardState {
  const lookMs = Math.max(0, Math.min(elapsedMs, LONGEST_LOOK_MS));
  const isPressed = level > 1;
  const isWanted = state.limit !== null && busy >= RELIEF * state.limit;
  const relievedMs = state.relievedMs + (level < RELIEF ? lookMs : NEARLY_RELIEVED * lookMs);
  return {
    ...state,
    pressedMs: isPressed ? state.pressedMs + lookMs : 0,
    relievedMs: isWanted && !isPressed ? relievedMs : 0,
  };
}

function cut(state: GuardState, facts: GuardFacts, reason: string): GuardState {
  const { busy, memoryRatio } = facts;
  // Without jobs it is not they who press.
  const isPressed = state.pressedMs >= CUT_AFTER_MS && busy > 0;
  const isFull = memoryRatio !== null && memoryRatio > MEMORY_FULL;
  if (!isPressed && !isFull) return state;
  // Slots that run nothing press nobody: what counts is what is in use.
  const used = Math.min(busy, state.limit ?? busy);
  const limit = Math.max(1, isPressed ? Math.floor(0.9 * used) : used);
  return { ...state, limit, reason, pressedMs: isPressed ? 0 : state.pressedMs };
}

function raise(state: GuardState): GuardState {
  const { limit, relievedMs } = state;
  if (limit === null || relievedMs < RAISE_AFTER_MS) return state;
  return { ...state, limit: limit + Math.max(1, Math.floor(0.05 * limit)), relievedMs: 0 };
}

/**
 * Jobs that fit into the memory, as far as can be told from those that run; one more is always tried, since the first
 * jobs of a process also pay for what it keeps.
 */
function memoryBound(state: GuardState, facts: GuardFacts): number {
  const { idleBytes, bytesPerJob } = state;
  const { memoryLimitBytes, memoryRatio, rssBytes, busy } = facts;
  if (idleBytes === null || bytesPerJob === null || bytesPerJob < SMALLEST_JOB_BYTES)
    return Number.POSITIVE_INFINITY;
  if (memoryLimitBytes === null || memoryRatio === null || rssBytes === null)
    return Number.POSITIVE_INFINITY;
  const usedByOthers = Math.max(0, memoryRatio * memoryLimitBytes - rssBytes);
  const left = MEMORY * memoryLimitBytes - usedByOthers - idleBytes;
  return Math.max(Math.floor(left / bytesPerJob), busy + 1);
}
