/**
 * What operators may see of jobs: pages of them, one with all that belongs to it, its log, its flow.
 *
 * Nothing here writes. Calls reject with QUEUE_UNAVAILABLE while Redis is away, and with NOT_FOUND.
 */
import type { Redis } from 'ioredis';
import { systemClock } from '../../base/clock.ts';
import { numberOf } from '../../dead-letters/dead-letter.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { CoordinatorError, InputError } from '../../errors.ts';
import type { RedactionPaths } from '../../payloads/redaction-path.ts';
import { isUnreadable } from '../../queues/queues-among.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { type FlowLimits, readFlow } from './flow-tree.ts';
import { hiderFor, toJobRow, writtenOptions } from './job-row.ts';
import { JobShower } from './job-shower.ts';
import type { FlowNode, JobAttempt, JobLogPage, JobPage, JobState, JobView } from './job-views.ts';
import { findJobs, readRequest, toNext } from './list-jobs.ts';
import { needsAll, readJob, type StoredJob } from './read-job.ts';
import { onBulk, onCommand } from './redis-access.ts';

/** What a page is asked. */
export interface ListRequest extends Sight {
  readonly queue: string;
  readonly state: JobState;
  /** @default newest */
  readonly order?: 'newest' | 'oldest';
  readonly filter?: string;
  readonly cursor?: string;
  /** 1 to 1,000. @default 50 */
  readonly limit?: number;
}

/** One job. */
export interface JobRequest extends Sight {
  readonly queue: string;
  readonly job: string;
}

const USUAL_ROWS = 50;
/** Larger pages go over the bulk socket. */
const SHORT_PAGE = 100;
const MOST_LOOKED_AT = 10_000;
const SHOWN_CHARACTERS = 8_192;
const LOG_LINES = 100;
const LONGEST_LINE = 16_384;

/** Jobs, to look at. */
export class JobReading {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }

  /** A page of the jobs of one state. */
  async list(request: ListRequest): Promise<JobPage> {
    const { queue, state, order = 'newest', limit: most = USUAL_ROWS, mayReadData } = request;
    const now = this.#sources.serverNow() ?? systemClock.now();
    const { filter, cursor } = readRequest(state, order, request.filter, request.cursor, now);
    if (filter?.asksData && !mayReadData) throw mayNotAsk(queue, 'data');
    const keyPrefix = this.#sources.directory.keyPrefix(queue);
    const query = { queue, keyPrefix, state, order, filter, most, cursor };
    const read = async (redis: Redis): Promise<JobPage> => {
      const finding = (): ReturnType<typeof findJobs> =>
        findJobs(redis, this.#sources.payloads.codecs, { ...query, mostLookedAt: MOST_LOOKED_AT });
      // Both at once: a page is one round trip for whoever may not read data, too.
      const [found, paths] = await Promise.all([
        filter?.asksReason && !mayReadData ? undefined : finding(),
        this.#pathsFor(queue, redis, request),
      ]);
      // What matches would tell, letter by letter, what is hidden.
      if (filter?.asksReason && hides(paths)) throw mayNotAsk(queue, 'error');
      const { rows, next, ...counts } = found ?? (await finding());
      const hide = hiderFor(paths);
      return {
        ...counts,
        rows: rows.map((row) => toJobRow(queue, row, state, hide)),
        next: toNext(state, order, next),
      };
    };
    if (!filter && most <= SHORT_PAGE) return onCommand(this.#sources, read);
    return onBulk(this.#sources, async (bulk) => read(await bulk.raw()));
  }

  /** One job with what belongs to it. Its data is cut at 8 KB unless `full`. */
  async get(request: JobRequest & { readonly full?: boolean }): Promise<JobView> {
    const { queue, job: id, full = false } = request;
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const job = await this.#job(redis, queue, id, full);
      const letter = this.#sources.keys.deadLetter(queue, id);
      const [paths, letters] = await Promise.all([
        this.#pathsFor(queue, redis, request),
        redis.exists(letter).catch(noneWhenUnreadable),
      ]);
      const shower = this.#shower(queue, paths);
      const isTooLarge = needsAll(job, hides(paths));
      const data = await shower.data(isTooLarge ? undefined : job.data);
      const text =
        full && !job.isHead ? data.text : (data.text?.slice(0, SHOWN_CHARACTERS) ?? null);
      return {
        ...toJobRow(queue, job, job.state, shower.text),
        data: text,
        isDataCut: text !== null && (job.isHead || text.length < (data.text?.length ?? 0)),
        unreadable: isTooLarge ? tooLarge(job) : data.unreadable,
        result: await shower.payload('result', job.result),
        progress: await this.#progress(shower, job),
        options: shower.value(
          JSON.stringify(writtenOptions(job.fields.opts)),
        ) as JobView['options'],
        stacktrace: job.stacktrace.map(shower.text),
        worker: job.fields.pb ?? null,
        logLines: job.logLines,
        timeline: timelineOf(job.attempts, shower.text),
        hasDeadLetter: letters > 0,
        isRedacted: paths !== undefined,
      };
    });
  }

  /** Lines that its processor has logged, oldest first. */
  async logs(request: JobRequest & { cursor?: string; limit?: number }): Promise<JobLogPage> {
    const { queue, job: id, limit: most = LOG_LINES } = request;
    const start = placeOf(request.cursor);
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const job = await this.#job(redis, queue, id, false);
      const paths = await this.#pathsFor(queue, redis, request);
      const shower = this.#shower(queue, paths);
      if (hides(paths) && !needsAll(job, true)) await shower.data(job.data);
      const key = `${this.#sources.directory.keyPrefix(queue)}${id}:logs`;
      const lines = await redis.lrange(key, start, start + most - 1);
      const end = start + lines.length;
      return {
        lines: lines.map((line) => cutLine(shower.text(line))),
        next: end < job.logLines && lines.length > 0 ? String(end) : null,
        total: job.logLines,
      };
    });
  }

  /** The tree of its children. `sees`: whether the jobs of a queue may be seen. */
  async flow(
    { queue, job }: { queue: string; job: string },
    limits: FlowLimits,
    sees: (queue: string) => boolean,
  ): Promise<FlowNode> {
    const root = this.#sources.directory.keyPrefix(queue) + job;
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      if (job.includes(':')) await this.#job(redis, queue, job, false); // It may be another queue's.
      const tree = await readFlow(redis, { root, queue, id: job }, limits, sees);
      if (tree.state === 'gone') throw noJob(queue, job);
      return tree;
    });
  }

  async #job(redis: Redis, queue: string, id: string, isFull: boolean): Promise<StoredJob> {
    const job = await readJob(redis, this.#sources.directory.keyPrefix(queue), id, isFull);
    if (job === 'no queue') throw new CoordinatorError('NOT_FOUND', `There is no queue "${queue}"`);
    if (job === 'no job') throw noJob(queue, id);
    return job;
  }

  async #progress(shower: JobShower, { progress }: StoredJob): Promise<unknown> {
    const text = await shower.payload('progress', progress);
    if (text === null) return null;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** Undefined for whoever may read data. */
  async #pathsFor(queue: string, redis: Redis, sight: Sight): Promise<RedactionPaths | undefined> {
    return sight.mayReadData ? undefined : this.#sources.redactor.pathsOf(queue, redis);
  }

  #shower(queue: string, paths: RedactionPaths | undefined): JobShower {
    const { redactor, payloads } = this.#sources;
    return new JobShower({ payloads: payloads.codecs, redactor, queue, paths });
  }
}

