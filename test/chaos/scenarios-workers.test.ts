/** What happens to workers. */
import { WORKERS } from './scenarios/workers.ts';
import { verify } from './verify.ts';

verify(WORKERS);
