/**
 * What the operations that work on any queue of a Redis are made of.
 */
import type { AuditTrail } from '../access/audit-trail.ts';
import type { OutageGate } from '../backend/outage-gate.ts';
import type { Config } from '../config/resolve-config.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Payloads } from '../payloads/payloads.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { QueueDirectory } from '../queues/queue-directory.ts';
import type { QueueManager } from '../queues/queue-manager.ts';
import type { Hub } from '../redis/hub.ts';
import type { Lease } from '../redis/lease.ts';
import type { WorkerManager } from '../workers/worker-manager.ts';
import type { DeadLetterOperations } from './dead-letters/dead-letter-operations.ts';
import type { HealthOperations } from './insight/health-operations.ts';
import type { MemoryOperations } from './insight/memory-operations.ts';

/** The parts of a coordinator that operations need. */
export interface OperatorSources {
  readonly config: Config;
  readonly hub: Hub;
  readonly gate: OutageGate;
  readonly keys: Keys;
  readonly announce: Announce;
  /** Queues of this process. */
  readonly queues: QueueManager;
  /** Every queue of this Redis. */
  readonly directory: QueueDirectory;
  readonly workers: WorkerManager;
  readonly payloads: Payloads;
  readonly redactor: Redactor;
  /** Who leads the fleet. */
  readonly lease: Lease;
  readonly audit: AuditTrail;
  readonly health: HealthOperations;
  readonly memory: MemoryOperations;
  readonly deadLetters: DeadLetterOperations;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  /** Whether this process changes nothing in Redis. */
  readonly isReadOnly: () => boolean;
}
