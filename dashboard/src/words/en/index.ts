/**
 * The English catalogue: the words of the frame, and those of each screen in a file of its own. Words with a number or a
 * name in them are functions. Every other language has the same shape.
 */
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

/** English. */
export const en = {
  ...{ shell, overview, queue, jobs, job, deadLetters, bulk, workers, pools, schedulers },
  ...{ redis, audit, access },
};

/** What every language has: the same names, and words that take the same. */
export type Words = Spoken<typeof en>;

type Spoken<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Name in keyof T]: Spoken<T[Name]> };
