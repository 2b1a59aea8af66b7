/**
 * Finds the jobs of one id, in whichever queue they are.
 *
 * Ids are those of a queue: the same one may be in many. First it is asked where there is something of that name, hundreds
 * of queues in a round trip, then what is there is looked at, a few at a step, since the state of a job that waits costs a
 * search through all that wait. Nothing here writes. Rejects with QUEUE_UNAVAILABLE while Redis is away.
 */

import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../../base/clock.ts';
import { isUnreadable } from '../../queues/queues-among.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { type LookedAt, readJobs } from './job-judging.ts';
import { hiderFor, toJobRow } from './job-row.ts';
import type { FoundJobsView, JobRow } from './job-views.ts';
import { onBulk, onCommand } from './redis-access.ts';

/** What is looked for. */
export interface FindRequest {
  readonly id: string;
  /** 1 to 1,000. @default 100 */
  readonly limit?: number;
}

/** What whoever asks may see of each queue. */
export interface FindSight {
  mayRead(queue: string): boolean;
  mayReadData(queue: string): boolean;
}

const USUAL_ROWS = 100;
/** Queues asked in one round trip. */
const QUEUES_AT_ONCE = 250;
/** Jobs that are looked at together, each in a step of its own. */
const JOBS_AT_ONCE = 10;
/** After that nothing further is begun. */
const MOST_MS = 5_000;

/** Jobs, by their id. */
export class JobFinding {
  readonly #sources: OperatorSources;
  readonly #clock: Clock;

  constructor(sources: OperatorSources, clock: Clock = systemClock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** Those in the queues that are known by now. */
  async find({ id, limit = USUAL_ROWS }: FindRequest, sight: FindSight): Promise<FoundJobsView> {
    const { directory } = this.#sources;
    const until = this.#clock.monotonic() + MOST_MS;
    const isLate = (): boolean => this.#clock.monotonic() >= until;
    await directory.look();
    const labels = directory.labels().filter(sight.mayRead);
    const rows: JobRow[] = [];
    let [looked, isCut, isWhole] = [0, false, directory.isComplete];
    while (looked < labels.length && !isCut) {
      const asked = labels.slice(looked, looked + QUEUES_AT_ONCE);
      const there = await this.#among(asked, id);
      looked += asked.length;
      for (let at = 0; at < there.length && !isCut; at += JOBS_AT_ONCE) {
        const part = there.slice(at, at + JOBS_AT_ONCE);
        const found = await this.#rows(part, id, sight);
        rows.push(...found.filter((row) => row != null));
        isWhole &&= !found.includes(null);
        isCut = rows.length > limit || (isLate() && at + JOBS_AT_ONCE < there.length);
      }
      isCut ||= isLate() && looked < labels.length;
    }
    return { rows: rows.slice(0, limit), looked, isComplete: !isCut && isWhole };
  }

  /** Labels of the queues that have something under this id. */
  #among(labels: readonly string[], id: string): Promise<string[]> {
    const { directory } = this.#sources;
    return onCommand(this.#sources, async (redis) => {
      const pipeline = redis.pipeline();
      for (const label of labels) pipeline.exists(directory.keyPrefix(label) + id);
      const replies = (await pipeline.exec()) ?? [];
      for (const [error] of replies) if (error) throw error;
      return labels.filter((_, i) => replies[i]?.[1] === 1);
    });
  }

  /** What is there, row by row; null: something else lies where the queue is. */
  #rows(labels: readonly string[], id: string, sight: FindSight) {
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const rows = labels.map((label) => this.#row(redis, label, id, sight));
      return Promise.all(rows.map((row) => row.catch(nullWhenUnreadable)));
    });
  }

  async #row(
    redis: Redis,
    queue: string,
    id: string,
    sight: FindSight,
  ): Promise<JobRow | undefined> {
    const { directory, redactor } = this.#sources;
    const found = (await readJobs(redis, directory.keyPrefix(queue), [id]).next()) as {
      readonly value: LookedAt;
    };
    const { row, state } = found.value;
    if (!row) return undefined;
    const paths = sight.mayReadData(queue) ? [] : await redactor.pathsOf(queue, redis);
    return toJobRow(queue, row, state, hiderFor(paths));
  }
}

function nullWhenUnreadable(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}
