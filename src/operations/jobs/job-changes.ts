/**
 * What operators may do with single jobs.
 *
 * Each answers with what the job is afterwards. What the state of a job does not allow rejects with STATE_CONFLICT, which
 * names the state, and nothing was done. An answer that is lost on its way rejects with OUTCOME_UNKNOWN: look at the job.
 */
import type { JobsOptions, Queue } from 'bullmq';
import { systemClock } from '../../base/clock.ts';
import { parseDuration } from '../../base/units.ts';
import { SKIPS } from '../../dead-letters/bulk-action.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { CoordinatorError, InputError } from '../../errors.ts';
import { queueOfLabel } from '../../keys.ts';
import { wouldBeReadable } from '../../payloads/stored-head.ts';
import { addText } from '../../queues/add-text.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { JobBulkKind } from './job-bulk-order.ts';
import { judgeJob, readJobs } from './job-judging.ts';
import { noJob } from './job-reading.ts';
import { hiderFor, type StoredRow, toJobRow } from './job-row.ts';
import { SINGLE, type StepOutcome, type StepResult, takeSteps } from './job-steps.ts';
import type { JobRow } from './job-views.ts';
import { type MovedJob, readMovedJob, wasMovedFrom, wouldTell } from './moved-job.ts';
import { readJob, type StoredJob } from './read-job.ts';
import { change, onBulk, onCommand } from './redis-access.ts';
import { STATE_OF_LUA } from './state-of-lua.ts';
import { toStoredText } from './stored-text.ts';

/** One job. */
export interface ChangeRequest extends Sight {
  readonly queue: string;
  readonly job: string;
}

/** What is changed of a job. */
export interface EditRequest extends ChangeRequest {
  readonly data?: unknown;
  readonly priority?: number;
  /** A duration from now. */
  readonly delay?: string;
}

/** States of a job that has not started. */
const OPEN: readonly string[] = [
  ...['waiting', 'paused', 'prioritized', 'delayed', 'waiting-children'],
];

/**
 * KEYS 1 job · ARGV 1 id, 2 prefix, 3 data. Returns the state; the data is written when the job has not started. One
 * step: a worker may take it at the same moment.
 */
const EDIT_LUA = /* lua */ `
${STATE_OF_LUA}
local state = stateOf(ARGV[2], ARGV[1]) or 'gone'
local isOpen = state == 'waiting' or state == 'paused' or state == 'prioritized' or state == 'delayed'
  or state == 'waiting-children'
if isOpen then redis.call('HSET', KEYS[1], 'data', ARGV[3]) end
return state`;

