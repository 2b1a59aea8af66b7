/** Redis is there and refuses. */
import { REFUSALS } from './scenarios/refusals.ts';
import { verify } from './verify.ts';

verify(REFUSALS);
