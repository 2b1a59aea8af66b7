/**
 * Everything that operators may ask and do, as one object: what handlers work with.
 *
 * A program that owns a coordinator may call it directly: no permission is asked for and nothing is audited then. Faces
 * never do: they have the control surface.
 */
import type { AccessOperations } from './access/access-operations.ts';
import type { DeadLetterOperations } from './dead-letters/dead-letter-operations.ts';
import type { DoctorOperations } from './doctor/doctor-operations.ts';
import type { FleetOperations } from './fleet/fleet-operations.ts';
import type { PoolOperations } from './fleet/pool-operations.ts';
import type { HealthOperations } from './insight/health-operations.ts';
import type { MemoryOperations } from './insight/memory-operations.ts';
import type { MetricsOperations } from './insight/metrics-operations.ts';
import type { RetentionOperations } from './insight/retention-operations.ts';
import type { JobOperations } from './jobs/job-operations.ts';
import type { LiveOperations } from './live/live-operations.ts';
import type { QueueOperations } from './queues/queue-operations.ts';
import type { RedisOperations } from './redis/redis-operations.ts';

/** The operations of a coordinator. */
export interface Operations {
  readonly health: HealthOperations;
  readonly metrics: MetricsOperations;
  readonly memory: MemoryOperations;
  readonly deadLetters: DeadLetterOperations;
  readonly pools: PoolOperations;
  readonly retention: RetentionOperations;
  readonly queues: QueueOperations;
  readonly jobs: JobOperations;
  readonly fleet: FleetOperations;
  readonly redis: RedisOperations;
  readonly access: AccessOperations;
  readonly live: LiveOperations;
  readonly doctor: DoctorOperations;
}
