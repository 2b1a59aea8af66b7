/** Redis crashes, and is replaced. All scenarios are in four files, so that several run at a time. */
import { CRASHES } from './scenarios/crash.ts';
import { FAILOVERS } from './scenarios/failover.ts';
import { verify } from './verify.ts';

verify([...CRASHES, ...FAILOVERS]);