/** Jobs, one by one. */
export class JobChanges {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }

  /** Adds a job. Rejects with DATA_INVALID where this process knows the schema of the queue. */
  async add(
    request: Sight & { queue: string; name: string; data: unknown; options?: JobsOptions },
  ): Promise<JobRow> {
    const { queue: label, name, data, options } = request;
    const queue = await this.#queueOf(label);
    const text = await toStoredText(this.#sources.queues.definitions.get(label), name, data);
    const { id } = await addText(queue, name, text, options).catch(refused);
    return this.row({ ...request, job: id! }, name);
  }

  /** Changes what a job will run with. Rejects with STATE_CONFLICT once it has started. */
  async edit({ queue: label, job: id, data, priority, delay }: EditRequest): Promise<void> {
    const queue = await this.#queueOf(label);
    const job = await this.#find(label, id);
    const { state } = job;
    if (!OPEN.includes(state))
      throw conflict(label, id, state, 'it can be changed until it starts');
    if (delay !== undefined && state !== 'delayed')
      throw conflict(label, id, state, 'only the delay of a delayed job can be changed');
    if (data !== undefined) await this.#replaceData(label, job, data);
    const backend = queue.getBackend();
    const changing: (() => Promise<void>)[] = [];
    if (priority !== undefined) changing.push(() => backend.changePriority(id, priority));
    if (delay !== undefined) changing.push(() => backend.changeDelay(id, parseDuration(delay)!));
    for (const each of changing)
      await each().catch(async (error: unknown) => {
        const now = await this.#stateOf(label, id);
        // What Redis refuses is no fault of the job's.
        if (error instanceof CoordinatorError || now === state) throw error;
        throw movedOn(label, id, now);
      });
  }

  /** Retries, promotes or removes a job. */
  async take(
    kind: Exclude<JobBulkKind, 'move'>,
    { queue, job: id }: ChangeRequest,
    withChildren = true,
  ): Promise<void> {
    await this.#mustExist(queue);
    const step = { kind, id, stamp: '', place: 1, withChildren };
    const [result] = await change(this.#sources, (bulk) => takeSteps(bulk, queue, [step], SINGLE));
    checkDone(queue, id, kind, result!);
  }

  /** Moves a job to another queue. Asked again after an answer that was lost, it finds the job there. */
  async move(request: ChangeRequest, to: string, actor: string): Promise<void> {
    const { queue, job: id } = request;
    if (to === queue) throw new InputError('/to', 'must be another queue');
    await this.#mustExist(queue);
    await this.#mustExist(to);
    await this.#mustNotTell(request);
    const moved = await this.#movedJob(request, to, actor);
    if (!moved) return;
    const step = { kind: 'move', id, stamp: '', place: 1, moved } as const;
    const [result] = await change(this.#sources, (bulk) =>
      takeSteps(bulk, queue, [step], SINGLE, to),
    );
    checkDone(queue, id, 'move', result!);
  }

  /** Rejects with STATE_CONFLICT unless the job is running. */
  async mustBeActive({ queue, job }: ChangeRequest): Promise<void> {
    const state = await this.#stateOf(queue, job);
    if (state !== 'active')
      throw conflict(queue, job, state, 'only a running job can be cancelled');
  }

  /** A job that was dealt with, as it is now. It may have run and be gone: then nothing of it is known, and that is shown. */
  async row({ queue, job: id, mayReadData }: ChangeRequest, name = ''): Promise<JobRow> {
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const job = await readJob(redis, this.#sources.directory.keyPrefix(queue), id, false);
      if (typeof job === 'string') return toJobRow(queue, goneJob(id, name), 'unknown', String);
      const paths = mayReadData ? [] : await this.#sources.redactor.pathsOf(queue, redis);
      return toJobRow(queue, job, job.state, hiderFor(paths));
    });
  }

  /** A queue of this process, with its schema and defaults, or any other. Rejects with NOT_FOUND. */
  async #queueOf(label: string): Promise<Queue> {
    const { config, queues, directory } = this.#sources;
    const { prefix, name } = queueOfLabel(label);
    const isOwn = prefix === config.prefix && queues.names.includes(name);
    if (!isOwn) return directory.open(label);
    // An operator hears at once that Redis is away, whatever the adds of the application do then.
    await directory.exists(label);
    return queues.get(name) as unknown as Queue;
  }

  async #mustExist(label: string): Promise<void> {
    await this.#queueOf(label);
  }

  /** Another queue may hide less of a job than this one does. */
  async #mustNotTell({ queue, mayReadData }: ChangeRequest): Promise<void> {
    if (mayReadData) return;
    const { redactor } = this.#sources;
    const paths = await onCommand(this.#sources, (redis) => redactor.pathsOf(queue, redis));
    if (paths.length > 0) throw wouldTell(queue);
  }

  /** What is added to the other queue; undefined when the job is there already. */
  async #movedJob(
    { queue, job: id, mayReadData }: ChangeRequest,
    to: string,
    actor: string,
  ): Promise<MovedJob | undefined> {
    const { directory, payloads } = this.#sources;
    const keyPrefix = directory.keyPrefix(queue);
    const order = { queue, keyPrefix, to, actor, at: systemClock.now(), mayReadData };
    const moved = await onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const { value: looked } = await readJobs(redis, keyPrefix, [id]).next();
      const skip = judgeJob('move', looked, undefined);
      // Its step asks again: here, so that no body is written for nothing.
      if (skip && skip !== 'gone') throw refusedStep(queue, id, 'move', skip, looked.state);
      return readMovedJob(redis, payloads.codecs, id, order);
    });
    if (moved) return moved;
    const key = directory.keyPrefix(to) + id;
    const found = await onCommand(this.#sources, (redis) => redis.hget(key, 'drover'));
    if (!wasMovedFrom(found, queue, id)) throw noJob(queue, id);
    return undefined;
  }

  async #stateOf(label: string, id: string): Promise<string> {
    return (await this.#find(label, id)).state;
  }

  async #find(label: string, id: string): Promise<StoredJob> {
    const job = await onBulk(this.#sources, async (bulk) =>
      readJob(await bulk.raw(), this.#sources.directory.keyPrefix(label), id, false),
    );
    if (job === 'no queue') throw new CoordinatorError('NOT_FOUND', `There is no queue "${label}"`);
    if (job === 'no job') throw noJob(label, id);
    return job;
  }

  async #replaceData(label: string, job: StoredJob, data: unknown): Promise<void> {
    const { id } = job;
    const { queues, payloads, directory } = this.#sources;
    const keyPrefix = directory.keyPrefix(label);
    const definition = queues.definitions.get(label);
    const text = await toStoredText(definition, job.fields.name ?? '', data);
    const codec = payloads.codecs.of(label);
    const packed = await codec.pack('data', text);
    if (wouldBeReadable(job.data ?? '', packed))
      throw new CoordinatorError(
        'PAYLOAD_KEY_UNKNOWN',
        `Job "${id}" of the queue "${label}" has encrypted data, and this process has no key for the queue: ask one that defines it. Nothing was done`,
      );
    const stored = await codec.offload('data', packed);
    const state = await onBulk(this.#sources, async (bulk) =>
      (await bulk.raw()).eval(EDIT_LUA, 1, keyPrefix + id, id, keyPrefix, stored),
    );
    if (state === 'gone') throw noJob(label, id);
    if (!OPEN.includes(String(state)))
      throw conflict(label, id, String(state), 'it can be changed until it starts');
  }
}

