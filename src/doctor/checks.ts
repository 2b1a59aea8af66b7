/**
 * Every check of the doctor, in the order in which a report tells them. Pure.
 */
import { type Check, EVERY_REDIS, QUEUES } from './check.ts';
import { ACCESS_CHECKS } from './checks/access.ts';
import { CACHE_CHECKS } from './checks/cache.ts';
import { CLIENT_CHECKS } from './checks/clients.ts';
import { CONFIG_CHECKS } from './checks/config.ts';
import { KIT_CHECKS, MISTAKEN } from './checks/kit.ts';
import { LATENCY_CHECKS } from './checks/latency.ts';
import { MEMORY_CHECKS } from './checks/memory.ts';
import { PERSISTENCE_CHECKS } from './checks/persistence.ts';
import { QUEUE_CHECKS } from './checks/queues.ts';
import { REPLICATION_CHECKS } from './checks/replication.ts';
import type { Sample } from './sample.ts';

/** The catalogue. */
export const CHECKS: readonly Check[] = [
  ...KIT_CHECKS,
  ...CACHE_CHECKS,
  ...CONFIG_CHECKS,
  ...ACCESS_CHECKS,
  ...MEMORY_CHECKS,
  ...CLIENT_CHECKS,
  ...PERSISTENCE_CHECKS,
  ...LATENCY_CHECKS,
  ...REPLICATION_CHECKS,
  ...QUEUE_CHECKS,
];

/**
 * Checks for what a sample was taken as. When it is plainly the other instance, that is said, with what concerns every
 * Redis: all the rest would be judged as what it is not.
 */
export function checksFor(sample: Sample): readonly Check[] {
  const examined = sample.profile ?? 'any';
  const checks = CHECKS.filter(({ profiles = QUEUES }) => profiles.includes(examined));
  const isMistaken =
    checks.includes(MISTAKEN) &&
    MISTAKEN.judge(sample).some(({ severity }) => severity === 'critical');
  return isMistaken
    ? checks.filter((check) => check === MISTAKEN || check.profiles === EVERY_REDIS)
    : checks;
}
