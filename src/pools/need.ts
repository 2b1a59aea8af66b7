/**
 * How many slots the load needs, by the terms that suit how fast slots start. Pure.
 *
 * - `free` starts: only the work in the system counts, with its growth.
 * - `timely` starts: the work in the system, and never less than the usual load keeps busy.
 * - `late` starts: the usual load with room for chance, or the standby if that is more; on top what it takes to
 *   work off a backlog that slots which are there will not have worked off. The slots for delayed jobs are there
 *   when these are due. A burst alone starts no slots: it would be over before they are there.
 */
import { arrivalRateOf, burstinessOf } from './arrival-rate.ts';
import type { DecidedBy, Explanation } from './explanation.ts';
import { feedForward, type UsualLoad } from './feed-forward.ts';
import { catchUp, feedback, growthOf, loadOf, slotsForKnown } from './feedback.ts';
import type { Pace } from './pace.ts';
import type { PlanSignals } from './plan-input.ts';
import type { PlanMemory } from './plan-memory.ts';
import { serviceSecondsOf, variabilityOf } from './service-time.ts';
import { learnStandby, standbyOf } from './standby.ts';

/** A number of slots and the term it is from. */
export interface Wanted {
  readonly slots: number;
  readonly by: DecidedBy;
}

/** What the load needs, and what each term asked for. */
export interface Need extends Pick<Explanation, 'feedback' | 'feedForward' | 'standby' | 'load'> {
  readonly wanted: Wanted;
  /** The memory of the standby, with what was seen now. */
  readonly standbyMemory: PlanMemory['standby'];
}

/** Asks all terms that count. */
export function needOf(signals: PlanSignals, memory: PlanMemory, pace: Pace, max: number): Need {
  const usual = usualLoadOf(memory);
  const { arrivalsPerSecond, serviceSeconds } = usual;
  const load = loadOf(signals, arrivalsPerSecond, pace);
  if (pace.kind === 'late') return needOfLate(signals, memory, pace, { usual, load, max });
  if (pace.kind === 'free') {
    const slots = feedback(load + growthOf(signals, pace), serviceSeconds, pace);
    return needFrom(load, { feedback: slots, feedForward: null, standby: null });
  }
  return needFrom(load, {
    feedback: feedback(load, serviceSeconds, pace),
    feedForward: usualSlots(signals, usual, pace, max),
    standby: null,
  });
}

function needOfLate(
  signals: PlanSignals,
  memory: PlanMemory,
  pace: Pace,
  { usual, load, max }: { usual: UsualLoad; load: number; max: number },
): Need {
  const { serviceSeconds } = usual;
  const fromLoad = usualSlots(signals, usual, pace, max);
  const standbyMemory = learnStandby(memory.standby, {
    arrived: signals.arrived,
    dueSoon: signals.dueSoon,
    elapsedSeconds: signals.elapsedMs / 1_000,
    serviceSeconds,
    usual: fromLoad,
    waitSeconds: pace.waitSeconds,
    reactSeconds: pace.reactSeconds,
    max,
  });
  const standby = standbyOf(standbyMemory, max);
  const more = catchUp(signals, usual, pace);
  const known = slotsForKnown(signals, serviceSeconds, pace);
  const busy = Math.ceil(usual.arrivalsPerSecond * serviceSeconds);
  const terms = {
    feedback: Math.max(
      more > 0 ? Math.max(fromLoad, standby) + more : 0,
      known > 0 ? busy + known : 0,
      // Slots that are there stay for the work that is there.
      Math.min(feedback(load, serviceSeconds, pace), signals.ready + signals.starting),
    ),
    feedForward: fromLoad,
    standby,
  };
  return { ...needFrom(load, terms), standbyMemory };
}

/** Slots for the usual load; no more than there are jobs until slots that are asked for later would be there. */
function usualSlots(signals: PlanSignals, usual: UsualLoad, pace: Pace, max: number): number {
  const coming = Math.ceil(usual.arrivalsPerSecond * pace.reactSeconds);
  const jobs = signals.waiting + signals.active + signals.dueSoon + coming;
  return Math.min(feedForward(usual, pace, max), jobs);
}

function usualLoadOf({ arrivals, service }: PlanMemory): UsualLoad {
  return {
    arrivalsPerSecond: arrivalRateOf(arrivals),
    serviceSeconds: serviceSecondsOf(service),
    unevenness: Math.max(0.25, (burstinessOf(arrivals) + variabilityOf(service)) / 2),
  };
}

/** The greatest of the terms. */
function needFrom(load: number, terms: Pick<Need, 'feedback' | 'feedForward' | 'standby'>): Need {
  const wanted: Wanted[] = [
    { slots: terms.feedback ?? 0, by: 'backlog' },
    { slots: terms.feedForward ?? 0, by: 'load' },
    { slots: terms.standby ?? 0, by: 'standby' },
  ];
  return {
    ...terms,
    load,
    wanted: wanted.reduce((a, b) => (b.slots > a.slots ? b : a)),
    standbyMemory: null,
  };
}
