/**
 * Puts together what triage consists of: the operations on dead letters, and the runner that carries bulk actions on.
 */
import type { OutageGate } from '../../backend/outage-gate.ts';
import { BulkRunner } from '../../dead-letters/bulk-runner.ts';
import { BulkStore } from '../../dead-letters/bulk-store.ts';
import type { DeadLettersStore } from '../../dead-letters/dead-letters-store.ts';
import type { LetterShower } from '../../dead-letters/letter-shower.ts';
import { LetterWork } from '../../dead-letters/letter-work.ts';
import { checkBySchemas } from '../../dead-letters/queue-schemas.ts';
import type { Announce } from '../../events.ts';
import type { Keys } from '../../keys.ts';
import type { PayloadCodecs } from '../../payloads/payload-codec.ts';
import type { QueueManager } from '../../queues/queue-manager.ts';
import type { Hub } from '../../redis/hub.ts';
import type { Lease } from '../../redis/lease.ts';
import { DeadLetterOperations } from './dead-letter-operations.ts';

/** What triage needs. */
export interface TriageSources {
  readonly hub: Hub;
  readonly gate: OutageGate;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly queues: Pick<QueueManager, 'definitions'>;
  readonly letters: DeadLettersStore;
  readonly payloads: PayloadCodecs;
  readonly shower: LetterShower;
  /** Whether this process leads the fleet. */
  readonly leadership: Pick<Lease, 'isHeld' | 'epoch'>;
}

/** The parts of triage. */
export interface Triage {
  readonly operations: DeadLetterOperations;
  /** Its `round` belongs into a loop of every process; it does something on the leader only. */
  readonly runner: BulkRunner;
}

/** Makes them. Does no I/O. */
export function createTriage({ queues, leadership, ...sources }: TriageSources): Triage {
  const schemas = checkBySchemas((label) => queues.definitions.get(label));
  const { hub, keys, announce, payloads } = sources;
  return {
    operations: new DeadLetterOperations({ ...sources, schemas }),
    runner: new BulkRunner({
      ...{ hub, announce, leadership, store: new BulkStore(keys) },
      work: new LetterWork({ keys, schemas, payloads }),
    }),
  };
}
