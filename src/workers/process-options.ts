/**
 * How a processor is run: BullMQ's worker options and a few of Drover's own.
 *
 * Drover's own never reach BullMQ. What cannot be used is refused at registration, with the option's name, the
 * value and what would be right.
 */
import type { WorkerOptions } from 'bullmq';
import { type Duration, parseDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
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
}

/** How a processor is run: BullMQ's worker options but for what Drover sets itself, and Drover's own. */
export type ProcessOptions = Omit<WorkerOptions, 'connection' | 'prefix' | 'autorun'> &
  ProcessorTreatment;

/** The options sorted by who reads them, checked, with their defaults. */
export interface ResolvedProcessOptions {
  readonly timeoutGraceMs: number;
  /** Undefined: told by whether the processor has looked at its signal. */
  readonly abortable: boolean | undefined;
  /** For BullMQ. */
  readonly worker: Omit<WorkerOptions, 'connection'>;
}

const DEFAULT_GRACE_MS = 5_000;

/** Checks and sorts what was given to `process`. Throws for a value that cannot be used. */
export function resolveProcessOptions(how: number | ProcessOptions): ResolvedProcessOptions {
  const { timeoutGraceMs, abortable, ...worker } =
    typeof how === 'number' ? { concurrency: how } : how;
  checkConcurrency(worker.concurrency);
  return {
    timeoutGraceMs: durationOf('timeoutGraceMs', timeoutGraceMs) ?? DEFAULT_GRACE_MS,
    abortable,
    worker: withWorkerDefaults(worker),
  };
}

function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isFinite(concurrency) && concurrency >= 1)) return;
  throw new CoordinatorError(
    'CONFIG_INVALID',
    `concurrency must be at least 1, got ${concurrency}`,
  );
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
