/**
 * What operators may see of schedulers and do with them, on any queue of this Redis.
 *
 * Looking writes nothing: BullMQ's own list removes what it cannot read. The data of a template is shown as it was
 * stored, opened, and without the right to read data with its secret fields hidden.
 */
import type { JobsOptions, Queue, RepeatOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { looksPacked } from '../../backend/queue-payloads.ts';
import { systemClock } from '../../base/clock.ts';
import { withoutMarks } from '../../base/exact-numbers.ts';
import { type Duration, parseDuration } from '../../base/units.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { CoordinatorError, InputError, messageOf } from '../../errors.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { Page, SchedulerView } from './queue-views.ts';
import type { SchedulerListWishes, SchedulerWishes } from './queue-wishes.ts';
import { checkSchedule, type Schedule } from './schedule.ts';
import { readScheduler, readSchedulers, type StoredScheduler } from './stored-schedulers.ts';
import { TemplateShower } from './template-shower.ts';

const USUAL_ROWS = 100;

/** Schedulers, as operators see them. */
export class SchedulerOperations {
  readonly #sources: OperatorSources;
  readonly #shower: TemplateShower;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
    this.#shower = new TemplateShower(sources);
  }

  /** A page, the next to run first. */
  async list(input: SchedulerListWishes, sight: Sight): Promise<Page<SchedulerView>> {
    const { queue: label, cursor, limit = USUAL_ROWS } = input;
    const keyPrefix = await this.#check(label);
    const { stored, next } = await this.#read((redis) =>
      readSchedulers(redis, keyPrefix, limit, cursor),
    );
    return { rows: await this.#shower.show(label, stored, sight), next };
  }

  /** Rejects with NOT_FOUND. */
  async get(label: string, id: string, sight: Sight): Promise<SchedulerView> {
    const [view] = await this.#shower.show(label, [await this.#stored(label, id)], sight);
    return view!;
  }

  /** Makes one, or changes what is given of one. Rejects with INPUT_INVALID and STATE_CONFLICT. */
  async set(input: SchedulerWishes, sight: Sight): Promise<SchedulerView> {
    const { queue: label, scheduler: id, jobName, data } = input;
    const queue = await this.#sources.directory.openPlain(label);
    const present = await existing(queue, id);
    const schedule = scheduleOf(input, present);
    checkSchedule(schedule, systemClock.now());
    await upsert(queue, id, repeatOf(schedule, present), {
      name: jobName ?? present?.name ?? id,
      data: data === undefined ? dataOf(id, present) : withoutMarks(data),
      opts: present?.template?.opts ?? {},
    });
    return this.get(label, id, sight);
  }

  /** Adds a job of its template now. The schedule goes on as it was. */
  async run(label: string, id: string): Promise<{ readonly jobId: string }> {
    const queue = await this.#sources.directory.openPlain(label);
    const present = await existing(queue, id);
    if (!present) throw notFound(label, id);
    const options = withoutSchedule(present.template?.opts ?? {});
    const job = await queue.add(present.name, dataOf(id, present), options);
    return { jobId: job.id! };
  }

  /** Removes one and its next job. Tells whether there was one. */
  async remove(label: string, id: string): Promise<{ readonly removed: boolean }> {
    const queue = await this.#sources.directory.openPlain(label);
    return { removed: await queue.removeJobScheduler(id) };
  }

  async #stored(label: string, id: string): Promise<StoredScheduler> {
    const keyPrefix = await this.#check(label);
    const stored = await this.#read((redis) => readScheduler(redis, keyPrefix, id));
    if (!stored) throw notFound(label, id);
    return stored;
  }

  /** The key prefix of a queue that is there. */
  async #check(label: string): Promise<string> {
    const { directory } = this.#sources;
    await directory.openPlain(label);
    return directory.keyPrefix(label);
  }

  #read<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk((bulk) =>
      gate.run(bulk, 'fail', 'repeat', async () => ask(await bulk.raw())),
    );
  }
}

type Present = NonNullable<Awaited<ReturnType<Queue['getJobScheduler']>>>;
type Template = NonNullable<Parameters<Queue['upsertJobScheduler']>[2]>;

/** BullMQ's own view of a scheduler. It throws for what an older version has left. */
async function existing(queue: Queue, id: string): Promise<Present | undefined> {
  try {
    return await queue.getJobScheduler(id);
  } catch (error) {
    if (error instanceof CoordinatorError) throw error;
    throw new CoordinatorError(
      'STATE_CONFLICT',
      `Scheduler "${id}" cannot be used: ${messageOf(error)}`,
    );
  }
}

/** The data of its jobs. What cannot be opened here must not be taken for data and written back. */
function dataOf(id: string, present: Present | undefined): unknown {
  const data: unknown = present?.template?.data ?? {};
  if (!looksPacked(data)) return data;
  throw new CoordinatorError(
    'STATE_CONFLICT',
    `The data of scheduler "${id}" cannot be opened here: give \`data\`, or use a process that has its keys`,
  );
}

function scheduleOf(input: SchedulerWishes, present: Present | undefined): Schedule {
  const { pattern, every, timeZone = present?.tz } = input;
  const zone = timeZone === undefined ? {} : { timeZone };
  const everyMs = every === undefined ? undefined : parseDuration(every as Duration);
  const isGiven = pattern !== undefined || everyMs !== undefined;
  const kept = isGiven ? undefined : present;
  const given = {
    ...((pattern ?? kept?.pattern) !== undefined && { pattern: (pattern ?? kept?.pattern)! }),
    ...((everyMs ?? kept?.every) !== undefined && { everyMs: (everyMs ?? kept?.every)! }),
  };
  if (input.timeZone !== undefined && given.everyMs !== undefined)
    throw new InputError(
      '/timeZone',
      'an interval has no time zone: leave it out, or use `pattern`',
    );
  return given.pattern === undefined ? given : { ...given, ...zone };
}

/** What is not a matter of the schedule's pattern stays: its end, its start, how often it may run. */
function repeatOf(
  { pattern, everyMs, timeZone }: Schedule,
  present: Present | undefined,
): Omit<RepeatOptions, 'key'> {
  const { endDate, startDate, limit } = present ?? {};
  return {
    ...(pattern !== undefined && { pattern }),
    ...(everyMs !== undefined && { every: everyMs }),
    ...(timeZone !== undefined && { tz: timeZone }),
    ...(endDate !== undefined && { endDate }),
    ...(startDate !== undefined && { startDate }),
    ...(limit !== undefined && { limit }),
  };
}

async function upsert(
  queue: Queue,
  id: string,
  repeat: Omit<RepeatOptions, 'key'>,
  template: Template,
): Promise<void> {
  let job: unknown;
  try {
    job = await queue.upsertJobScheduler(id, repeat, template);
  } catch (error) {
    if (error instanceof CoordinatorError) throw error;
    // BullMQ's: the job of that time is there already.
    throw new CoordinatorError('STATE_CONFLICT', messageOf(error), { cause: error });
  }
  if (!job)
    throw new CoordinatorError(
      'STATE_CONFLICT',
      `Scheduler "${id}" has run as often or as long as it may: remove it, then make it anew`,
    );
}

/** What BullMQ puts into the options of a scheduled job only. */
function withoutSchedule(options: JobsOptions): JobsOptions {
  const { repeat, repeatJobKey, jobId, delay, prevMillis, timestamp, ...others } =
    options as JobsOptions & Record<string, unknown>;
  return others as JobsOptions;
}

function notFound(label: string, id: string): CoordinatorError {
  return new CoordinatorError('NOT_FOUND', `Queue "${label}" has no scheduler "${id}"`);
}
