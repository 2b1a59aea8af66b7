/**
 * Measures how loaded this process is: its event loop, its processor time, its memory.
 *
 * Limits are those of the control group that bounds the process, as in a container; without one, the machine's. Then
 * memory is all that is used on the machine, but processor time only what this process uses: what others do with an
 * idle processor is no reason to hold jobs back. What cannot be read is null, never 0. Once a second and
 * asynchronous; nothing here blocks.
 */
import { cpus, freemem, totalmem } from 'node:os';
import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
} from 'node:perf_hooks';
import { type Clock, systemClock } from '../base/clock.ts';
import { CGROUP_ROOT, type ControlGroup, findControlGroup } from './control-group.ts';
import type { GuardFacts } from './guard.ts';

/** What can be measured of a process; the rest of a guard's facts its pools know. */
export type Pressure = Omit<GuardFacts, 'busy' | 'most' | 'pools'>;

/** How often the delay of the event loop is sampled. */
const RESOLUTION_MS = 20;
/** Limits are looked for again: a container can be given others while it runs. */
const FIND_EVERY_MS = 60_000;

/** Measures between two looks. */
export class ProcessPressure {
  readonly #clock: Clock;
  readonly #root: string;
  #delay: IntervalHistogram | undefined;
  #loop: EventLoopUtilization | undefined;
  #group: ControlGroup | undefined;
  #foundAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number | undefined;
  /** Processor time used until the last look, ms. */
  #cpuMs: number | null = null;

  /** @param options.root where control groups are mounted */
  constructor(options: { clock?: Clock; root?: string } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#root = options.root ?? CGROUP_ROOT;
  }

  /** What has been since the last look. The first one starts the measuring. */
  async look(): Promise<Pressure> {
    const now = this.#clock.monotonic();
    const elapsedMs = now - (this.#lookedAt ?? now);
    this.#lookedAt = now;
    const loopUtilisation = this.#lookAtLoop();
    const loopDelayP99Ms = this.#lookAtDelay();
    if (now - this.#foundAt >= FIND_EVERY_MS) {
      this.#foundAt = now;
      this.#group = await findControlGroup(this.#root);
    }
    const [cpuRatio, memory] = await Promise.all([this.#lookAtCpu(elapsedMs), this.#memory()]);
    const rssBytes = process.memoryUsage.rss();
    return { elapsedMs, loopUtilisation, loopDelayP99Ms, cpuRatio, ...memory, rssBytes };
  }

  /** Ends the sampling. A later look starts it again. */
  stop(): void {
    this.#delay?.disable();
    this.#delay = undefined;
    this.#loop = undefined;
    this.#lookedAt = undefined;
    this.#cpuMs = null;
  }

  #lookAtLoop(): number | null {
    const now = performance.eventLoopUtilization();
    const before = this.#loop;
    this.#loop = now;
    return before ? performance.eventLoopUtilization(now, before).utilization : null;
  }

  #lookAtDelay(): number | null {
    if (!this.#delay) {
      this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#delay.enable();
      return null;
    }
    // What it samples is the time between two of its timers.
    const delayMs = this.#delay.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#delay.reset();
    return Math.max(0, delayMs);
  }

  async #lookAtCpu(elapsedMs: number): Promise<number | null> {
    const limit = await this.#group?.cpu();
    const { user, system } = process.cpuUsage();
    const usedMs = limit ? limit.usedMs : (user + system) / 1_000;
    const processors = limit ? limit.processors : cpus().length;
    const before = this.#cpuMs;
    this.#cpuMs = usedMs;
    // The way of counting may have changed in between: then the difference means nothing.
    if (before === null || elapsedMs <= 0 || processors <= 0 || usedMs < before) return null;
    return (usedMs - before) / elapsedMs / processors;
  }

  async #memory(): Promise<Pick<Pressure, 'memoryRatio' | 'memoryLimitBytes'>> {
    const memory = (await this.#group?.memory()) ?? machineMemory();
    if (!memory) return { memoryRatio: null, memoryLimitBytes: null };
    return {
      memoryRatio: memory.usedBytes / memory.limitBytes,
      memoryLimitBytes: memory.limitBytes,
    };
  }
}

/** Elsewhere than on Linux, free memory leaves out what the system would give at once: it says nothing. */
function machineMemory(): { usedBytes: number; limitBytes: number } | undefined {
  if (process.platform !== 'linux') return undefined;
  return { usedBytes: totalmem() - freemem(), limitBytes: totalmem() };
}