function checkDone(queue: string, id: string, kind: JobBulkKind, result: StepResult | Error): void {
  if (result instanceof Error) throw result;
  const { outcome, state } = result;
  if (outcome === 'done') return;
  throw refusedStep(queue, id, kind, outcome, state);
}

function refusedStep(
  queue: string,
  id: string,
  kind: JobBulkKind,
  outcome: StepOutcome,
  state: string,
): CoordinatorError {
  if (outcome === 'gone') return noJob(queue, id);
  const possible = {
    retry: 'a failed or completed one can be retried',
    promote: 'a delayed one can be promoted',
    remove: 'one that is not running can be removed',
    move: 'one that is not running can be moved',
  }[kind];
  const why = outcome === 'state' ? possible : SKIPS[outcome as keyof typeof SKIPS];
  return conflict(queue, id, state, why);
}

function conflict(queue: string, id: string, state: string, why: string): CoordinatorError {
  return new CoordinatorError(
    'STATE_CONFLICT',
    `Job "${id}" of the queue "${queue}" is ${state}: ${why}. Nothing was done`,
  );
}

function goneJob(id: string, name: string): StoredRow {
  return { id, score: null, bytes: 0, fields: { name } };
}

function movedOn(queue: string, id: string, state: string): CoordinatorError {
  return new CoordinatorError(
    'STATE_CONFLICT',
    `Job "${id}" of the queue "${queue}" is ${state}: it has moved on meanwhile. Not all was changed: look at the job`,
  );
}

/** What BullMQ itself refuses of an add is bad input. */
function refused(error: unknown): never {
  if (error instanceof CoordinatorError || !(error instanceof Error)) throw error;
  throw new InputError('/options', `BullMQ refuses the job: ${error.message}`);
}
