/**
 * Everything that operators may ask and do, in one place: what faces get.
 */
import type { DeadLetterOperations } from './dead-letter-operations.ts';
import type { HealthOperations } from './health-operations.ts';
import type { MemoryOperations } from './memory-operations.ts';
import type { MetricsOperations } from './metrics-operations.ts';
import type { PoolOperations } from './pool-operations.ts';
import type { RetentionOperations } from './retention-operations.ts';

/** The operations of a coordinator. */
export interface Operations {
  readonly health: HealthOperations;
  readonly metrics: MetricsOperations;
  readonly memory: MemoryOperations;
  readonly deadLetters: DeadLetterOperations;
  readonly pools: PoolOperations;
  readonly retention: RetentionOperations;
}
