/**
 * Every check of the doctor, in the order in which a report tells them. Pure.
 */
import type { Check } from './check.ts';
import { ACCESS_CHECKS } from './checks/access.ts';
import { CLIENT_CHECKS } from './checks/clients.ts';
import { CONFIG_CHECKS } from './checks/config.ts';
import { LATENCY_CHECKS } from './checks/latency.ts';
import { MEMORY_CHECKS } from './checks/memory.ts';
import { PERSISTENCE_CHECKS } from './checks/persistence.ts';
import { QUEUE_CHECKS } from './checks/queues.ts';
import { REPLICATION_CHECKS } from './checks/replication.ts';

/** The catalogue. */
export const CHECKS: readonly Check[] = [
  ...CONFIG_CHECKS,
  ...ACCESS_CHECKS,
  ...MEMORY_CHECKS,
  ...CLIENT_CHECKS,
  ...PERSISTENCE_CHECKS,
  ...LATENCY_CHECKS,
  ...REPLICATION_CHECKS,
  ...QUEUE_CHECKS,
];
