/**
 * Every named scenario, in the order of the report.
 */
import type { Scenario } from '../harness/scenario.ts';
import { CRASHES } from './crash.ts';
import { FAILOVERS } from './failover.ts';
import { NETWORK } from './network.ts';
import { REFUSALS } from './refusals.ts';
import { SHUTDOWNS } from './shutdown.ts';
import { SPOOL } from './spool.ts';
import { WORKERS } from './workers.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...CRASHES,
  ...REFUSALS,
  ...NETWORK,
  ...FAILOVERS,
  ...WORKERS,
  ...SHUTDOWNS,
  ...SPOOL,
];
