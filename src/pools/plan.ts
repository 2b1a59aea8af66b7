/**
 * How many slots a queue should have: signals and memory in, target and reasons out. Pure.
 *
 * Two terms say what is needed: feedback from the work that is in the system, and feed-forward from the usual load.
 * Limits of BullMQ and the question whether more slots end more jobs bound it; the schedule, `min` and `max` have
 * the last word. Up at once, down late. Where nothing sure is known the target stays: on a pause, and on numbers
 * that cannot be. There is no clock in here: time is the sum of what passed between plans.
 */
import { arrivalRateOf, learnArrivals } from './arrival-rate.ts';
import { efficacyCapOf, efficacyInWords, learnEfficacy } from './efficacy.ts';
import type { DecidedBy, Explanation } from './explanation.ts';
import { type Need, needOf, type Wanted } from './need.ts';
import { type Pace, paceOf } from './pace.ts';
import type { PlanInput, PlanSignals } from './plan-input.ts';
import { NO_MEMORY, type PlanMemory } from './plan-memory.ts';
import { learnService, serviceSecondsOf } from './service-time.ts';
import { learnNeed, stabilise } from './stabilise.ts';

/** A target, why it is so, and what to remember for the next plan. */
export interface Plan {
  readonly target: number;
  readonly explanation: Explanation;
  readonly memory: PlanMemory;
}

/** What a plan says of its terms. */
type Told = Pick<Explanation, 'feedback' | 'feedForward' | 'standby' | 'load' | 'caps'>;

/** A target, the term that decided it, and what was learned on the way. */
interface Decision extends Wanted {
  readonly memory: PlanMemory;
}

/** A limiter that lets jobs through unevenly needs a little more than the mean. */
const LIMITER_ROOM = 1.2;
/** After so long enough is known of a queue to trust that it needs less. */
const LEARNING_SECONDS = 10;
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
  const need = needOf(input.signals, learned, pace, input.settings.max);
  const { wanted, caps } = limit(need, input, learned);
  const decision = settle(input, wanted, { ...learned, standby: need.standbyMemory }, pace);
  return explain(input, { ...need, caps }, decision);
}

/** How far ahead delayed jobs count. */
export function dueWithinMs(settings: PlanInput['settings']): number {
  return paceOf(settings).horizonSeconds * 1_000;
}

/** Without history nothing is scaled down until some was learned, and for one hold after it. */
function takeOver(input: PlanInput): PlanMemory {
  return { ...NO_MEMORY, hold: [[LEARNING_SECONDS, currentOf(input)]] };
}

/** The same target, as far as the limits of the pool allow it. */
function keep(input: PlanInput, memory: PlanMemory, by: DecidedBy): Plan {
  const { least, most } = boundsOf(input);
  const slots = clamp(currentOf(input), least, most);
  const load = isSound(input) ? input.signals.waiting + input.signals.active : 0;
  const told = { feedback: null, feedForward: null, standby: null, load, caps: [] };
  return explain(input, told, { slots, by, memory });
}

function learn({ signals, settings }: PlanInput, before: PlanMemory): PlanMemory {
  const elapsedSeconds = signals.elapsedMs / 1_000;
  const nowSeconds = before.nowSeconds + elapsedSeconds;
  const service = learnService(before.service, signals, elapsedSeconds);
  const efficacySignals = {
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

/** What is needed within the limits that make more slots useless, and those that were lower. */
function limit(
  { wanted }: Need,
  { settings, signals }: PlanInput,
  memory: PlanMemory,
): { readonly wanted: Wanted; readonly caps: readonly DecidedBy[] } {
  const lower = limitsOf(signals, memory).filter(({ slots }) => slots < wanted.slots);
  const caps = lower.map(({ by }) => by);
  return {
    wanted: lower.reduce((a, b) => (b.slots < a.slots ? b : a), wanted),
    caps: wanted.slots > settings.max ? ['max', ...caps] : caps,
  };
}

function limitsOf(
  { globalConcurrency, jobsPerSecond }: PlanSignals,
  { efficacy, service }: PlanMemory,
): Wanted[] {
  const slotsOfLimiter =
    jobsPerSecond === null
      ? null
      : Math.ceil(LIMITER_ROOM * jobsPerSecond * serviceSecondsOf(service));
  const limits: readonly (readonly [DecidedBy, number | null])[] = [
    ['efficacy', efficacyCapOf(efficacy)],
    ['global-concurrency', globalConcurrency],
    ['rate-limit', slotsOfLimiter],
  ];
  return limits.flatMap(([by, slots]) =>
    slots === null ? [] : [{ by, slots: Math.max(1, Math.floor(slots)) }],
  );
}

/** What becomes of what is needed: within the bounds of the pool, up at once and down late. */
function settle(input: PlanInput, wanted: Wanted, memory: PlanMemory, pace: Pace): Decision {
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
    return { slots: clamp(signals.pinned, 0, most), by: 'pin', memory: { ...memory, hold } };
  if (isIdle) return { ...needed, memory: { ...memory, hold: [] } };
  // What efficacy tries must be seen at once: more than that is not held.
  const highest = clamp(efficacyCapOf(memory.efficacy) ?? most, least, most);
  const isSticky = pace.kind !== 'free' && signals.waiting + signals.active > 0;
  const stable = stabilise(hold, { needed: needed.slots, current, isSticky });
  const bounded = clamp(stable, least, highest);
  // The last slot of a pool with `min: 0` goes when the pool has idled, and not before.
  const held = current > 0 ? Math.max(Math.min(1, most), bounded) : bounded;
  return { slots: held, by: held > needed.slots ? 'hold' : needed.by, memory: { ...memory, hold } };
}

function explain(input: PlanInput, told: Told, decision: Decision): Plan {
  const { memory, slots, by } = decision;
  const explanation = {
    from: currentOf(input),
    to: slots,
    decidedBy: by,
    feedback: told.feedback,
    feedForward: told.feedForward,
    standby: told.standby,
    load: told.load,
    arrivalsPerSecond: arrivalRateOf(memory.arrivals),
    serviceMs: serviceSecondsOf(memory.service) * 1_000,
    waitP95Ms: input.settings.waitP95Ms,
    caps: told.caps,
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
