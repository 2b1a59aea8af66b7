/**
 * Bulk actions on jobs: planned, made and controlled by operators, carried on by the leader.
 *
 * What a filter matches is frozen when the action is made, job by job, each with the time at which it ended or was added:
 * what arrives later, or has run again meanwhile, is not swept in. States, pace, pause and what happens when the leader is
 * killed are those of the bulk actions on dead letters.
 */
import type { Redis } from 'ioredis';
import { systemClock } from '../../base/clock.ts';
import type { BulkHow, Command, Skip } from '../../dead-letters/bulk-action.ts';
import { toHow } from '../../dead-letters/bulk-action.ts';
import { BulkCommands, checkActor } from '../../dead-letters/bulk-commands.ts';
import { BulkRunner } from '../../dead-letters/bulk-runner.ts';
import { BulkStore, newBulkId } from '../../dead-letters/bulk-store.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { CoordinatorError, InputError } from '../../errors.ts';
import { HEAD_CHARACTERS, readStoredHead } from '../../payloads/stored-head.ts';
import { type BulkView, toBulkView } from '../dead-letters/dead-letter-views.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { JobBulkBounds, JobBulkOrder } from './job-bulk-order.ts';
import { frozenId, idOf, JobBulkWork } from './job-bulk-work.ts';
import { parseJobFilter, timeOf } from './job-filter.ts';
import { judgeJob, type LookedAt, readJobs } from './job-judging.ts';
import { hiderFor, type StoredRow, toJobRow } from './job-row.ts';
import type { JobBulkPlan, JobState } from './job-views.ts';
import { findJobs, type JobQuery } from './list-jobs.ts';
import { wouldTell } from './moved-job.ts';
import { onBulk } from './redis-access.ts';

/** More than is sensible to choose at once. */
const MOST_JOBS = 500_000;
const IDS_AT_ONCE = 500;
const MOST_SAMPLES = 10;

/**
 * KEYS jobs · ARGV characters. Returns the beginning of the data of each. One step only so that no whole data is sent for it.
 */
const HEADS_LUA = /* lua */ `
local heads = {}
for i, job in ipairs(KEYS) do
  local data = redis.call('TYPE', job).ok == 'hash' and redis.call('HGET', job, 'data')
  heads[i] = string.sub(data or '', 1, ARGV[1])
end
return heads`;

type Order = JobBulkOrder & JobBulkBounds & Sight;

interface Planned extends JobBulkPlan {
  /** Those that would be dealt with. */
  readonly frozen: readonly string[];
}

/** Bulk actions on jobs. */
export class JobBulks {
  readonly #sources: OperatorSources;
  readonly #store: BulkStore;
  readonly #commands: BulkCommands;
  readonly #runner: BulkRunner;

