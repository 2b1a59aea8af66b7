/** What happens to Redis itself: crashes, refusals, failovers. In two files, so that two run at a time. */
import { CRASHES } from './scenarios/crash.ts';
import { FAILOVERS } from './scenarios/failover.ts';
import { REFUSALS } from './scenarios/refusals.ts';
import { verify } from './verify.ts';

verify([...CRASHES, ...REFUSALS, ...FAILOVERS]);
