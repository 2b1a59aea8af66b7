/**
 * What plans remember of one queue: plain JSON, which the leader keeps in Redis for whoever leads after it. Pure.
 *
 * Its clock is the sum of the times between plans, so no clock of any machine is in it. What cannot be read, or was
 * written by another version, is as if nothing was there: the next plans then scale down late and learn anew.
 */
import type { ArrivalMemory } from './arrival-rate.ts';
import { type EfficacyMemory, NO_EFFICACY } from './efficacy.ts';
import { NO_SERVICE, type ServiceMemory } from './service-time.ts';
import type { HoldMemory } from './stabilise.ts';
import type { StandbyMemory } from './standby.ts';

const VERSION = 1;
/** Steps of the hold that are kept. */
const MOST_STEPS = 500;
/** Enough for milliseconds of a clock that has run for months. */
const DIGITS = 10;

/** What plans remember of one queue. */
export interface PlanMemory {
  readonly version: typeof VERSION;
  /** The plan's own clock. */
  readonly nowSeconds: number;
  /** Null before the first time that jobs could arrive in. */
  readonly arrivals: ArrivalMemory | null;
  readonly service: ServiceMemory;
  readonly hold: HoldMemory;
  readonly efficacy: EfficacyMemory;
  /** Null for pools whose slots come in time. */
  readonly standby: StandbyMemory | null;
  /** Since when nothing is in the system; null when something is. */
  readonly idleSinceSeconds: number | null;
}

/** Before the first plan. */
export const NO_MEMORY: PlanMemory = {
  version: VERSION,
  nowSeconds: 0,
  arrivals: null,
  service: NO_SERVICE,
  hold: [],
  efficacy: NO_EFFICACY,
  standby: null,
  idleSinceSeconds: null,
};

/**
 * The memory as JSON, of some ten kilobytes at most: of a long hold only so many steps are kept, each as long as its last
 * one, and of numbers only digits that count.
 */
export function planMemoryText(memory: PlanMemory): string {
  return JSON.stringify({ ...memory, hold: thinned(memory.hold) }, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value,
  );
}

/** Joins neighbours: the most that was needed in them, for as long as the last of them counts. */
function thinned(hold: HoldMemory): HoldMemory {
  const together = Math.ceil(hold.length / MOST_STEPS);
  const steps: (readonly [number, number])[] = [];
  for (let first = 0; first < hold.length; first += together) {
    const last = Math.min(first + together, hold.length) - 1;
    steps.push([hold[last]![0], hold[first]![1]]);
  }
  return steps;
}

/** The memory that was kept as JSON; undefined when it is none. */
export function parsePlanMemory(text: string): PlanMemory | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isPlanMemory(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isPlanMemory(value: unknown): value is PlanMemory {
  return (
    isRecord(value) &&
    value.version === VERSION &&
    isNumber(value.nowSeconds) &&
    isNullOr(value.arrivals, hasNumbers('slow', 'fast', 'mean', 'spread', 'seconds')) &&
    hasNumbers(
      'busySeconds',
      'runs',
      'runSeconds',
      'runSecondsSquared',
      'latelyBusySeconds',
      'latelyRuns',
    )(value.service) &&
    Array.isArray(value.hold) &&
    value.hold.every((each) => isNumbers(each, 2)) &&
    isEfficacy(value.efficacy) &&
    isNullOr(value.standby, isStandby) &&
    isNullOr(value.idleSinceSeconds, isNumber)
  );
}

function isEfficacy(value: unknown): value is EfficacyMemory {
  const isThroughput = hasNumbers('slots', 'endedPerSecond');
  return (
    isRecord(value) &&
    ['watch', 'test', 'cap', 'probe'].includes(value.state as string) &&
    hasNumbers('seconds', 'ended', 'busySeconds')(value.window) &&
    [value.best, value.suspect, value.proven].every((each) => isNullOr(each, isThroughput)) &&
    isNullOr(value.cap, isNumber) &&
    isNumber(value.slackSeconds) &&
    isNumber(value.skipUntilSeconds) &&
    isNumber(value.untilSeconds)
  );
}

function isStandby(value: unknown): value is StandbyMemory {
  return (
    isRecord(value) &&
    hasNumbers('seconds', 'arrived', 'minutes', 'dueSoon')(value) &&
    Array.isArray(value.usual) &&
    value.usual.every(isNumber) &&
    Array.isArray(value.pools) &&
    value.pools.every((each) => isNumbers(each, 3))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** JSON has no NaN or Infinity; nothing that is remembered can be negative. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isNumbers(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every(isNumber);
}

function isNullOr(value: unknown, isIt: (value: unknown) => boolean): boolean {
  return value === null || isIt(value);
}

function hasNumbers(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => isRecord(value) && names.every((name) => isNumber(value[name]));
}
