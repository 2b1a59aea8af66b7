/** All other named scenarios: what happens on the way to Redis and in the processes that use it. */
import { SCENARIOS } from './scenarios/all.ts';
import { CRASHES } from './scenarios/crash.ts';
import { FAILOVERS } from './scenarios/failover.ts';
import { REFUSALS } from './scenarios/refusals.ts';
import { verify } from './verify.ts';

const OF_REDIS = new Set([...CRASHES, ...REFUSALS, ...FAILOVERS]);
verify(SCENARIOS.filter((scenario) => !OF_REDIS.has(scenario)));
