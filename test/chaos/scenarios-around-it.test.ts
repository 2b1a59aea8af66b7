/** All other named scenarios: the way to Redis, what stops, and what is spooled. */
import { SCENARIOS } from './scenarios/all.ts';
import { CRASHES } from './scenarios/crash.ts';
import { FAILOVERS } from './scenarios/failover.ts';
import { REFUSALS } from './scenarios/refusals.ts';
import { WORKERS } from './scenarios/workers.ts';
import { verify } from './verify.ts';

const ELSEWHERE = new Set([...CRASHES, ...FAILOVERS, ...REFUSALS, ...WORKERS]);
verify(SCENARIOS.filter((scenario) => !ELSEWHERE.has(scenario)));
