/**
 * The defaults of BullMQ's worker options that Drover sets; an option of the user's wins.
 *
 * They decide two times: how long an ack can be repeated before another worker may take the job (what is left
 * of its lock), and how long the jobs of a killed process lie still (lock + stalled scan + a moment).
 */
import type { WorkerOptions } from 'bullmq';

/** Long enough for a failover or a restart of Redis while an ack waits. */
const LOCK_MS = 30_000;
/**
 * BullMQ looks every half of this, and renews the locks that are older than half of it. So none is older than
 * 4 s, and about 26 s of lock are left when an ack starts; with BullMQ's own half of the lock it may be 15 s.
 * One script a look renews all of a worker's long jobs; jobs that take less than 2 s are never renewed.
 */
const RENEW_MS = 4_000;
/** A killed process's jobs are taken over within 30 + 10 s and a moment; with BullMQ's own 30 s, within 60 s. */
const STALLED_SCAN_MS = 10_000;
/**
 * A last resort: BullMQ's own limit of 1 fails a job whose workers were killed twice, whoever was to blame.
 * What ends its process again and again is found by `suspects.ts`.
 */
const MOST_STALLS = 10;

/**
 * The user's options over the defaults. `drainDelay` stays BullMQ's 5 s: paused and maxed queues leave no marker,
 * so an idle worker has to look for itself.
 */
export function withWorkerDefaults<O extends Partial<WorkerOptions>>(
  options: O,
): O & Required<Pick<WorkerOptions, 'lockDuration' | 'lockRenewTime'>> {
  const lockDuration = options.lockDuration ?? LOCK_MS;
  return {
    stalledInterval: STALLED_SCAN_MS,
    maxStalledCount: MOST_STALLS,
    ...options,
    lockDuration,
    // A shorter lock of the user's must still be renewed in time: BullMQ's own half of it then.
    lockRenewTime: options.lockRenewTime ?? Math.min(RENEW_MS, lockDuration / 2),
  };
}
