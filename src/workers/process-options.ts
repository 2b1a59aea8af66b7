/**
 * How a processor is run: BullMQ's worker options and a few of Drover's own.
 *
 * Drover's own never reach BullMQ. What cannot be used is refused at registration, with the option's name, the
 * value and what would be right.
 */
import type { WorkerOptions } from 'bullmq';
import { closest } from '../base/closest.ts';
import { type Duration, parseDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import { type PoolCircumstances, type PoolOptions, resolvePool } from './pool-options.ts';
import type { PoolSettings } from './pool-settings.ts';
import { withWorkerDefaults } from './worker-defaults.ts';

/** What Drover adds to BullMQ's worker options. */
export interface ProcessorTreatment {
  /** How long a processor may go on after its job's `timeoutMs`, before its slot is given free. @default `5s` */
  readonly timeoutGraceMs?: Duration;
  /**
   * Whether a job that still runs near the end of `stop()` is told to stop by its signal and handed back, to start
   * anew elsewhere at once. @default when its processor has looked at its signal; `false` for a processor in a file
   */
  readonly abortable?: boolean;
  /**
   * How often the process of a job may end while no other suspect runs there, before the job is failed with
   * JOB_IS_POISON; `Infinity` never does. Not used beside BullMQ's own `maxStartedAttempts`. @default `3`
   */
  readonly maxKills?: number;
  /**
   * How many jobs run at once in the whole fleet, scaled between `min` and `max` by what there is to do. Instead of
   * `concurrency` and `useWorkerThreads`. In one process at most one registration of a queue may have a pool.
   * @default none: `concurrency` jobs at once in each process
   */
  readonly pool?: PoolOptions;
}

/**
 * How a processor is run: BullMQ's worker options but for what Drover sets itself, and Drover's own. With
 * `autorun: false` the worker takes nothing until its `run()` is called.
 */
export type ProcessOptions = Omit<WorkerOptions, 'connection' | 'prefix'> & ProcessorTreatment;

/** The options sorted by who reads them, checked, with their defaults. */
export interface ResolvedProcessOptions {
  readonly timeoutGraceMs: number;
  /** Undefined: told by whether the processor has looked at its signal. */
  readonly abortable: boolean | undefined;
  /** Undefined: not counted. */
  readonly maxKills: number | undefined;
  /** Undefined: as many slots as BullMQ's `concurrency` says, for good. */
  readonly pool: PoolSettings | undefined;
  /** For BullMQ. */
  readonly worker: Omit<WorkerOptions, 'connection'>;
}

/** All that are known, so that a mistyped one is told. */
const NAMES: readonly string[] = Object.keys({
  ...{ abortable: true, maxKills: true, pool: true, timeoutGraceMs: true },
  ...{ autorun: true, concurrency: true, drainDelay: true, limiter: true, lockDuration: true },
  ...{ lockRenewTime: true, maxStalledCount: true, maxStartedAttempts: true, metrics: true },
  ...{ maximumRateLimitDelay: true, name: true, removeOnComplete: true, removeOnFail: true },
  ...{ runRetryDelay: true, settings: true, skipLockRenewal: true, skipStalledCheck: true },
  ...{ skipVersionCheck: true, skipWaitingForReady: true, blockingConnection: true },
  ...{ stalledInterval: true, telemetry: true, useWorkerThreads: true },
  ...{ workerForkOptions: true, workerThreadsOptions: true },
} satisfies Record<keyof ProcessOptions, true>);

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_MAX_KILLS = 3;

/** Checks and sorts what was given to `process`. Throws for a value that cannot be used. */
export function resolveProcessOptions(
  how: number | ProcessOptions,
  circumstances: PoolCircumstances = { isFile: false },
): ResolvedProcessOptions {
  const given: ProcessOptions = typeof how === 'number' ? { concurrency: how } : how;
  checkNames(given);
  const { timeoutGraceMs, abortable, maxKills, pool, ...worker } = given;
  if (pool !== undefined) checkNotBoth(worker);
  checkAtLeastOne('concurrency', worker.concurrency, Number.MAX_VALUE);
  checkAtLeastOne('maxKills', maxKills, Number.POSITIVE_INFINITY);
  return {
    timeoutGraceMs: durationOf('timeoutGraceMs', timeoutGraceMs) ?? DEFAULT_GRACE_MS,
    abortable,
    // Putting suspects back counts as starting them: a limit of starts would fail those that wait.
    maxKills: worker.maxStartedAttempts ? undefined : (maxKills ?? DEFAULT_MAX_KILLS),
    ...withPool(worker, pool && resolvePool(pool, circumstances)),
  };
}

function withPool(
  worker: Omit<WorkerOptions, 'connection'>,
  pool: PoolSettings | undefined,
): Pick<ResolvedProcessOptions, 'pool' | 'worker'> {
  const isThread = pool?.isolation === 'thread';
  return {
    pool,
    worker: withWorkerDefaults({ ...worker, ...(isThread && { useWorkerThreads: true }) }),
  };
}

/** Names that are near none of these pass: a later BullMQ may have options that are not known here. */
function checkNames(options: ProcessOptions): void {
  for (const name of Object.keys(options)) {
    const meant = NAMES.includes(name) ? undefined : closest(name, NAMES);
    if (meant !== undefined)
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `${name} is no option of a worker: did you mean "${meant}"?`,
      );
  }
}

function checkNotBoth(worker: Partial<WorkerOptions>): void {
  const instead = {
    concurrency: 'bound one process by pool.concurrency, or the fleet by pool.max',
    useWorkerThreads: 'say pool.isolation: "thread"',
  };
  for (const [option, advice] of Object.entries(instead))
    if (worker[option as keyof typeof instead] !== undefined)
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `${option} and pool cannot both be given: ${advice}, and leave ${option} out`,
      );
}

function checkAtLeastOne(option: string, value: number | undefined, most: number): void {
  if (value === undefined || (value >= 1 && value <= most)) return;
  throw new CoordinatorError('CONFIG_INVALID', `${option} must be at least 1, got ${value}`);
}

function durationOf(option: string, value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms !== undefined && ms >= 1) return ms;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `${option} is no duration: got "${value}", give milliseconds or a string such as "5s"`,
  );
}
