/**
 * The `pool` option of a processor: how many slots its queue may have in the fleet, and what they are for.
 *
 * Checked where it is registered, so that nothing is scaled by a mistake: a message says which option, what was
 * given and what would be right.
 */
import { availableParallelism } from 'node:os';
import { CronExpressionParser } from 'cron-parser';
import { closest } from '../base/closest.ts';
import { type Duration, parseDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import type { PoolFloor, PoolIsolation, PoolMode, PoolSettings } from './pool-settings.ts';

/** How the slots of a queue are scaled. */
export interface PoolOptions {
  /**
   * Fewest slots in the whole fleet. With 0 all are freed when the queue has been empty for `idleAfter`, and the
   * first job opens one again. At least 0.
   */
  readonly min: number;
  /** Most slots in the whole fleet. At least 1, and `min`. */
  readonly max: number;
  /** Most slots on one host, over all its processes. At least 1. @default `max` */
  readonly perHostMax?: number;
  /** Most slots in one process. At least 1. @default 50; the number of processors for a processor in a file */
  readonly concurrency?: number;
  /**
   * 95 of 100 jobs should wait not longer: the shorter, the more slots are kept open.
   * @default the queue's `objectives.waitP95`, or `5s`
   */
  readonly waitP95?: Duration;
  /**
   * What a slot runs in: `none` is the process itself, `process` a child process and `thread` a worker thread for
   * each. The latter two need the processor in a file. @default `none` for a function, `process` for a file
   */
  readonly isolation?: PoolIsolation;
  /** Its part of a process's slots when there are not enough for all pools; more than 0. @default 1 */
  readonly weight?: number;
  /**
   * `auto` scales; `recommend` works targets out and tells them, with `max` slots open; `off` has `max` slots.
   * @default `auto`
   */
  readonly mode?: PoolMode;
  /** How long the queue must be empty before a pool with `min: 0` frees its last slot. @default `60s` */
  readonly idleAfter?: Duration;
  /** How long it takes until a wanted slot is there; about `30s` where pods are started for it. @default `100ms` */
  readonly startTime?: Duration;
  /** More than `min` at known times. @default none */
  readonly schedule?: readonly PoolFloorOptions[];
  /**
   * When more slots do not end more jobs: `advise` says so, `enforce` holds them back, `off` does not look.
   * @default `advise`
   */
  readonly efficacy?: PoolSettings['efficacy'];
}

/** At least `min` slots for a while from each time on that `cron` names. */
export interface PoolFloorOptions {
  /** Five fields: minute, hour, day, month, weekday; `45 8 * * 1-5` is a quarter to nine on weekdays. */
  readonly cron: string;
  /** Whose clock `cron` means, such as `Europe/Berlin`. @default `UTC` */
  readonly timeZone?: string;
  /** How long from then on. */
  readonly for: Duration;
  /** At least 1, and at most the pool's `max`. */
  readonly min: number;
}

/** What is known of the processor and its queue. */
export interface PoolCircumstances {
  readonly waitP95Ms?: number | undefined;
  /** Whether the processor is a file. */
  readonly isFile: boolean;
}

const DEFAULT_CONCURRENCY = 50;
const DEFAULT_WAIT_MS = 5_000;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_START_MS = 100;

/** Typed, so that an option cannot be forgotten here. */
const OPTIONS = Object.keys({
  min: 0,
  max: 0,
  perHostMax: 0,
  concurrency: 0,
  waitP95: 0,
  isolation: 0,
  weight: 0,
  mode: 0,
  idleAfter: 0,
  startTime: 0,
  schedule: 0,
  efficacy: 0,
} satisfies Record<keyof PoolOptions, 0>);
const FLOOR_OPTIONS = Object.keys({
  cron: 0,
  timeZone: 0,
  for: 0,
  min: 0,
} satisfies Record<keyof PoolFloorOptions, 0>);

/** Checks a pool's options and fills in the defaults. Throws CONFIG_INVALID for what cannot be used. */
export function resolvePool(options: PoolOptions, circumstances: PoolCircumstances): PoolSettings {
  const { waitP95Ms = DEFAULT_WAIT_MS, isFile } = circumstances;
  checkNames('pool', options, OPTIONS);
  const max = wholeOf('pool.max', options.max, 1);
  const min = wholeOf('pool.min', options.min, 0);
  if (min > max) invalid('pool.max', `must be at least pool.min (${min}), got ${max}: raise it`);
  const isolation = isolationOf(options.isolation, isFile);
  const most = isolation === 'none' ? DEFAULT_CONCURRENCY : availableParallelism();
  return Object.freeze({
    min,
    max,
    perHostMax: wholeOf('pool.perHostMax', options.perHostMax ?? max, 1),
    concurrency: wholeOf('pool.concurrency', options.concurrency ?? most, 1),
    waitP95Ms: durationOf('pool.waitP95', options.waitP95 ?? waitP95Ms, 1),
    isolation,
    weight: weightOf(options.weight ?? 1),
    mode: oneOf('pool.mode', options.mode ?? 'auto', ['auto', 'recommend', 'off']),
    idleAfterMs: durationOf('pool.idleAfter', options.idleAfter ?? DEFAULT_IDLE_MS, 1),
    startMs: durationOf('pool.startTime', options.startTime ?? DEFAULT_START_MS, 0),
    schedule: scheduleOf(options.schedule ?? [], max),
    efficacy: oneOf('pool.efficacy', options.efficacy ?? 'advise', ['off', 'advise', 'enforce']),
  });
}

function isolationOf(isolation: PoolIsolation | undefined, isFile: boolean): PoolIsolation {
  const given = oneOf('pool.isolation', isolation ?? (isFile ? 'process' : 'none'), [
    'none',
    'process',
    'thread',
  ]);
  if (!isFile && given !== 'none')
    invalid(
      'pool.isolation',
      `"${given}" needs the processor in a file: give the processor as a file`,
    );
  if (isFile && given === 'none')
    invalid(
      'pool.isolation',
      'cannot be "none" for a processor in a file: give "process" or "thread", or the processor as a function',
    );
  return given;
}

function scheduleOf(schedule: readonly PoolFloorOptions[], max: number): readonly PoolFloor[] {
  if (!Array.isArray(schedule))
    invalid('pool.schedule', `must be a list of { cron, for, min }, got ${shown(schedule)}`);
  return schedule.map((floor, i) => floorOf(`pool.schedule[${i}]`, floor, max));
}

function floorOf(path: string, floor: PoolFloorOptions, max: number): PoolFloor {
  checkNames(path, floor, FLOOR_OPTIONS);
  const { cron, timeZone = 'UTC' } = floor;
  const min = wholeOf(`${path}.min`, floor.min, 1);
  if (min > max) invalid(`${path}.min`, `must be at most pool.max (${max}), got ${min}`);
  checkTimeZone(`${path}.timeZone`, timeZone);
  checkCron(`${path}.cron`, cron, timeZone);
  return { cron, timeZone, forMs: durationOf(`${path}.for`, floor.for, 1), min };
}

function checkTimeZone(path: string, timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (error) {
    invalid(path, `must name a time zone such as "Europe/Berlin", got ${shown(timeZone)}`, error);
  }
}

function checkCron(path: string, cron: string, timeZone: string): void {
  const should = 'must be a cron expression of five fields such as "45 8 * * 1-5"';
  // The parser fills in what is missing: an empty one would mean "every minute".
  const isWhole = typeof cron === 'string' && /^(@\w+|\S+(\s+\S+){4})$/.test(cron.trim());
  if (!isWhole) invalid(path, `${should}, got ${shown(cron)}`);
  try {
    CronExpressionParser.parse(cron, { tz: timeZone }).next();
  } catch (error) {
    invalid(path, `${should}, got ${shown(cron)}: ${(error as Error).message}`, error);
  }
}

function checkNames(path: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    invalid(path, `must be an object, got ${shown(options)}`);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const meant = closest(name, known);
    const hint = meant ? `did you mean "${meant}"?` : `the options are ${known.join(', ')}`;
    invalid(`${path}.${name}`, `is no option: ${hint}`);
  }
}

function wholeOf(path: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  return invalid(path, `must be a whole number of at least ${least}, got ${shown(value)}`);
}

function weightOf(value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  return invalid('pool.weight', `must be a number above 0, got ${shown(value)}`);
}

function durationOf(path: string, value: Duration, least: number): number {
  const isGiven = typeof value === 'number' || typeof value === 'string';
  const ms = isGiven ? parseDuration(value) : undefined;
  if (ms !== undefined && ms >= least) return ms;
  const should = `must be a duration of at least ${least} ms`;
  return invalid(
    path,
    `${should}: got ${shown(value)}, give milliseconds or a string such as "5s"`,
  );
}

function oneOf<T extends string>(path: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  const names = known.map((name) => `"${name}"`).join(', ');
  return invalid(path, `must be one of ${names}, got ${shown(value)}`);
}

/** `NaN` and `Infinity` as they are: JSON has no words for them. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function invalid(path: string, message: string, cause?: unknown): never {
  throw new CoordinatorError('CONFIG_INVALID', `${path} ${message}`, { cause });
}

/** Most slots of a queue in one process. */
export function mostSlots({ concurrency, perHostMax, max }: PoolSettings): number {
  return Math.min(concurrency, perHostMax, max);
}
