/**
 * How many slots a queue should have: signals and memory in, target and reasons out. Pure.
 *
 * Two terms say what is needed: feedback from the work that is in the system, and feed-forward from the usual load.
 * Limits of BullMQ and the question whether more slots end more jobs bound it; the schedule, `min` and `max` have
 * the last word. Up at once, down late. Where nothing sure is known the target stays: on a pause, and on numbers
 * that cannot be. There is no clock in here: time is the sum of what passed between plans.
 */
import { arrivalRateOf, burstinessOf, learnArrivals } from './arrival-rate.ts';
import { efficacyCapOf, efficacyInWords, learnEfficacy } from './efficacy.ts';
import type { DecidedBy, Explanation } from './explanation.ts';
import { feedForward } from './feed-forward.ts';
import { feedback, loadOf } from './feedback.ts';
import { dueWithinMs, type Pace, paceOf } from './pace.ts';
import type { PlanInput, PlanSignals } from './plan-input.ts';
import { NO_MEMORY, type PlanMemory } from './plan-memory.ts';
import { learnService, serviceSecondsOf, variabilityOf } from './service-time.ts';
import { learnNeed, stabilise } from './stabilise.ts';

/** A target, why it is so, and what to remember for the next plan. */
export interface Plan {
  readonly target: number;
  readonly explanation: Explanation;
  readonly memory: PlanMemory;
}

/** A number of slots and the term it is from. */
interface Wanted {
  readonly slots: number;
  readonly by: DecidedBy;
}

/** What the terms ask for, and the limits that were lower. */
interface Terms
  extends Pick<Explanation, 'feedback' | 'feedForward' | 'standby' | 'load' | 'caps'> {
  readonly wanted: Wanted;
}

/** A target, the term that decided it, and what was learned on the way. */
interface Decision extends Wanted {
  readonly memory: PlanMemory;
}

/** A limiter that lets jobs through unevenly needs a little more than the mean. */
const LIMITER_ROOM = 1.2;
/** Above that a number is no count of anything. */
const MOST = 1e30;

/** Works out the target of a queue. */
export function plan(input: PlanInput, memory: PlanMemory | undefined): Plan {
  const before = memory ?? takeOver(input);
  if (!isSound(input)) return keep(input, before, 'frozen');
  const isPinned = input.signals.pinned !== null;
  // A paused queue teaches nothing, and all its slots will be wanted afterwards.
  if (input.signals.isPaused && !isPinned) return keep(input, before, 'paused');
  const pace = paceOf(input.settings);
  const learned = learn(input, before);
  const terms = ask(input, learned, pace);
  return explain(input, terms, settle(input, terms, learned, pace));
}

/** Without history nothing is scaled down for one hold. */
function takeOver(input: PlanInput): PlanMemory {
  return { ...NO_MEMORY, hold: [[0, currentOf(input)]] };
}

/** The same target, as far as the limits of the pool allow it. */
function keep(input: PlanInput, memory: PlanMemory, by: DecidedBy): Plan {
  const { least, most } = boundsOf(input);
  const slots = clamp(currentOf(input), least, most);
  const load = isSound(input) ? input.signals.waiting + input.signals.active : 0;
  const terms = { feedback: null, feedForward: null, standby: null, load, caps: [] };
  return explain(input, terms, { slots, by, memory });
}

function learn({ signals, settings }: PlanInput, before: PlanMemory): PlanMemory {
  const elapsedSeconds = signals.elapsedMs / 1_000;
  const nowSeconds = before.nowSeconds + elapsedSeconds;
  const service = learnService(before.service, signals, elapsedSeconds);
  const efficacySignals = {
    waiting: signals.waiting,
    ready: signals.ready,
    ended: signals.runs,
    busySeconds: signals.busyMs / 1_000,
    elapsedSeconds,
    nowSeconds,
    serviceSeconds: serviceSecondsOf(service),
  };
  return {
    ...before,
    nowSeconds,
    arrivals: learnArrivals(before.arrivals, signals.arrived, elapsedSeconds),
    service,
    efficacy: learnEfficacy(before.efficacy, efficacySignals, settings.efficacy),
    idleSinceSeconds: isEmpty(signals) ? (before.idleSinceSeconds ?? nowSeconds) : null,
  };
}

/** What is needed by the load, within the limits that make more slots useless. */
function ask({ settings, signals }: PlanInput, memory: PlanMemory, pace: Pace): Terms {
  const { waiting, active, dueSoon } = signals;
  const arrivalsPerSecond = arrivalRateOf(memory.arrivals);
  const serviceSeconds = serviceSecondsOf(memory.service);
  const uneven = (burstinessOf(memory.arrivals) + variabilityOf(memory.service)) / 2;
  const usual = { arrivalsPerSecond, serviceSeconds, unevenness: Math.max(0.25, uneven) };
  const load = loadOf(signals, arrivalsPerSecond, dueWithinMs(settings) / 1_000);
  const fromBacklog = feedback(load, serviceSeconds, pace);
  // No more than there are jobs for until slots that are asked for later would be there.
  const jobs = waiting + active + dueSoon + Math.ceil(arrivalsPerSecond * pace.reactSeconds);
  const fromLoad = Math.min(feedForward(usual, pace, settings.max), jobs);
  const needed: Wanted =
    fromBacklog >= fromLoad
      ? { slots: fromBacklog, by: 'backlog' }
      : { slots: fromLoad, by: 'load' };
  const limits = limitsOf(signals, memory, serviceSeconds).filter(
    ({ slots }) => slots < needed.slots,
  );
  return {
    feedback: fromBacklog,
    feedForward: fromLoad,
    standby: null,
    load,
    wanted: [needed, ...limits].reduce((a, b) => (b.slots < a.slots ? b : a)),
    caps: [
      ...(needed.slots > settings.max ? (['max'] as const) : []),
      ...limits.map(({ by }) => by),
    ],
  };
}

