/**
 * A worker of BullMQ's with what Drover keeps beside it, and how it leaves when another one takes its place.
 *
 * It takes nothing more from the queue, its running jobs end and are acknowledged, then what can be closed is
 * closed. Nobody waits for it: its loop may never end.
 */
import type { LockManager, Worker } from 'bullmq';
import type { DroverBackend } from '../backend/drover-backend.ts';
import { sleep, withDeadline } from '../base/wait.ts';
import type { RunningProcessor } from './processor.ts';

/** A worker and its processor. */
export interface RunningWorker {
  readonly worker: Worker;
  readonly backend: DroverBackend;
  readonly processor: RunningProcessor;
  /** Listeners of Drover's and BullMQ's own; all others are the user's. */
  readonly ownListeners: readonly Listening[];
}

interface Listening {
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
}

/** What an ack needs after its processor has ended. */
const ACK_MS = 1_000;
/** A loop that has not ended by then never will. */
const CLOSE_MS = 30_000;
/** What a worker says of its own life; of a replaced one nobody wants to hear it. */
const OWN_LIFE = ['closing', 'closed', 'paused', 'resumed', 'ready', 'drained'];

/** Has a worker leave. It is not closed at once: one whose loop has ended would drop the acks of its jobs. */
export async function retire({ worker, backend, processor }: RunningWorker): Promise<void> {
  const hasEnded = ended(processor);
  await worker.pause(true);
  await backend.disconnectBlocking();
  await hasEnded;
  await withDeadline(worker.close(), CLOSE_MS);
  await (worker as unknown as { lockManager: LockManager }).lockManager.close();
  await backend.close();
}

/** When the jobs of a worker that leaves have ended and are acknowledged. */
export async function ended(processor: RunningProcessor): Promise<void> {
  await processor.retire();
  await sleep(ACK_MS, { background: true });
}

/** All listeners of a worker. */
export function listenersOf(worker: Worker): Listening[] {
  return worker.eventNames().flatMap((event) =>
    worker.rawListeners(event).map((listener) => ({
      event: String(event),
      listener: listener as Listening['listener'],
    })),
  );
}

/** The user's listeners hear the worker that takes the place; the old one still tells of its last jobs. */
export function handOn({ worker, ownListeners }: RunningWorker, next: Worker): void {
  const own = ownListeners.map(({ listener }) => listener);
  for (const { event, listener } of listenersOf(worker)) {
    if (own.includes(listener)) continue;
    next.on(event as 'error', listener);
    if (OWN_LIFE.includes(event)) worker.off(event as 'error', listener);
  }
}
