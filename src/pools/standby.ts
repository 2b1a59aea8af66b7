/**
 * Slots that are kept because starting some takes longer than jobs may wait. Pure.
 *
 * Hindsight: beside the real pool, pools of many sizes are reckoned along, each with the arrivals that really came
 * and with nothing but its own slots and those that the usual load had asked for one start time ago. The standby is
 * the smallest of them that would have kept the promise in 95 of 100 recent minutes. Where the load changes slowly
 * that is none, since the usual load suffices; where bursts recur it is one that outlasts them, and where they stop
 * it is forgotten.
 */

/** What is remembered. */
export interface StandbyMemory {
  /** How much of the present minute is over, and the jobs that came in it. */
  readonly seconds: number;
  readonly arrived: number;
  /** Minutes that were judged; they fade. */
  readonly minutes: number;
  /** Delayed jobs that were due soon: when they come nobody is surprised. */
  readonly dueSoon: number;
  /** What the usual load asked for in the plans of one start time, the latest last. */
  readonly usual: readonly number[];
  /** For each size: work in the pool, late jobs of this minute, minutes whose promise was broken, fading. */
  readonly pools: readonly (readonly [workSeconds: number, late: number, broken: number])[];
}

/** What was seen. */
export interface StandbySignals {
  readonly arrived: number;
  readonly dueSoon: number;
  readonly elapsedSeconds: number;
  readonly serviceSeconds: number;
  /** Slots by the usual load. */
  readonly usual: number;
  readonly waitSeconds: number;
  readonly reactSeconds: number;
  readonly max: number;
}

const MINUTE_SECONDS = 60;
const MEMORY_SECONDS = 3_600;
/** Broken minutes that are put up with, and late jobs in a minute before it counts as broken. */
const BROKEN_RATIO = 0.05;
const LATE_RATIO = 0.05;
/** Part of the promised wait that is planned with: the next burst may be greater than all before. */
const PLANNED_RATIO = 0.3;
const GROWTH = 1.1;

/** Learns from the arrivals of some time. */
export function learnStandby(before: StandbyMemory | null, seen: StandbySignals): StandbyMemory {
  const sizes = sizesUpTo(seen.max);
  const memory = before?.pools.length === sizes.length ? before : createMemory(sizes.length);
  const known = Math.max(0, memory.dueSoon - seen.dueSoon);
  const arrived = Math.max(0, seen.arrived - known);
  const lagging = memory.usual[0] ?? 0;
  const pools = memory.pools.map(([work, late, broken], i) => {
    const next = pass({ ...seen, arrived }, Math.max(sizes[i] as number, lagging), work);
    return [next.workSeconds, late + next.late, broken] as const;
  });
  const next: StandbyMemory = {
    seconds: memory.seconds + seen.elapsedSeconds,
    arrived: memory.arrived + arrived,
    minutes: memory.minutes,
    dueSoon: seen.dueSoon,
    usual: [...memory.usual, seen.usual].slice(-Math.ceil(seen.reactSeconds)),
    pools,
  };
  return next.seconds < MINUTE_SECONDS ? next : judge(next);
}

/** Slots to keep; 0 where one would have done. */
export function standbyOf({ minutes, pools }: StandbyMemory, max: number): number {
  // Half a minute, so that what broke one is remembered from the first one on.
  const most = Math.max(BROKEN_RATIO * minutes, 0.5);
  const at = pools.findIndex(([, , broken]) => broken <= most);
  return at === 0 ? 0 : (sizesUpTo(max)[at] ?? max);
}

/** Lets some time pass in a pool: jobs that run leave it, and those that came wait for the ones before them. */
function pass(
  { arrived, elapsedSeconds, serviceSeconds, waitSeconds }: StandbySignals,
  slots: number,
  workSeconds: number,
): { readonly workSeconds: number; readonly late: number } {
  const busy = Math.min(slots, workSeconds / serviceSeconds);
  const left = Math.max(0, workSeconds - busy * elapsedSeconds);
  const work = left + arrived * serviceSeconds;
  const inTime = slots * (PLANNED_RATIO * waitSeconds + serviceSeconds);
  const late = Math.min(Math.max((work - inTime) / serviceSeconds, 0), arrived);
  return { workSeconds: work, late };
}

/** Ends a minute. */
function judge(memory: StandbyMemory): StandbyMemory {
  const kept = Math.exp(-MINUTE_SECONDS / MEMORY_SECONDS);
  return {
    ...memory,
    seconds: 0,
    arrived: 0,
    minutes: memory.minutes * kept + 1,
    pools: memory.pools.map(([work, late, broken]) => {
      const isBroken = late > LATE_RATIO * memory.arrived;
      return [work, 0, broken * kept + (isBroken ? 1 : 0)];
    }),
  };
}

function createMemory(sizes: number): StandbyMemory {
  const pools = Array.from({ length: sizes }, () => [0, 0, 0] as const);
  return { seconds: 0, arrived: 0, minutes: 0, dueSoon: 0, usual: [], pools };
}

/** Each a tenth more than the one before. */
function sizesUpTo(max: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < max; size = Math.ceil(size * GROWTH)) sizes.push(size);
  return [...sizes, max];
}
