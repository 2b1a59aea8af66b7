/**
 * What all backends of a coordinator share: its sockets, its policies, and what it remembers about its adds.
 */
import type { RedisConnection } from 'bullmq';
import type { LimitFunction } from 'p-limit';
import type { WhenDown } from '../config/options.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { PayloadCodecs } from '../payloads/payload-codec.ts';
import type { PayloadPlaces } from '../payloads/payload-places.ts';
import type { Hub } from '../redis/hub.ts';
import type { Spool } from '../spool/spool.ts';
import type { DurableAdds } from './durable-adds.ts';
import type { FailureRecorder } from './failure-recorder.ts';
import type { Halfway } from './halfway.ts';
import type { JobObserver } from './job-observer.ts';
import type { OutageGate } from './outage-gate.ts';

/** Shared by all backends, but for the policy, which is the queue's. */
export interface BackendContext {
  readonly hub: Hub;
  readonly gate: OutageGate;
  readonly announce: Announce;
  readonly keys: Keys;
  readonly spool: Spool;
  /** What scripts that were stopped half way may have left behind. */
  readonly halfway: Halfway;
  /** Which adds must reach replicas. */
  readonly durable: DurableAdds;
  /** The hub's command and bulk sockets as BullMQ wants connections. */
  readonly command: RedisConnection;
  readonly bulk: RedisConnection;
  /** Bounds the reads under way on the bulk socket. */
  readonly bulkReads: LimitFunction;
  /** Bounds the bodies that views read at a time. */
  readonly bodyReads: LimitFunction;
  /** Hears what becomes of the jobs; undefined when nobody wants to know. */
  readonly observer: JobObserver | undefined;
  /** Keeps a record of jobs that fail for good; undefined when none is kept. */
  readonly failures: FailureRecorder | undefined;
  /** How the payloads of each queue are stored. */
  readonly payloads: PayloadCodecs;
  /** Where the fleet looks for what refers to bodies; undefined when there are none. */
  readonly places?: Pick<PayloadPlaces, 'define'>;
  /** The key of the body to which a stored payload points, if it is in this Redis; undefined when none ever is. */
  readonly bodyKey?: ((queueLabel: string, stored: string) => string | undefined) | undefined;
  /** This process, as the history of a job's attempts names it. */
  readonly origin: { readonly host: string; readonly version: string };
  /** What an add does while Redis is away. */
  readonly whenDown: WhenDown;
}
