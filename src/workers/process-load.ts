/**
 * How loaded this process is, for whoever looks at it: its processor time, its event loop, its memory.
 *
 * Shares from 0 to 1 since the look before; null at the first one, and where the system does not tell. Costs nothing
 * between two looks. What holds jobs back is measured elsewhere, and more closely.
 */
import { availableParallelism, totalmem } from 'node:os';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../base/clock.ts';

/** The load of a process. */
export interface Load {
  /** Of all processors that it may use. */
  readonly cpuRatio: number | null;
  readonly loopRatio: number | null;
  /** Resident memory, of what it may use. */
  readonly memoryRatio: number | null;
}

/** Looks of one process. */
export class ProcessLoad {
  readonly #clock: Clock;
  #before: { at: number; cpuMs: number; loop: EventLoopUtilization } | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  look(): Load {
    const { user, system } = process.cpuUsage();
    const now = {
      at: this.#clock.monotonic(),
      cpuMs: (user + system) / 1_000,
      loop: performance.eventLoopUtilization(),
    };
    const before = this.#before;
    this.#before = now;
    const memoryRatio = ratio(process.memoryUsage.rss() / memoryLimit());
    if (!before || now.at <= before.at) return { cpuRatio: null, loopRatio: null, memoryRatio };
    const usedMs = now.cpuMs - before.cpuMs;
    return {
      cpuRatio: ratio(usedMs / (now.at - before.at) / availableParallelism()),
      loopRatio: ratio(performance.eventLoopUtilization(now.loop, before.loop).utilization),
      memoryRatio,
    };
  }
}

/** Of the container, or of the machine. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

function ratio(value: number): number | null {
  return Number.isFinite(value)
    ? Math.round(Math.min(1, Math.max(0, value)) * 1_000) / 1_000
    : null;
}
