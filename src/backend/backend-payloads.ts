/**
 * Everything by which one backend stores and opens payloads.
 */
import type { BackendContext } from './backend-context.ts';
import { FetchedPayloads } from './fetched-payloads.ts';
import { FinishedResults } from './finished-results.ts';
import type { Intake } from './intake.ts';
import type { OffloadingOptions } from './offloading.ts';
import { QueuePayloads } from './queue-payloads.ts';
import type { WorkerPulse } from './worker-pulse.ts';

/** What it needs of its backend. */
export interface BackendPayloadsOptions {
  readonly context: BackendContext;
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  readonly pulse: WorkerPulse;
  readonly intake: () => Intake;
  readonly lockMs: () => number;
  readonly keepLock: (jobId: string, token: string) => Promise<unknown>;
  /** Has a job wait for so long, without using an attempt. */
  readonly sendBack: (jobId: string, token: string, delayMs: number) => Promise<unknown>;
  /** Has a job wait again, as if it had not been fetched. */
  readonly handBack: (jobId: string, token: string) => Promise<unknown>;
}

/** The payloads of one backend. */
export class BackendPayloads {
  readonly queue: QueuePayloads;
  /** Of what it fetches. */
  readonly fetched: FetchedPayloads;
  /** Of what it completes. */
  readonly results: FinishedResults;
  readonly offloading: OffloadingOptions;

  constructor(options: BackendPayloadsOptions) {
    const { context, label, pulse, intake, ...calls } = options;
    this.queue = new QueuePayloads(context, label);
    const shared = {
      ...calls,
      payloads: this.queue,
      interruption: () => pulse.interruption,
    };
    this.fetched = new FetchedPayloads({ ...shared, lookOn: () => intake().endWait() });
    this.results = new FinishedResults(shared);
    this.offloading = { context, outage: this.queue.outage };
  }
}
