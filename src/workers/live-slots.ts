/**
 * Changes how many jobs a worker runs at once, while it works.
 *
 * BullMQ's `concurrency` can be set at any time, but it is only a number that its loop compares with: a loop that
 * has all its slots busy sleeps until a job ends, and one that waits for a job takes the next one even if it has no
 * slot left for it. So the loop is woken after a raise, and its wait is ended when there is no room any more.
 * Neither touches a running job. Zero slots are the intake's.
 *
 * A raise wakes the loop as BullMQ's own `resume` does. `pause(true)` and `resume()` would do it by public methods,
 * and also start a search for stalled jobs, tell the application's listeners of a pause that never was, and
 * resume a worker that the application paused in between.
 */
import type { Worker } from 'bullmq';
import type { RunningWorker } from './running-worker.ts';

/** Parts of BullMQ's worker that its types keep to itself. A test that raises a busy worker would notice a change. */
interface MainLoop {
  /** Set while it waits for a job. */
  readonly waiting: Promise<number> | null;
  /** Its fetches and jobs; absent while it does not run. */
  readonly mainLoopQueue: { numTotal(): number; add(job: Promise<undefined>): void } | null;
}

/** Opens or closes slots of a worker. 0 takes no new job. */
export function setLiveSlots({ worker, backend, processor }: RunningWorker, slots: number): void {
  const { intake } = backend;
  const before = worker.concurrency;
  if (slots === 0) intake.quiet();
  else {
    worker.concurrency = slots;
    intake.open();
    if (slots > before) wakeLoop(worker, before);
    else if (slots < before && backend.held >= slots) intake.endWait();
  }
  processor.keepChildren(slots);
}

/** Only one that sleeps: a loop that waits for a job or fetches one finds its new slots by itself. */
function wakeLoop(worker: Worker, before: number): void {
  const { waiting, mainLoopQueue } = worker as unknown as MainLoop;
  if (!waiting && mainLoopQueue && mainLoopQueue.numTotal() >= before)
    mainLoopQueue.add(Promise.resolve(undefined));
}