/** The error for a job that is not there. */
export function noJob(queue: string, id: string): CoordinatorError {
  return new CoordinatorError('NOT_FOUND', `There is no job "${id}" in the queue "${queue}"`);
}

function hides(paths: RedactionPaths | undefined): boolean {
  return paths !== undefined && paths.length > 0;
}

function mayNotAsk(queue: string, what: string): CoordinatorError {
  return new CoordinatorError(
    'FORBIDDEN',
    `A filter on \`${what}\` needs the permission \`data.read\` on the queue "${queue}": what it matches tells what is hidden`,
  );
}

function tooLarge({ bytes, isHead }: StoredJob): string | null {
  if (!isHead) return null;
  return `its data has ${bytes} bytes: ask for all of it with \`full\`, up to 64 MB`;
}

function placeOf(cursor: string | undefined): number {
  if (cursor === undefined || cursor === '') return 0;
  if (/^\d{1,12}$/.test(cursor)) return Number(cursor);
  throw new InputError('/cursor', 'is not one that a page of this log has given: begin without it');
}

function cutLine(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

function timelineOf(attempts: readonly string[], hide: (text: string) => string): JobAttempt[] {
  const read = (json: string): JobAttempt[] => {
    try {
      const { attempt, host, version, startedAt, ms, reason } = JSON.parse(json);
      return [
        {
          ...{
            attempt: numberOf(attempt, 0),
            host: String(host ?? ''),
            version: String(version ?? ''),
          },
          ...{ startedAt: numberOf(startedAt, null), ms: numberOf(ms, null) },
          reason: hide(String(reason ?? '')),
        },
      ];
    } catch {
      return [];
    }
  };
  return attempts.flatMap(read).sort((a, b) => a.attempt - b.attempt);
}

/** For this user of Redis there is none. */
function noneWhenUnreadable(error: unknown): number {
  if (isUnreadable(error)) return 0;
  throw error;
}