function limitsOf(signals: PlanSignals, memory: PlanMemory, serviceSeconds: number): Wanted[] {
  const { globalConcurrency, jobsPerSecond } = signals;
  const ofEfficacy = efficacyCapOf(memory.efficacy);
  const ofLimiter =
    jobsPerSecond === null ? null : Math.ceil(LIMITER_ROOM * jobsPerSecond * serviceSeconds);
  const limits: readonly (readonly [DecidedBy, number | null])[] = [
    ['efficacy', ofEfficacy],
    ['global-concurrency', globalConcurrency],
    ['rate-limit', ofLimiter],
  ];
  return limits.flatMap(([by, slots]) =>
    slots === null ? [] : [{ by, slots: Math.max(1, Math.floor(slots)) }],
  );
}

/** What becomes of what is needed: within the bounds of the pool, up at once and down late. */
function settle(input: PlanInput, { wanted }: Terms, memory: PlanMemory, pace: Pace): Decision {
  const { settings, signals } = input;
  const current = currentOf(input);
  const isIdle = hasIdled(settings, memory);
  const { least, most, leastBy } = boundsOf(input);
  const { slots, by }: Wanted = isIdle ? { slots: 0, by: 'idle' } : wanted;
  const needed: Wanted =
    slots < least
      ? { slots: least, by: leastBy }
      : slots > most
        ? { slots: most, by: 'max' }
        : { slots, by };
  const hold = learnNeed(memory.hold, needed.slots, memory.nowSeconds, pace.holdSeconds);
  if (signals.pinned !== null)
    return { slots: clamp(signals.pinned, least, most), by: 'pin', memory: { ...memory, hold } };
  // What efficacy tries must be seen at once, and an empty pool is not held.
  if (isIdle || efficacyCapOf(memory.efficacy) !== null)
    return { ...needed, memory: { ...memory, hold: [] } };
  const isSticky = pace.isStartDear && signals.waiting + signals.active > 0;
  const stable = clamp(stabilise(hold, { needed: needed.slots, current, isSticky }), least, most);
  // The last slot of a pool with `min: 0` goes when the pool has idled, and not before.
  const held = current > 0 ? Math.max(Math.min(1, most), stable) : stable;
  return { slots: held, by: held > needed.slots ? 'hold' : needed.by, memory: { ...memory, hold } };
}

function explain(input: PlanInput, terms: Omit<Terms, 'wanted'>, decision: Decision): Plan {
  const { memory, slots, by } = decision;
  const explanation = {
    from: currentOf(input),
    to: slots,
    decidedBy: by,
    feedback: terms.feedback,
    feedForward: terms.feedForward,
    standby: terms.standby,
    load: terms.load,
    arrivalsPerSecond: arrivalRateOf(memory.arrivals),
    serviceMs: serviceSecondsOf(memory.service) * 1_000,
    waitP95Ms: input.settings.waitP95Ms,
    caps: terms.caps,
    advice: efficacyInWords(memory.efficacy),
  };
  return { target: slots, explanation, memory };
}

/** Slots that were asked for; without a plan before, those that are there. */
function currentOf({ target, signals }: PlanInput): number {
  const current = target ?? signals.ready + signals.starting;
  return isCount(current) ? Math.round(current) : 0;
}

/** The bounds of the target. A schedule may ask for more than `min`, and nothing for more than `max`. */
function boundsOf({ settings, signals }: PlanInput): {
  readonly least: number;
  readonly most: number;
  readonly leastBy: DecidedBy;
} {
  const min = isCount(settings.min) ? Math.ceil(settings.min) : 0;
  const most = isCount(settings.max) ? Math.max(Math.floor(settings.max), min) : MOST;
  const floor = isCount(signals.floor) ? Math.min(Math.ceil(signals.floor), most) : 0;
  return { least: Math.max(min, floor), most, leastBy: floor > min ? 'schedule' : 'min' };
}

function hasIdled(settings: PlanInput['settings'], memory: PlanMemory): boolean {
  const since = memory.idleSinceSeconds;
  return (
    settings.min === 0 &&
    since !== null &&
    (memory.nowSeconds - since) * 1_000 >= settings.idleAfterMs
  );
}

function isEmpty({ waiting, active, dueSoon }: PlanSignals): boolean {
  return waiting + active + dueSoon === 0;
}

/** Whether every number is one that can be. */
function isSound({ settings, signals, target }: PlanInput): boolean {
  const { min, max, waitP95Ms, idleAfterMs, startMs } = settings;
  const { isPaused: _, globalConcurrency, jobsPerSecond, pinned, ...counts } = signals;
  const limits = [globalConcurrency, jobsPerSecond, pinned, target];
  return (
    [min, max, waitP95Ms, idleAfterMs, startMs, ...Object.values(counts)].every(isCount) &&
    limits.every((each) => each === null || isCount(each)) &&
    waitP95Ms > 0
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST;
}

function clamp(slots: number, least: number, most: number): number {
  return Math.min(Math.max(Math.round(slots), least), most);
}
