/**
 * Der deutsche Katalog. The same shape as the English one: the compiler finds what is missing.
 */
import type { Words } from '../en/index.ts';
import { access } from './access.ts';
import { audit } from './audit.ts';
import { bulk } from './bulk.ts';
import { deadLetters } from './dead-letters.ts';
import { job } from './job.ts';
import { jobs } from './jobs.ts';
import { overview } from './overview.ts';
import { pools } from './pools.ts';
import { queue } from './queue.ts';
import { redis } from './redis.ts';
import { schedulers } from './schedulers.ts';
import { shell } from './shell.ts';
import { workers } from './workers.ts';

/** German. */
export const de: Words = {
  ...{ shell, overview, queue, jobs, job, deadLetters, bulk, workers, pools, schedulers },
  ...{ redis, audit, access },
};