  constructor(sources: OperatorSources) {
    const { hub, gate, keys, announce, lease, payloads } = sources;
    this.#sources = sources;
    this.#store = new BulkStore({
      ...{ bulks: keys.jobBulks, bulk: keys.jobBulk, bulkIds: keys.jobBulkIds },
    });
    this.#commands = new BulkCommands({ hub, gate, announce, store: this.#store });
    this.#runner = new BulkRunner({
      ...{ hub, announce, leadership: lease, store: this.#store },
      work: new JobBulkWork({ keys, payloads: payloads.codecs }),
    });
  }

  /** The dry run. Moves nothing. */
  async plan(order: Order): Promise<JobBulkPlan> {
    const { frozen, ...plan } = await onBulk(this.#sources, async (bulk) =>
      this.#plan(await bulk.raw(), order),
    );
    return plan;
  }

  /** Makes an action. Resolves when it is made; the leader carries it on. */
  async start(order: Order, actor: string): Promise<BulkView> {
    checkActor(actor);
    const { kind, queue, to, state, ids, filter, perSecond, mayReadData } = order;
    const how: BulkHow = toHow(perSecond === undefined ? {} : { perSecond }, null);
    return onBulk(this.#sources, async (bulk) => {
      const redis = await bulk.raw();
      const { frozen } = await this.#plan(redis, order);
      if (kind === 'move' && !mayReadData) await this.#mustNotTell(redis, queue, frozen);
      const frozenAt = systemClock.now();
      const id = newBulkId(frozenAt);
      await this.#store.putIds(redis, id, frozen);
      await this.#store.create(redis, id, {
        ...{ kind, actor, total: frozen.length, ...how, to: to ?? null },
        selection: { queue, filter: ids ? null : (filter ?? ''), frozenAt },
        ...{ jobState: state ?? null, sparesParents: order.sparesParents ?? false },
      });
      return toBulkView((await this.#store.get(redis, id))!);
    });
  }

  /** The newest actions. */
  async list(most: number): Promise<BulkView[]> {
    return (await this.#commands.list(most)).map(toBulkView);
  }

  /** One action. Rejects with NOT_FOUND. */
  async find(id: string): Promise<BulkView> {
    return toBulkView(await this.#commands.find(id));
  }

  /** Nothing more is done once a pause or an abort resolves. */
  async command(id: string, command: Command, actor: string): Promise<BulkView> {
    return toBulkView(await this.#commands.command(id, command, actor));
  }

  /** Carries active actions on. For a loop of every process; does something on the leader only. */
  async round(): Promise<void> {
    const { isReadOnly, hub } = this.#sources;
    // Whoever tries each second while Redis refuses writes would fail each second.
    const isRefused = (hub.refusals.current?.reason ?? 'NOPERM') !== 'NOPERM';
    if (!isReadOnly() && !isRefused) await this.#runner.round();
  }

  /** Ends the round under way at its next part. */
  stop(): void {
    this.#runner.stop();
  }

  async #plan(redis: Redis, order: Order): Promise<Planned> {
    const { queue, kind, to, mayReadData } = order;
    if ((kind === 'move') !== (to !== undefined))
      throw new InputError('/to', 'belongs to a move, and to nothing else');
    if (to === queue) throw new InputError('/to', 'must be another queue');
    for (const label of to === undefined ? [queue] : [queue, to])
      await this.#sources.directory.open(label);
    const paths = mayReadData ? [] : await this.#sources.redactor.pathsOf(queue, redis);
    const ineligible: Partial<Record<Skip, number>> = {};
    const [frozen, sample]: [string[], LookedAt[]] = [[], []];
    for await (const looked of this.#selected(redis, order, paths.length > 0)) {
      const reason = judgeJob(kind, looked, order.state, order.sparesParents);
      if (reason) ineligible[reason] = (ineligible[reason] ?? 0) + 1;
      else {
        frozen.push(frozenId(looked.stamp, looked.id));
        if (sample.length < MOST_SAMPLES) sample.push(looked);
      }
      if (frozen.length > MOST_JOBS)
        throw new CoordinatorError(
          'BULK_REFUSED',
          `The selection holds more than ${MOST_JOBS} jobs: choose a shorter time`,
        );
    }
    const rows = sample.map(({ row, state }) => toJobRow(queue, row!, state, hiderFor(paths)));
    return { queue, eligible: frozen.length, ineligible, sample: rows, frozen };
  }

  /** Another queue may hide less of jobs than this one does. */
  async #mustNotTell(redis: Redis, queue: string, frozen: readonly string[]): Promise<void> {
    if ((await this.#sources.redactor.pathsOf(queue, redis)).length > 0) throw wouldTell(queue);
    const keyPrefix = this.#sources.directory.keyPrefix(queue);
    for (let start = 0; start < frozen.length; start += IDS_AT_ONCE) {
      const part = frozen.slice(start, start + IDS_AT_ONCE);
      const jobs = part.map((text) => keyPrefix + idOf(text));
      const heads = await redis.eval(HEADS_LUA, jobs.length, ...jobs, HEAD_CHARACTERS);
      const isTold = (heads as string[]).some((head) => readStoredHead(head).isEncrypted);
      if (isTold) throw wouldTell(queue);
    }
  }

  /** The jobs that were chosen, or those of a state that a filter matches now. */
  async *#selected(
    redis: Redis,
    { queue, kind, ids, state, filter, mayReadData, sparesParents }: Order,
    hasSecrets: boolean,
  ): AsyncGenerator<LookedAt> {
    const keyPrefix = this.#sources.directory.keyPrefix(queue);
    if (ids) {
      if (filter) throw new InputError('/filter', 'belongs to a state: leave it out, or the ids');
      yield* readJobs(redis, keyPrefix, [...new Set(ids)]);
      return;
    }
    if (!state) throw new InputError('/state', 'is needed where no ids are given');
    const now = this.#sources.serverNow() ?? systemClock.now();
    const read = parseJobFilter(filter ?? '', state, now);
    if (!mayReadData && (read.asksData || (read.asksReason && hasSecrets)))
      throw new CoordinatorError(
        'FORBIDDEN',
        `This filter needs the permission \`data.read\` on the queue "${queue}": what it matches tells what is hidden`,
      );
    // What comes while it is read does not belong to it.
    const bounded = {
      ...{ ...read, to: Math.min(read.to, now + 1) },
      matches: (row: StoredRow) => timeOf(row) <= now && read.matches(row),
    };
    const query = { queue, keyPrefix, state, order: 'oldest', filter: bounded } as const;
    let cursor: JobQuery['cursor'];
    const seen = new Set<string>();
    do {
      const found = await findJobs(redis, this.#sources.payloads.codecs, {
        ...{ ...query, cursor, most: IDS_AT_ONCE, mostLookedAt: IDS_AT_ONCE },
      });
      const rows = found.rows.filter(({ id }) => !seen.has(id));
      for (const { id } of rows) seen.add(id);
      // Whether they have children is asked for only where it matters.
      if (kind === 'remove' && sparesParents)
        yield* readJobs(
          redis,
          keyPrefix,
          rows.map(({ id }) => id),
        );
      else for (const row of rows) yield unasked(row, state);
      cursor = found.next ?? undefined;
    } while (cursor);
  }
}

/** A job that a filter has found, its children not asked for. */
function unasked(row: StoredRow, state: JobState): LookedAt {
  const { id, fields } = row;
  const stamp = fields.finishedOn ?? fields.timestamp ?? '';
  return { id, row, state, stamp, hasFamily: fields.parentKey !== undefined, hasChildren: false };
}
