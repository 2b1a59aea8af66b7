/**
 * A host with a pool: one of the processes whose slots the fleet's leader shares out.
 *
 * It takes the name of a host of its own, since all run on one machine. Its processor sleeps as long as each job says.
 * Waits are BullMQ's own stamps, the producer's and the worker's, which come from one clock here.
 */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Coordinator, PoolOptions } from 'drover';
import { monotonicMs } from '../harness/clock.ts';
import { serve } from '../harness/serve.ts';

/** What each job carries. */
export interface Nap {
  readonly serviceMs: number;
}

/** What was seen since the last `begin`. */
export interface HostFigures {
  readonly waitsMs: readonly number[];
  /** Open slots, and those that only ended their job, integrated over time. */
  readonly slotSeconds: number;
  readonly peak: number;
  /** Jobs that failed or stalled here: there must be none. */
  readonly troubles: number;
}

/** What this child can do. */
export interface ScalingHost {
  open(argument: { url: string; host: string; queue: string; pool: PoolOptions }): Promise<void>;
  /** How many slots are open. */
  slots(argument: null): Promise<number>;
  /** Forgets what was seen. */
  begin(argument: null): Promise<void>;
  figures(argument: null): Promise<HostFigures>;
}

const LOOK_EVERY_MS = 20;

let coordinator: Coordinator | undefined;
let seen = { waitsMs: [] as number[], slotMs: 0, peak: 0, troubles: 0, lookedAt: monotonicMs() };

serve<ScalingHost>({
  async open({ url, host, queue, pool }) {
    os.hostname = () => host;
    syncBuiltinESMExports();
    // Only now: it asks for the name of the host as soon as it is made.
    const { Coordinator } = await import('drover');
    coordinator = new Coordinator({ redisUrl: url, logger: false });
    coordinator.on('job.failed', trouble);
    coordinator.on('job.stalled', trouble);
    coordinator.process(
      queue,
      async (job) => {
        const readyAt = job.timestamp + (job.opts.delay ?? 0);
        seen.waitsMs.push(Math.max(0, job.processedOn! - readyAt));
        await sleep((job.data as Nap).serviceMs);
      },
      { pool },
    );
    await coordinator.start();
    setInterval(look, LOOK_EVERY_MS);
  },

  async slots() {
    return openSlots();
  },

  async begin() {
    seen = { waitsMs: [], slotMs: 0, peak: 0, troubles: 0, lookedAt: monotonicMs() };
  },

  async figures() {
    look();
    const { waitsMs, slotMs, peak, troubles } = seen;
    return { waitsMs, slotSeconds: slotMs / 1_000, peak, troubles };
  },
});

function trouble(): void {
  seen.troubles += 1;
}

function openSlots(): number {
  return (coordinator?.workers.pools ?? []).reduce((sum, { slots }) => sum + slots, 0);
}

function look(): void {
  const now = monotonicMs();
  const running = (coordinator?.workers.pools ?? []).reduce((sum, { active }) => sum + active, 0);
  // More run than are open while jobs are ended for the last time.
  const paid = Math.max(openSlots(), running);
  seen.slotMs += paid * (now - seen.lookedAt);
  seen.peak = Math.max(seen.peak, paid);
  seen.lookedAt = now;
}
